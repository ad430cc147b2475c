"""Where a change stands on our own pages."""

from __future__ import annotations

from urllib.parse import quote

from monitor.model import Change


def permalink(site: str, change: Change) -> str:
    """The page of the post at the change, else the page of the change; ``site`` is the public address of the web role.

    Nothing in it is a page's own words: ids are ours.
    """
    if change.post is not None:
        return f"{site}/posts/{_word(change.post.id)}#{_word(change.id)}"
    return f"{site}/changes/{_word(change.id)}"


def api_address(site: str, change: Change) -> str:
    """Where the API answers the whole change."""
    return f"{site}/api/v1/changes/{_word(change.id)}"


def _word(text: str) -> str:
    return quote(text, safe="")
