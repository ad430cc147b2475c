"""Changes as they are told: what is known about the scene, put into the one shape everyone reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.core.compare import redline
from monitor.core.compare.identity import change_id, digest
from monitor.core.compare.state import Track
from monitor.model import (
    Change,
    ChangeType,
    PageRef,
    PostRef,
    Redline,
    Significance,
    Snapshot,
    SnapshotRef,
    Source,
    SourceRef,
    Version,
)


@dataclass(frozen=True, slots=True)
class Scene:
    """Where and when something was seen; ``snapshot`` is None when an unchanged or failed poll brought it to light.

    ``generated_at`` is when the copy was made, None when it does not say so.
    """

    source: Source
    at: datetime
    snapshot: Snapshot | None = None
    generated_at: datetime | None = None

    @property
    def made_at(self) -> datetime:
        return self.generated_at or self.at

    @property
    def source_ref(self) -> SourceRef:
        return SourceRef(name=self.source.name, url=self.source.url, tags=self.source.tags)

    @property
    def snapshot_ref(self) -> SnapshotRef | None:
        seen = self.snapshot
        if seen is None:
            return None
        return SnapshotRef(name=seen.name, fetched_at=seen.fetched_at, generated_at=seen.generated_at)


def of_post(
    scene: Scene,
    type_: ChangeType,
    track: Track,
    *,
    before: Version | None = None,
    after: Version | None = None,
    fields: Sequence[str] = (),
    significance: Significance | None = None,
    silent: bool | None = None,
    redlines: Mapping[str, Redline] | None = None,
    delta: Mapping[str, object] | None = None,
) -> Change:
    """A change of one post; ``track`` is as the change leaves it."""
    return Change(
        id=change_id(scene.source.name, track.id, type_, track.sequence, _sha(before), _sha(after)),
        type=type_,
        at=scene.at,
        source=scene.source_ref,
        subject=track.id,
        snapshot=scene.snapshot_ref,
        post=PostRef(
            id=track.id,
            key=track.key,
            url=track.url,
            headline=track.headline,
            sequence=track.sequence,
            version=track.version,
        ),
        fields=tuple(fields),
        significance=significance,
        silent=silent,
        before=before,
        after=after,
        redline=redlines or {},
        delta=delta or {},
    )


def of_page(scene: Scene, type_: ChangeType, sequence: int, page: PageRef, fields: Sequence[str] = ()) -> Change:
    """A change of the page's own words, or its end."""
    was = digest(page.previous_title or "", [page.previous_summary or ""], None, ())
    now = digest(page.title or "", [page.summary or ""], page.successor, ())
    lines = {
        "title": redline.of_line(page.previous_title or "", page.title or ""),
        "summary": redline.of_line(page.previous_summary or "", page.summary or ""),
    }
    return Change(
        id=change_id(scene.source.name, "page", type_, sequence, was, now),
        type=type_,
        at=scene.at,
        source=scene.source_ref,
        subject="page",
        snapshot=scene.snapshot_ref,
        fields=tuple(fields),
        page=page,
        redline={field: lines[field] for field in fields},
    )


def of_source(scene: Scene, type_: ChangeType, sequence: int, reason: str) -> Change:
    """A source that can no longer be watched, or again."""
    return Change(
        id=change_id(scene.source.name, "source", type_, sequence),
        type=type_,
        at=scene.at,
        source=scene.source_ref,
        subject="source",
        snapshot=scene.snapshot_ref,
        reason=reason,
    )


def _sha(version: Version | None) -> str:
    return version.sha256 if version else ""
