"""The ways in which Slack fails, each as a fault for the stand-in: ``slack.faults.append(refused("is_archived"))``."""

from __future__ import annotations

from monitor.demo.receiver import Fault

HOOK_STATUS = {
    "action_prohibited": 403, "channel_is_archived": 410, "channel_not_found": 404, "invalid_token": 403,
    "no_active_hooks": 404, "no_service": 404, "no_service_id": 404, "no_team": 404, "rollup_error": 500,
    "team_disabled": 403,
}  # fmt: skip
"""The status an incoming webhook answers with beside each word; 400 where none is named."""


def refused(error: str) -> Fault:
    """The Web API says no, by any of its documented names."""
    return Fault(status=200, headers={"content-type": "application/json"}, body=f'{{"ok":false,"error":"{error}"}}')


def hook_refused(error: str) -> Fault:
    """An incoming webhook says no: a status and one word of plain text."""
    return Fault(status=HOOK_STATUS.get(error, 400), body=error)


def busy(retry_after_s: int = 1) -> Fault:
    """The rate limit."""
    body = '{"ok":false,"error":"ratelimited"}'
    return Fault(status=429, headers={"retry-after": str(retry_after_s), "content-type": "application/json"}, body=body)


def storm(count: int, retry_after_s: int = 1) -> list[Fault]:
    """The rate limit ``count`` times in a row: ``slack.faults.extend(storm(20))``."""
    return [busy(retry_after_s)] * count


def broken(status: int = 500, *, accepted: bool = False) -> Fault:
    """A server's error; with ``accepted`` the message was posted all the same."""
    return Fault(status=status, accept=accepted)


def dropped(*, accepted: bool = False) -> Fault:
    """No answer at all; with ``accepted`` the message was posted all the same."""
    return Fault(drop=True, accept=accepted)


def slow(after_s: float) -> Fault:
    """Slack's own answer, late: the message is posted at once."""
    return Fault(status=200, after_s=after_s, accept=True)


def garbage(body: str = "<html><body>Something went wrong</body></html>") -> Fault:
    """Status 200 and no JSON."""
    return Fault(status=200, body=body)
