"""``python -m benchmarks.web PART``: what the web role costs with a million changes stored, beside its bars.

``store`` seeds a store of its own and asks it what pages ask. ``store --hold`` keeps it: start ``stetwatch web`` with
its URL as ``[redis] url``, then ``pages http://127.0.0.1:8080`` measures the pages of that role. ``stream`` tells 500
clients 20 changes a second. ``visible`` watches changes arrive in a real browser; ``pictures`` takes those of the docs.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Callable

from rich.console import Console

from benchmarks.web import figures, pages, seeding, store
from benchmarks.web.pictures import pictures
from benchmarks.web.stream import stream
from benchmarks.web.visible import visible
from tests.kit.browser import absent

_SHOWN = Console(stderr=True)


def main() -> int:
    """The command. Exit code 1 when a bar is not met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.web", description=__doc__)
    parts = parser.add_subparsers(dest="part", required=True)
    of_store = parts.add_parser("store", help="questions to the store, which is seeded first")
    of_store.add_argument("--hold", action="store_true", help="then keep it, and print its URL, until Ctrl-C")
    of_store.set_defaults(run=_store)
    of_pages = parts.add_parser("pages", help="pages of a web role on a store that is held")
    of_pages.add_argument("base", help="the role's address")
    of_pages.add_argument("--token", default="", help="a view token, where the role wants one")
    of_pages.set_defaults(run=_pages)
    for part in (of_store, of_pages):
        part.add_argument("--changes", type=int, default=1_000_000)
        part.add_argument("--sources", type=int, default=10_000)
    parts.add_parser("stream", help="500 clients of the stream, 20 changes a second").set_defaults(run=_stream)
    of_visible = parts.add_parser("visible", help="from the commit of a change to its sight in an open browser")
    of_visible.add_argument("--changes", type=int, default=200)
    of_visible.set_defaults(run=_visible)
    parts.add_parser("pictures", help="docs/pictures anew: every page, wide and narrow").set_defaults(run=_pictures)
    for part in parts.choices.values():
        part.add_argument("--json", action="store_true", help="one JSON object a measure")
    asked = parser.parse_args()
    run: Callable[[argparse.Namespace], int] = asked.run
    return run(asked)


def _store(asked: argparse.Namespace) -> int:
    with seeding.server() as url:
        with _SHOWN.status("") as status:
            seeding.seed(url, asked.changes, asked.sources, status.update)
            found = store.measured(url, asked.changes, asked.sources, status.update)
        code = figures.show(found, as_json=asked.json)
        if asked.hold:
            print(f"the store is held at {url}", flush=True)
            with contextlib.suppress(KeyboardInterrupt):
                signal.pause()
    return code


def _pages(asked: argparse.Namespace) -> int:
    with _SHOWN.status("") as status:
        found = pages.measured(asked.base, asked.changes, asked.sources, status.update, token=asked.token)
    return figures.show(found, as_json=asked.json)


def _stream(asked: argparse.Namespace) -> int:
    with _SHOWN.status("") as status:
        found = stream(status.update)
    return figures.show([found], as_json=asked.json)


def _visible(asked: argparse.Namespace) -> int:
    if missing := absent():
        raise SystemExit(missing)
    with _SHOWN.status("") as status:
        found = visible(asked.changes, status.update)
    return figures.show([found], as_json=asked.json)


def _pictures(_asked: argparse.Namespace) -> int:
    if missing := absent():
        raise SystemExit(missing)
    with _SHOWN.status("") as status:
        pictures(status.update)
    return 0


if __name__ == "__main__":
    sys.exit(main())
