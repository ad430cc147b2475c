"""How a channel of people is served: what is due is planned first, one message at a time, then frozen and sent."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, assert_never

from monitor.core.deliver.settle import MINUTE, Digest, Flow, Later, Single, Waiting, batch_name, is_new, plan
from monitor.model import Delivery, Slack
from monitor.ports import Delivered, GaveUp
from monitor.ports.channel import ChannelSender
from monitor.roles.serving import Served, Serving

MOST_LANES: Final = 100
"""Lanes one digest takes at most."""

MOST_CHANGES: Final = 50
"""Changes of one lane that one message settles at most."""

_IDLE_S: Final = 1.0


def served(slack: Slack, sender: ChannelSender, *, now: Callable[[], datetime]) -> Served:
    """A Slack destination, planned by rounds of its own."""
    channel = Channel(sender, broadcast_at=slack.broadcast_at, settle_most_s=slack.settle_most_s, now=now)
    return Served(
        name=slack.name,
        kind="slack",
        sender=sender,
        pace=slack.pace,
        settle_s=slack.settle_s,
        settle_most_s=slack.settle_most_s,
        batch=MOST_CHANGES,
        round=channel.round,
    )


class Channel:
    """One channel as this process serves it; what it remembers of the flow of messages may be lost at any time."""

    def __init__(
        self, sender: ChannelSender, *, broadcast_at: float, settle_most_s: float, now: Callable[[], datetime]
    ) -> None:
        self._sender = sender
        self._broadcast_at = broadcast_at
        self._settle_most_s = settle_most_s
        self._now = now
        self._parents: deque[datetime] = deque()
        self._arrivals: dict[str, datetime] = {}
        self._digest_at: datetime | None = None

    async def round(self, serving: Serving) -> float:
        """Start the next message; how long nothing more can be done, unless woken (``Served.round``)."""
        if serving.free <= 0:
            return _IDLE_S
        claimed, ends_at = await serving.claim(MOST_LANES, together=True)
        waiting = await self._readable(serving, claimed.deliveries, ends_at)
        if not waiting:
            return _IDLE_S if claimed.wait_s is None else claimed.wait_s
        now = self._now()
        flow = self._flow(waiting, now)
        planned = plan(waiting, flow, broadcast_at=self._broadcast_at, settle_most_s=self._settle_most_s, now=now)
        match planned:
            case Single(one):
                await self._start(serving, waiting, (one,), planned, ends_at)
            case Digest(members):
                await self._start(serving, waiting, members, planned, ends_at)
            case Later(wait_s):
                await serving.release([one.delivery for one in waiting], wait_s)
            case _:
                assert_never(planned)
        return _IDLE_S if serving.free <= 0 else 0.0

    async def _readable(self, serving: Serving, deliveries: Sequence[Delivery], ends_at: float) -> list[Waiting]:
        found = []
        for delivery in deliveries:
            waiting = self._sender.waiting(delivery)
            if waiting is None:
                reason = "its body cannot be read" if delivery.body else "its body is no longer kept"
                await serving.settle([delivery], GaveUp(reason=reason), ends_at)
            else:
                found.append(waiting)
        return found

    def _flow(self, waiting: Sequence[Waiting], now: datetime) -> Flow:
        while self._parents and now - self._parents[0] >= MINUTE:
            self._parents.popleft()
        come = {
            one.delivery.change_id: one.delivery.first_at for one in waiting if not one.threaded and is_new(one, now)
        }
        self._arrivals = {id_: at for id_, at in self._arrivals.items() if now - at < MINUTE} | come
        return Flow(recent_parents=len(self._parents), arrivals=frozenset(self._arrivals), digest_at=self._digest_at)

    async def _start(
        self, serving: Serving, waiting: Sequence[Waiting], chosen: Sequence[Waiting], planned: Single | Digest,
        ends_at: float,
    ) -> None:  # fmt: skip
        """Freeze what is chosen, then give back what is not, and send it beside the loop."""
        deliveries = [one.delivery for one in chosen]
        ours = True
        if not deliveries[0].batch:
            ids = [id_ for one in chosen for id_ in one.ids]
            batch = planned.batch if isinstance(planned, Digest) else batch_name("one_", ids)
            ours = await serving.lanes.freeze(deliveries, batch)
        await serving.release([one.delivery for one in waiting if one not in chosen])
        if ours:
            serving.start(self._send(serving, deliveries, chosen, planned, ends_at))

    async def _send(
        self, serving: Serving, deliveries: Sequence[Delivery], chosen: Sequence[Waiting], planned: Single | Digest,
        ends_at: float,
    ) -> None:  # fmt: skip
        if isinstance(planned, Digest):
            outcome = await serving.attempt(lambda: self._sender.send_digest(planned), ends_at, deliveries[0])
        else:
            outcome = await serving.attempt(lambda: self._sender.send(deliveries[0]), ends_at, deliveries[0])
        if isinstance(outcome, Delivered):
            now = self._now()
            if isinstance(planned, Digest):
                self._digest_at = now
            elif not chosen[0].threaded:
                self._parents.append(now)
        await serving.settle(deliveries, outcome, ends_at)
