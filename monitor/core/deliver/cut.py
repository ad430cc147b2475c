"""Making a change's wire form smaller around what changed, ever more strictly, until it fits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, UnsetType

from monitor.core.deliver.shapes import PageShape, PostShape, Runs, SignificanceShape, SpanShape, VersionShape

_BUDGETS = (6_000, 3_000, 1_500, 700, 300, 100)
_CONTEXT = 80
_LONGEST_URL = 2_000

S = TypeVar("S", bound=Struct)


def cuts(data: Struct, whole: str = "") -> Iterator[Struct]:
    """The same shape, marked ``truncated``: first without the paragraphs that stayed, then within fewer characters.

    ``whole`` is the address where the change can be read uncut, "" where there is none. A shape that cannot say
    ``truncated`` is cut all the same: it holds nothing but short texts.
    """
    lean = _marked(_without_kept_paragraphs(data), whole)
    yield lean
    for budget in _BUDGETS:
        yield _within(lean, budget)


def _marked(data: S, whole: str) -> S:
    if "truncated" not in data.__struct_fields__:
        return data
    return _replaced(data, truncated=True, **({"whole": whole} if whole else {}))


def _without_kept_paragraphs(data: S) -> S:
    before, after = getattr(data, "before", None), getattr(data, "after", None)
    if not (isinstance(before, VersionShape) and isinstance(after, VersionShape)):
        return data
    old, new = set(before.body), set(after.body)
    return _replaced(
        data,
        before=_replaced(before, body=[one for one in before.body if one not in new]),
        after=_replaced(after, body=[one for one in after.body if one not in old]),
    )


def _within(data: S, budget: int) -> S:
    """Every text of ``data`` cut so that each part keeps at most about ``budget`` characters."""
    return _replaced(
        data,
        **{
            name: _part_within(getattr(data, name), budget)
            for name in data.__struct_fields__
            if name not in {"source", "whole"}
        },
    )


def _part_within(part: Any, budget: int) -> Any:
    match part:
        case str():
            return clipped(part, budget)
        case VersionShape():
            return _version_within(part, budget)
        case PostShape():
            key, headline = _clipped_or_none(part.key, budget), clipped(part.headline, budget)
            return _replaced(part, key=key, url=_url(part.url), headline=headline)
        case PageShape():
            return _replaced(
                part, **{name: _clipped_or_none(getattr(part, name), budget) for name in part.__struct_fields__}
            )
        case SignificanceShape():
            return _replaced(part, reasons=_paragraphs_within(part.reasons, budget))
        case dict():
            return {name: _runs_within(runs, budget) for name, runs in part.items()}
        case _:
            return part


def _version_within(version: VersionShape, budget: int) -> VersionShape:
    media = version.media
    return _replaced(
        version,
        headline=clipped(version.headline, budget),
        body=_paragraphs_within(version.body, budget),
        author=_clipped_or_none(version.author, budget),
        published=_span_within(version.published, budget),
        modified=_span_within(version.modified, budget),
        media=media if isinstance(media, UnsetType) else _whole_within(media, budget),
    )


def _span_within(span: SpanShape | None, budget: int) -> SpanShape | None:
    return None if span is None else _replaced(span, text=clipped(span.text, budget))


def _paragraphs_within(paragraphs: list[str], budget: int) -> list[str]:
    kept: list[str] = []
    for paragraph in paragraphs:
        if budget <= 0:
            break
        kept.append(clipped(paragraph, budget))
        budget -= len(kept[-1]) + 4
    return kept


def _whole_within(urls: list[str], budget: int) -> list[str]:
    """The first URLs that fit: half a URL is worse than none."""
    kept: list[str] = []
    for url in urls:
        budget -= len(url) + 4
        if budget < 0:
            break
        kept.append(url)
    return kept


def _runs_within(runs: Runs, budget: int) -> Runs:
    """Kept text shrinks to its ends beside the changes; then the runs end where the budget does."""
    kept: Runs = []
    for place, (op, text) in enumerate(runs):
        if budget <= 0:
            break
        shrunk = shrunken(text, first=place == 0, last=place == len(runs) - 1) if op == "=" else text
        kept.append((op, clipped(shrunk, budget)))
        budget -= len(kept[-1][1]) + 8
    return kept


def shrunken(text: str, *, first: bool, last: bool) -> str:
    """A run of kept text without its middle; at the redline's ends without the side that has no neighbour."""
    if len(text) <= 2 * _CONTEXT + 3:
        return text
    head = "" if first else text[:_CONTEXT]
    tail = "" if last else text[-_CONTEXT:]
    return f"{head} … {tail}".strip(" ") if first or last else f"{head} … {tail}"


def clipped(text: str, limit: int) -> str:
    """At most ``limit`` characters, with an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"


def _clipped_or_none(text: str | None, limit: int) -> str | None:
    return None if text is None else clipped(text, limit)


def _url(url: str | None) -> str | None:
    return None if url is None or len(url) > _LONGEST_URL else url


def _replaced(shape: S, **parts: Any) -> S:
    return msgspec.structs.replace(shape, **parts)
