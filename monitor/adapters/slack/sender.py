"""Slack messages (``ports.Sender``): one post, one thread by bot token; flat messages by incoming webhook.

No formatting fault may lose an alert, no lost answer may double one where Slack lets us look, and what only a person
can mend holds the channel until a person did.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, assert_never

import aiohttp
import structlog

from monitor.adapters.slack.api import FORM, NO_PARENT, Api, Refused, Taken, Trouble
from monitor.adapters.slack.posting import Mark, Outcome, Posted, post, update
from monitor.core.deliver import digest as digests
from monitor.core.deliver import letters
from monitor.core.deliver.blocks import Message, forms
from monitor.core.deliver.letters import NOBODY, Standing
from monitor.core.deliver.netting import Net, net
from monitor.core.deliver.settle import Digest, Waiting, batch_name, late_note
from monitor.core.deliver.thread import Thread, broadcasts, opens, recalled
from monitor.core.deliver.wire import decode
from monitor.errors import ConfigError, InfrastructureError
from monitor.model import Change, Delivery, Slack
from monitor.ports import Delivered, GaveUp, Pause, Retry, SendOutcome

_FLAT: Final = "incoming webhook"
_DECISIONS: Final = 3
_DIGESTS: Final = 16
"""Digests under way that are remembered; an older one, given up or taken over, is looked for in the channel."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One lane's message on its way. ``reached`` is the reply that an earlier attempt got posted, None for none."""

    delivery: Delivery
    told: Net
    first: Change
    mark: Mark
    notes: tuple[str, ...]
    standing: Standing
    reached: str | None = None


