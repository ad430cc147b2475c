"""What a run proves: pure judgement of what was committed, what arrived, and what the pages said at the end."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

DUPLICATES = 0.05
"""The share of second arrivals that is allowed."""

_FIRST_TOLD = 2
"""A post of the baseline is silently its own first: the first change that is told carries sequence 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One delivery a receiver took. ``digest`` is of its bytes."""

    id: str
    digest: str
    type: str
    source: str
    post: str
    sequence: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The figures of the bar, over all destinations.

    ``lost``: committed changes that a destination never took. ``skipped``: numbers missing in a post's sequence, and
    posts whose last change is not what the page says. ``out_of_order``: first arrivals after a later change of the
    same post. ``altered``: second arrivals with other bytes.
    """

    changes: int
    arrived: int
    lost: int
    skipped: int
    out_of_order: int
    duplicates: int
    altered: int

    @property
    def duplicate_share(self) -> float:
        return self.duplicates / self.arrived if self.arrived else 0.0

    @property
    def met(self) -> bool:
        """Whether the bar is met."""
        wrong = self.lost + self.skipped + self.out_of_order + self.altered
        return self.changes > 0 and wrong == 0 and self.duplicate_share <= DUPLICATES


def judge(
    committed: Sequence[str],
    arrivals: Mapping[str, Sequence[Arrival]],
    final_texts: Mapping[tuple[str, str], str],
) -> Verdict:
    """Hold what each destination took against the change log's ids and the pages' last words."""
    lost = skipped = out_of_order = duplicates = altered = arrived = 0
    for taken in arrivals.values():
        first: dict[str, Arrival] = {}
        for one in taken:
            duplicates += one.id in first
            altered += first.setdefault(one.id, one).digest != one.digest
        arrived += len(first)
        lost += len(set(committed) - set(first))
        missing, late = _of_posts(list(first.values()), final_texts)
        skipped += missing
        out_of_order += late
    return Verdict(
        changes=len(committed),
        arrived=arrived,
        lost=lost,
        skipped=skipped,
        out_of_order=out_of_order,
        duplicates=duplicates,
        altered=altered,
    )


def _of_posts(first: Sequence[Arrival], final_texts: Mapping[tuple[str, str], str]) -> tuple[int, int]:
    """Sequence numbers and last words that are missing, and first arrivals out of their post's order."""
    by_post: dict[tuple[str, str], list[Arrival]] = {}
    for one in first:
        if one.post:
            by_post.setdefault((one.source, one.post), []).append(one)
    missing = late = 0
    for post, taken in by_post.items():
        numbers = [one.sequence for one in taken]
        missing += max(numbers) - (_FIRST_TOLD - 1) - len(set(numbers))
        late += sum(1 for before, after in itertools.pairwise(numbers) if after < before)
        last = max(taken, key=lambda one: one.sequence)
        missing += last.text != final_texts.get(post, last.text)
    return missing + sum(1 for post in final_texts if post not in by_post), late
