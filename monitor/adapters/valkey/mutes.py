"""Mutes: what a destination does not want to hear of, for a while or for ever. The claim drops what is muted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import redis

from monitor.adapters.valkey.errors import translated
from monitor.adapters.valkey.keys import Keys
from monitor.adapters.valkey.scripts import lua


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """``what`` is a lane (``source/pst_…``) or the name of a source. ``until_at`` None: until it is taken back."""

    destination: str
    what: str
    until_at: datetime | None = None
    by: str = ""


class _Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """The JSON in ``mutes:<destination>``."""

    until_ms: int | None = None
    by: str = ""


class Mutes:
    """The mutes of all destinations on one server; ends are counted on its clock. Raises InfrastructureError only."""

    def __init__(self, client: redis.Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._add = client.register_script(lua("mutes_add"))
        self._list = client.register_script(lua("mutes_list"))

    def add(self, destination: str, what: str, *, for_s: float | None = None, by: str = "") -> Mute:
        """Mute a lane or a source, for so long or for ever; one that stands for longer stays and comes back."""
        with translated():
            clock: Any = self._client.time()
            until_ms = None if for_s is None else clock[0] * 1000 + clock[1] // 1000 + round(for_s * 1000)
            asked = msgspec.json.encode(_Kept(until_ms=until_ms, by=by))
            stands: Any = self._add(args=[self._keys.prefix, destination, what, asked])
        return _mute(destination, what, msgspec.json.decode(stands, type=_Kept))

    def remove(self, destination: str, what: str) -> bool:
        """Take a mute back; False when there was none."""
        with translated():
            return bool(self._client.hdel(self._keys.key("mutes", destination), what))

    def of(self, destination: str) -> Sequence[Mute]:
        """The mutes that stand, in the order of what they mute; those that have ended are forgotten."""
        with translated():
            flat: Any = self._list(args=[self._keys.prefix, destination])
        pairs = zip(flat[::2], flat[1::2], strict=True)
        found = [_mute(destination, what.decode(), msgspec.json.decode(kept, type=_Kept)) for what, kept in pairs]
        return sorted(found, key=lambda mute: mute.what)

    def destinations(self) -> Sequence[str]:
        """Every name that ever had a delivery, configured or not."""
        with translated():
            known: Any = self._client.smembers(self._keys.key("destinations"))
        return sorted(name.decode() for name in known)

    def is_source(self, name: str) -> bool:
        """Whether a source of this name is, or was lately, watched."""
        with translated():
            return bool(self._client.exists(self._keys.key("src", name)))


def _mute(destination: str, what: str, kept: _Kept) -> Mute:
    until_at = None if kept.until_ms is None else datetime.fromtimestamp(kept.until_ms / 1000, UTC)
    return Mute(destination=destination, what=what, until_at=until_at, by=kept.by)
