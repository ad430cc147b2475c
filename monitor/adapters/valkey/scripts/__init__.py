"""The Lua that makes each step atomic. ``prelude.lua`` stands before every script."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def lua(name: str, *shared: str) -> str:
    """The text of one script: the prelude, the parts it shares with others, then its own."""
    folder = files(__name__)
    return "\n".join((folder / f"{part}.lua").read_text("utf-8") for part in ("prelude", *shared, name))
