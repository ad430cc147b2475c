"""What the roles ask of the world: the Protocols that have a fake or a second implementation, and their values.

The poller and the notifier are asyncio programs, so their ports are async; the detector runs inside an RQ worker,
so its port is not.
"""

from monitor.ports.fetching import Failed, Fetched, Fetcher, FetchOutcome, NotModified, Validators
from monitor.ports.inbox import Claim, Commit, Inbox, Written
from monitor.ports.lanes import Attempt, Claimed, Delivered, GaveUp, Lanes, Pause, Retry, Sender, SendOutcome, Terms
from monitor.ports.schedule import HostLoad, PollOutcome, PollResult, Schedule, Visit
from monitor.ports.sourcing import Condition, PollMark, SourceDesk, SourcePage, SourceStanding

__all__ = [
    "Attempt",
    "Claim",
    "Claimed",
    "Commit",
    "Condition",
    "Delivered",
    "Failed",
    "FetchOutcome",
    "Fetched",
    "Fetcher",
    "GaveUp",
    "HostLoad",
    "Inbox",
    "Lanes",
    "NotModified",
    "Pause",
    "PollMark",
    "PollOutcome",
    "PollResult",
    "Retry",
    "Schedule",
    "SendOutcome",
    "Sender",
    "SourceDesk",
    "SourcePage",
    "SourceStanding",
    "Terms",
    "Validators",
    "Visit",
    "Written",
]
