"""The whole way of detection over a row of observations, as a diff worker walks it, with the texts in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from monitor.core.compare.state import SourceState, Track, held_key, unpack
from monitor.core.detect import FAILURES_BEFORE_ALARM, Detection, detect
from monitor.model import ChangeType, Observation, Source, Span, Version


def replay(source: Source, frames: Iterable[tuple[Observation, bytes | None]]) -> Iterator[Detection]:
    """Yield one Detection for each observation with its body, in order, beginning with an empty state."""
    state = unpack(None)
    texts: dict[str, Version] = {}
    for observation, body in frames:
        detection = detect(source, state, observation, body, texts)
        state = detection.state
        keep(texts, detection)
        yield detection


def keep(texts: dict[str, Version], detection: Detection) -> None:
    """Take the texts of a detection in, and forget what it forgets."""
    for name, version in detection.texts.items():
        if version is None:
            texts.pop(name, None)
        else:
            texts[name] = version


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What was seen and is not told yet.

    ``type`` is the change it may become, ``seen`` and ``awaits`` say in words what the copy shows and what it takes to
    be told. ``subject`` is the post's headline (else its opening words), or the page's title. A time in doubt has
    ``before`` and ``after``.
    """

    type: ChangeType
    seen: str
    awaits: str
    subject: str = ""
    track: Track | None = None
    before: Span | None = None
    after: Span | None = None


def pending(state: SourceState, texts: Mapping[str, Version]) -> tuple[Pending, ...]:
    """What awaits a second, newer copy, in page order; ``texts`` are by track, as ``keep`` has them."""
    found = [one for track in state.tracks if (one := _of_track(track, texts)) is not None]
    for name, words in zip(("title", "summary"), state.held_words, strict=True):
        if words is not None:
            back = f"the page's {name} goes back to an earlier one"
            found.append(Pending(type="page.edited", seen=back, subject=words, awaits=_REPEATED))
    if state.failures and not state.failing:
        polls = (
            "the last poll brought nothing"
            if state.failures == 1
            else f"the last {state.failures} polls brought nothing"
        )
        found.append(
            Pending(type="source.failing", seen=polls, awaits=f"told as failing after {FAILURES_BEFORE_ALARM} in a row")
        )
    return tuple(found)


_REPEATED = "told when a newer copy repeats it"


def _of_track(track: Track, texts: Mapping[str, Version]) -> Pending | None:
    text = texts.get(track.id)
    subject = track.headline or (text.body[0] if text is not None and text.body else track.key or track.id)
    if track.status == "absent":
        awaits = "told as removed once a second, newer copy lacks it"
        return Pending(type="post.removed", seen="missing here", subject=subject, track=track, awaits=awaits)
    if track.status == "returning":
        awaits = "told as restored once a second, newer copy shows it"
        return Pending(type="post.restored", seen="back again", subject=subject, track=track, awaits=awaits)
    if track.held:
        shown = texts.get(held_key(track.id))
        same = shown is not None and bytes.fromhex(shown.sha256) == track.sha256
        back = f"goes back to an earlier {'time' if same else 'text'}"
        type_: ChangeType = "post.retimed" if same else "post.edited"
        return Pending(type=type_, seen=back, subject=subject, track=track, awaits=_REPEATED)
    if track.doubt is not None:
        return Pending(
            type="post.retimed",
            seen="another time",
            subject=subject,
            track=track,
            before=track.published,
            after=track.doubt,
            awaits="told as re-timed once a newer copy agrees",
        )
    return None
