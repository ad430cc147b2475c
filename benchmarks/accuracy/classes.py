"""Whether an edit of known kind is given its class: generated edits, detected and judged on the real way."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from benchmarks.accuracy import writing
from benchmarks.accuracy.bars import Bar, at_least
from benchmarks.accuracy.watch import Watch
from benchmarks.accuracy.writing import Kind, Text
from monitor.model import Change, Post

KINDS: Final[tuple[Kind, ...]] = (
    "correction", "number", "quote", "name", "headline", "rewrite", "paragraph-removed", "paragraph-added", "wording",
    "typo", "punctuation", "typography",
)  # fmt: skip
FULL_EACH: Final = 250
FAST_EACH: Final = 25
_AT: Final = datetime(2026, 5, 4, 12, tzinfo=UTC)


def measure(each: int) -> list[Bar]:
    """The share of all edits with the right class, and of each kind for itself."""
    right = {kind: _right(kind, each) for kind in KINDS}
    share = sum(count for count, _ in right.values()) / (each * len(KINDS))
    bars = [at_least("significance: class of generated edits", share, 0.97, f"{each * len(KINDS):,} edits")]
    for kind, (count, others) in right.items():
        taken = ", ".join(f"{name} {n}" for name, n in others.most_common(3))
        bars.append(at_least(f"significance: {kind}", count / each, None, f"taken for {taken}" if taken else ""))
    return bars


def _right(kind: Kind, each: int) -> tuple[int, Counter[str]]:
    rng = Random(f"class {kind}")
    right, others = 0, Counter[str]()
    for _ in range(each):
        before, after = _pair(rng, kind)
        found = judged(before, after)
        right += found == kind
        if found != kind:
            others[found] += 1
    return right, others


def judged(before: Text, after: Text) -> str:
    """The class detection gives the edit, or "nothing told"."""
    watch, changes = Watch(), tuple[Change, ...]()
    for number, text in enumerate((before, after)):
        at = _AT + timedelta(minutes=number)
        changes = watch.look([_post(text), _post(_STILL, "still")], at, at)
    return changes[0].significance.name if changes and changes[0].significance else "nothing told"


def _pair(rng: Random, kind: Kind) -> tuple[Text, Text]:
    while True:
        before = writing.text(rng)
        after = _rewritten(rng, before) if kind == "rewrite" else writing.edited(rng, before, kind)
        if after is not None and after != before:
            return before, after


def _rewritten(rng: Random, old: Text) -> Text | None:
    """Every sentence but one new, in as many paragraphs: a rewrite by anybody's measure."""
    every = [part for line in old.body for part in writing.sentences(line)]
    if len(every) < 4:
        return None
    fresh = [" ".join(writing.sentence(rng) for _ in writing.sentences(line)) for line in old.body]
    fresh[0] = f"{every[0]} {fresh[0].partition('. ')[2]}".strip()
    return Text(old.headline, tuple(fresh))


def _post(text: Text, key: str = "edited") -> Post:
    return Post(key=key, headline=text.headline, body=text.body, found_by="shapes")


_STILL: Final = Text("A post that stays", ("It says the same in every copy of this page.",))
