"""The whole way of detection over a row of observations, as a diff worker walks it, with the texts in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.core.compare.state import unpack
from monitor.core.detect import Detection, detect
from monitor.model import Observation, Source, Version


def replay(source: Source, frames: Iterable[tuple[Observation, bytes | None]]) -> Iterator[Detection]:
    """Yield one Detection for each observation with its body, in order, beginning with an empty state."""
    state = unpack(None)
    texts: dict[str, Version] = {}
    for observation, body in frames:
        detection = detect(source, state, observation, body, texts)
        state = detection.state
        for track, version in detection.texts.items():
            if version is None:
                texts.pop(track, None)
            else:
                texts[track] = version
        yield detection
