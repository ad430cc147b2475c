"""What happens when a person presses a button under an alert."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, assert_never

import structlog

from monitor.core.deliver.clicks import Click, clicked
from monitor.core.deliver.letters import full_diff
from monitor.errors import InfrastructureError
from monitor.ports.desk import Desk, Told, Wall

MUTED: Final = timedelta(hours=1)
POST_MUTED: Final = timedelta(hours=24)

_LOOKS: Final = 10
_LOOK_S: Final = 0.5

_log = structlog.get_logger(__name__)


class Buttons:
    """The buttons of the channels that share one Slack app; ``walls`` are those channels by destination.

    A button's value names a change. It is obeyed where that change's parent stands, in the channel it was pressed in,
    and nowhere else.
    """

    def __init__(self, desk: Desk, walls: Mapping[str, Wall], *, now: Callable[[], datetime]) -> None:
        self._desk = desk
        self._walls = walls
        self._now = now

    async def pressed(self, payload: object) -> bool:
        """Do what the click asks; False for one that is none of ours, or not of this channel."""
        click = clicked(payload)
        if click is None:
            return False
        try:
            for destination, wall in self._walls.items():
                told = await self._desk.told(destination, click.change_id)
                if told is not None and (told.thread.channel, told.thread.ts) == (click.channel, click.ts):
                    await self._do(destination, wall, told, click)
                    return True
        except InfrastructureError as error:
            _log.warning("a button was pressed in vain: the store is away", button=click.deed, reason=str(error))
            return False
        _log.warning("a button of an unknown or former message was pressed", button=click.deed, by=click.user)
        return False

    async def _do(self, destination: str, wall: Wall, told: Told, click: Click) -> None:
        now = self._now()
        match click.deed:
            case "diff":
                diff = full_diff(told.origin, told.last)
                await wall.whisper(told.thread.channel, told.thread.ts, click.user, diff)
                return
            case "ack":
                await self._desk.acknowledge(destination, told.lane, click.name, now)
            case "mute_post":
                await self._desk.mute(destination, told.lane, now + POST_MUTED, click.name)
            case "mute_source":
                await self._desk.mute(destination, told.source, now + MUTED, click.name)
            case _:
                assert_never(click.deed)
        _log.info("a button was pressed", button=click.deed, by=click.user, destination=destination, lane=told.lane)
        await self._show(destination, wall, told)

    async def _show(self, destination: str, wall: Wall, told: Told) -> None:
        """Bring the parent up to date, and once more where what it shows had changed by then."""
        for _ in range(_LOOKS):
            standing = await self._desk.standing(destination, told.lane)
            await wall.restate(told.thread, told.origin, told.last, standing)
            now = await self._settled(destination, told)
            decided = await self._desk.standing(destination, told.lane)
            if now is None or (now.thread, now.last.id, decided) == (told.thread, told.last.id, standing):
                return
            told = now

    async def _settled(self, destination: str, told: Told) -> Told | None:
        """The parent when no change of its lane is on its way, or after a while."""
        now = await self._desk.told(destination, told.origin.id)
        for _ in range(_LOOKS):
            if now is None or not now.moving:
                break
            await asyncio.sleep(_LOOK_S)
            now = await self._desk.told(destination, told.origin.id)
        return now
