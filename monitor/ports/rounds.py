"""Heartbeats and the rounds that go with them, as every role makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from monitor.core.deliver.upkeep import Turn
from monitor.ports.inbox import Written


class Rounds(Protocol):
    """One process's part in them. Raises InfrastructureError only."""

    def beat(self, said: Mapping[str, int], *, alive: bool, judging: bool) -> Sequence[Turn]:
        """Show that this process lives (unless it is not ``alive``: its loop hangs), with what it says of itself.

        Makes the rounds too where they are due and it is ``judging``: what has turned is returned, again and again
        until it was told.
        """
        ...

    def tell(self, turn: Turn, written: Written) -> bool:
        """Put it into the change log and the lanes; False when that was done before, or is no longer so."""
        ...

    def leave(self) -> None:
        """This process ends as it should. When it is the last one, all was stopped, and nobody is missed."""
        ...
