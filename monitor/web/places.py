"""Places in the change log, as ids of events and as cursors of pages."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from monitor.web.answers import Problem

Place = tuple[int, int]
"""Milliseconds and a count within them: a stream's id, in the order of the log."""

BEGIN: Final[Place] = (0, 0)
_SHAPE: Final = re.compile(r"([0-9]{1,19})(?:-([0-9]{1,20}))?")
_HIGHEST: Final = 2**64 - 1


def place_of(text: str) -> Place | None:
    """The place a text names (``1774094590123-0``, or without the count), None where it names none."""
    found = _SHAPE.fullmatch(text)
    place = (int(found[1]), int(found[2] or 0)) if found else None
    return place if place is not None and max(place) <= _HIGHEST else None


def written(place: Place) -> str:
    """The text of a place."""
    return f"{place[0]}-{place[1]}"


def cursor(place: str) -> str:
    """A place to go on from, as a word of an address; what is in it is nobody's business."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def uncursored(text: str) -> str:
    """The place in a cursor. Raises Problem (400) where it is none of ours."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise no_cursor() from None


def no_cursor() -> Problem:
    """400, with where cursors come from."""
    return Problem(400, "Not a cursor", "cursor: take it from `next` of the page before")
