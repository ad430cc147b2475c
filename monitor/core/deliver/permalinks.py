"""Where a change stands on our own pages."""

from __future__ import annotations

from urllib.parse import quote

from monitor.model import Change


def permalink(site: str, change: Change) -> str:
    """The page of the post at the change, however old, else the page of the change; "" where ``site`` is.

    ``site`` is the public address of the web role, without a slash at its end. Nothing in a permalink is a page's own
    words: ids are ours.
    """
    if not site:
        return ""
    if change.post is not None:
        change_id = _word(change.id)
        return f"{site}/posts/{_word(change.post.id)}?change={change_id}#{change_id}"
    return f"{site}/changes/{_word(change.id)}"


def api_address(site: str, change: Change) -> str:
    """Where the API answers the whole change; "" where ``site`` is."""
    return site and f"{site}/api/v1/changes/{_word(change.id)}"


def _word(text: str) -> str:
    return quote(text, safe="")