class SlackSender:
    """One Slack channel. ``session`` must stand on the guarded connector (``adapters.guard``).

    ``standing`` tells what people decided about a lane's post.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        slack: Slack,
        *,
        now: Callable[[], datetime],
        standing: Callable[[str], Awaitable[Standing]] | None = None,
        site: str = "",
    ) -> None:
        """``site`` is the public address of our own pages, "" where they have none.

        Raises ConfigError for a destination with neither a token and channel, nor an incoming webhook's URL."""
        if slack.url is None and (slack.token is None or slack.channel is None):
            raise ConfigError([f"destination {slack.name}: set channel and token_env, or url_env"])
        self._api = Api(session, slack.token, slack.api_url, now)
        self._slack = slack
        self._now = now
        self._site = site
        self._standing = standing
        self._begun: dict[str, list[str]] = {}

    def waiting(self, delivery: Delivery) -> Waiting | None:
        """A delivery as it is planned with; None for one whose body cannot be read."""
        changes = tuple(_read(delivery))
        threaded = bool(changes) and self._thread(delivery, changes) is not None
        return Waiting(delivery=delivery, changes=changes, threaded=threaded) if changes else None

    async def send(self, delivery: Delivery) -> SendOutcome:
        """The subject's first message is the parent; later ones answer in its thread, whose place memory keeps."""
        waiting = self.waiting(delivery)
        if waiting is None:
            return GaveUp(reason="its body cannot be read")
        job = await self._job(waiting)
        thread = self._thread(delivery, waiting.changes)
        if self._slack.url is not None:
            return await self._flat(job)
        return await (self._begin(job, thread) if thread is None else self._go_on(job, thread))

    async def send_digest(self, digest: Digest) -> SendOutcome:
        """Many lanes in one message, what does not fit in its thread; how far it came is known while this runs."""
        head = digest.waiting[0].delivery
        mark = self._mark(head, digest.batch, unsure=bool(head.batch))
        begun = self._begun[digest.batch] = self._begun.pop(digest.batch, [])
        while len(self._begun) > _DIGESTS:
            del self._begun[next(iter(self._begun))]
        for number, message in enumerate(digests.messages(digest, self._site)):
            if number < len(begun):
                continue
            ladder = (message, digests.flattened(message))
            outcome = await self._say(mark, f"digest {number}", ladder, thread_ts=begun[0] if begun else "")
            if not isinstance(outcome, Posted):
                return self._failed(outcome)
            begun.append(outcome.ts)
        self._begun.pop(digest.batch, None)
        return Delivered(message=begun[0])

    async def restate(self, thread: Thread, origin: Change | None, last: Change, standing: Standing) -> bool:
        """Show on a parent what people decided about it; False when Slack did not take it."""
        told = Net(change=last, edits=0, cosmetic=0, speaks=False)
        letter = letters.parent(thread, origin, told, standing=standing, buttons=self._buttons, site=self._site)
        return isinstance(await update(self._api, thread.channel, thread.ts, forms(*letter)), Posted)

    async def whisper(self, channel: str, thread_ts: str, user: str, message: Message) -> bool:
        """A message in a thread that one person sees."""
        arguments = {"channel": channel, "user": user, "thread_ts": thread_ts, **message.payload()}
        arguments = {name: value for name, value in arguments.items() if not name.startswith("unfurl")}
        return isinstance(await self._api.call("chat.postEphemeral", arguments), Taken)

    @property
    def _buttons(self) -> bool:
        return self._slack.app_token is not None

    def _thread(self, delivery: Delivery, changes: Sequence[Change]) -> Thread | None:
        """The thread to answer in: none by incoming webhook, none in a channel configured since."""
        if self._slack.url is not None or (any(map(opens, changes)) and not self._was_begun(delivery)):
            return None
        return recalled(delivery.memory, self._slack.channel)

    def _was_begun(self, delivery: Delivery) -> bool:
        """Whether the thread in memory is one this very delivery began."""
        return delivery.memory.get("origin") == delivery.change_id

    async def _job(self, waiting: Waiting) -> _Job:
        delivery = waiting.delivery
        mark = self._mark(delivery, batch_name("one_", waiting.ids), unsure=bool(delivery.batch or delivery.attempts))
        mine = delivery.memory.get("doing") == mark.occasion
        return _Job(
            delivery=delivery,
            told=net(waiting.changes),
            first=waiting.changes[0],
            mark=mark,
            notes=tuple(filter(None, [late_note(waiting, self._slack.settle_most_s, self._now())])),
            standing=await self._stands(delivery.lane),
            reached=delivery.memory.get("reply") if mine else None,
        )

    def _mark(self, head: Delivery, occasion: str, *, unsure: bool) -> Mark:
        # A redelivery by hand is another occasion: it was queued at another time.
        named = f"{head.destination}:{occasion}:{head.first_at.isoformat()}"
        return Mark(occasion=named, change_id=head.change_id, since_at=head.first_at, unsure=unsure)

    async def _stands(self, lane: str, known: Standing = NOBODY) -> Standing:
        try:
            return await self._standing(lane) if self._standing is not None else known
        except InfrastructureError:
            return known

    async def _flat(self, job: _Job) -> SendOutcome:
        """A message without a thread; that there was one is remembered, so that later edits settle."""
        outcome: Outcome = await self._say(
            job.mark, "flat", forms(*letters.reply(job.told, notes=job.notes, site=self._site))
        )
        if isinstance(outcome, Posted):
            return Delivered(memory={"to": _FLAT, "last": job.told.change.id}, attempt=outcome.taken.attempt)
        return self._failed(outcome)

    async def _begin(self, job: _Job, old: Thread | None) -> SendOutcome:
        """A parent: the first, or one in the place of ``old``, which is gone or can no longer be edited."""
        told, change = job.told, job.told.change
        fresh = Thread(
            to=self._slack.channel or "", channel="", ts="", origin=job.first.id, last="", latest_at=change.at
        )
        thread = (old or fresh).grown(told, change.id)
        letter = letters.parent(
            thread, _origin(job) if old else None, told, notes=(told.note, *job.notes), standing=job.standing,
            buttons=self._buttons, site=self._site,
        )  # fmt: skip
        part = f"parent after {old.ts}" if old else "parent"
        outcome = await self._say(job.mark, part, forms(*letter))
        if not isinstance(outcome, Posted):
            return self._failed(outcome, job)
        stands = replace(thread, channel=outcome.channel, ts=outcome.ts)
        return Delivered(memory=stands.memory(), message=outcome.ts, attempt=outcome.taken.attempt)

    async def _go_on(self, job: _Job, thread: Thread) -> SendOutcome:
        """An answer in the thread where it says something, then the parent as it stands now."""
        reply, now = job.reached, self._now()
        also = broadcasts(job.told, thread, self._slack.broadcast_at, now)
        if reply is None and job.told.speaks:
            letter = letters.reply(job.told, notes=job.notes, site=self._site)
            outcome = await self._say(job.mark, "reply", forms(*letter), thread_ts=thread.ts, also=also)
            match outcome:
                case Posted():
                    reply = outcome.ts
                case Refused(error) if error in NO_PARENT:
                    return await self._begin(job, thread)
                case _:
                    return self._failed(outcome, job)
        if job.delivery.redelivery:
            return Delivered(memory=thread.memory(), message=reply or "")
        grown = thread.grown(job.told, job.told.change.id, broadcast_at=now if also and job.told.speaks else None)
        return await self._show(job, thread, grown, reply)

    async def _show(self, job: _Job, thread: Thread, grown: Thread, reply: str | None) -> SendOutcome:
        outcome: Outcome
        for _ in range(_DECISIONS):
            letter = letters.parent(
                grown, _origin(job), job.told, standing=job.standing, buttons=self._buttons, site=self._site
            )
            outcome = await update(self._api, thread.channel, thread.ts, forms(*letter))
            # A button pressed meanwhile was shown by its own update, which this one has taken the place of.
            decided = await self._stands(job.delivery.lane, job.standing)
            if decided == job.standing or not isinstance(outcome, Posted):
                break
            job = replace(job, standing=decided)
        match outcome:
            case Posted():
                return Delivered(memory=grown.memory(), message=reply or grown.ts, attempt=outcome.taken.attempt)
            case Refused(error) if error in NO_PARENT:
                return await self._begin(replace(job, reached=reply), thread)
            case Refused(error) as refused if not refused.cure:
                # The alert has been read in the thread; a parent that stays as it was is no reason to repeat it.
                _log.warning("the parent was not brought up to date", reason=error, destination=self._slack.name)
                return Delivered(memory=grown.memory(), message=reply or grown.ts, attempt=refused.attempt)
            case _:
                return self._failed(outcome, replace(job, reached=reply))

    async def _say(
        self, mark: Mark, part: str, ladder: Sequence[Message], *, thread_ts: str = "", also: bool = False
    ) -> Outcome:
        if self._slack.url is None:
            channel = self._slack.channel or ""
            return await post(self._api, channel, mark, part, ladder, thread_ts=thread_ts, also=also)
        answer: Refused | Trouble = Refused("no_text")
        for message in ladder:
            match await self._api.hook(self._slack.url, message.payload()):
                case Taken() as taken:
                    return Posted("", "", taken)
                case Refused(error) as answer if error in FORM:
                    continue
                case answer:
                    return answer
        return answer

    def _failed(self, outcome: Refused | Trouble | Posted, job: _Job | None = None) -> SendOutcome:
        """What is left to do: wait, wait for a person, or try again where it broke off."""
        came: Pause | Retry
        match outcome:
            case Refused(error) as refused if refused.cure:
                came = Pause(reason=f"Slack: {error}: {refused.cure}", attempt=refused.attempt)
            case Refused(error) as refused:
                came = Retry(reason=f"Slack: {error}", hopeless=True, attempt=refused.attempt)
            case Trouble(retry):
                came = retry
            case Posted():
                raise AssertionError("a message that was posted has not failed")
            case _:
                assert_never(outcome)
        if job is None or job.reached is None:
            return came
        return replace(came, memory={**job.delivery.memory, "doing": job.mark.occasion, "reply": job.reached})


def _read(delivery: Delivery) -> Iterator[Change]:
    """The changes of a delivery, oldest first; one that is no longer kept cannot be told."""
    for body in (delivery.body, *(one.body for one in delivery.following)):
        try:
            yield decode(body)
        except ValueError:
            _log.warning("a change cannot be read", destination=delivery.destination, lane=delivery.lane)


def _origin(job: _Job) -> Change | None:
    try:
        return decode(job.delivery.origin) if job.delivery.origin else None
    except ValueError:
        return None
