"""`stetwatch routes`: which routes a change takes, why not the others, when it is heard of, and by whom not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis
from click.testing import CliRunner, Result

from monitor.adapters.valkey.mutes import Mutes
from monitor.cli import stetwatch as program
from monitor.core.deliver.wire import encode
from tests.kit.changes import added, edited
from tests.kit.deliveries import KEYS, queue

Command = Callable[..., Result]
NIGHT = "2026-01-14T23:00:00Z"

ROUTES = """
[[route]]
to = ["desk"]
match = { types = ["post.edited"], tags = ["politics"], min_significance = 0.3, keywords = ["people", "rate cut"] }
quiet = { from = "22:00", to = "06:00", timezone = "Europe/London" }
[[route]]
to = ["archive"]
match = { fields = ["headline"] }
"""


def _command(url: str, folder: Path, routes: str) -> Command:
    config = folder / "stetwatch.toml"
    hook = 'type = "slack"\nurl = "https://hooks.slack.com/services/T0/B0/x"\n'
    config.write_text(
        f'data_dir = "{folder}"\n{url}'
        '[[source]]\nname = "budget-day"\nurl = "https://news.example/live"\ntags = ["politics"]\n'
        f'[[destination]]\nname = "desk"\n{hook}[[destination]]\nname = "archive"\n{hook}{routes}'
    )

    def run(*words: str, stdin: bytes = b"") -> Result:
        return CliRunner().invoke(program, ["routes", *words, "--config", str(config)], input=stdin)

    return run


@pytest.fixture
def routes(valkey_url: str, valkey: redis.Redis, tmp_path: Path) -> Command:  # noqa: ARG001  # an empty server
    """The command, with two routes to two destinations."""
    return _command(f'[redis]\nurl = "{valkey_url}"\n', tmp_path, ROUTES)


def answer(result: Result) -> Any:
    """What ``--json`` printed: one object on one line."""
    assert result.exit_code == 0, result.exception
    [line] = result.output.splitlines()
    return json.loads(line)


def test_a_change_of_the_log_is_followed_through_every_route(valkey: redis.Redis, routes: Command) -> None:
    """Each matcher says yes or no and why; the destination hears of it when quiet ends."""
    queue(valkey, "desk", edited("chg_1"))

    told = answer(routes("test", "chg_1", "--at", NIGHT, "--json"))
    first, second = told["routes"]
    assert (first["takes"], first["to"], first["quiet_until"]) == (True, ["desk"], "2026-01-15T06:00:00Z")
    assert second["takes"] is False
    assert [(one["matcher"], one["because"]) for one in second["matchers"] if not one["passes"]] == [
        ("fields", "body, not headline")
    ]
    assert told["destinations"] == [{"destination": "desk", "held_until": "2026-01-15T06:00:00Z", "mutes": []}]
    shown = routes("test", "chg_1", "--at", NIGHT).output
    for words in ("takes it", "found: people", "0.9 is at least 0.3", "body, not headline"):
        assert words in shown
    assert "desk: hears of it at 2026-01-15 06:00:00Z: quiet hours hold it\n" in shown
    assert "desk: hears of it at once\n" in routes("test", "chg_1", "--at", "2026-01-14T12:00:00").output


def test_a_mute_is_named_with_its_end(valkey: redis.Redis, routes: Command) -> None:
    """Who muted it and until when, for the post and for its source; mutes of other posts are not named."""
    queue(valkey, "desk", edited("chg_1"))
    mutes = Mutes(valkey, KEYS)
    mutes.add("desk", "budget-day/pst_other", by="bob")
    mutes.add("desk", "budget-day/pst_1", for_s=3600, by="ada")

    [desk] = answer(routes("test", "chg_1", "--json"))["destinations"]
    assert [mute["what"] for mute in desk["mutes"]] == ["budget-day/pst_1"]
    assert "desk: does not hear of it: budget-day/pst_1 is muted by ada until 20" in routes("test", "chg_1").output


def test_a_change_comes_from_a_file_or_standard_input(routes: Command, tmp_path: Path) -> None:
    """The line that `changes --json` prints is enough."""
    (tmp_path / "change.json").write_bytes(encode(edited("chg_1")))

    by_file = answer(routes("test", str(tmp_path / "change.json"), "--at", NIGHT, "--json"))
    by_input = answer(routes("test", "-", "--at", NIGHT, "--json", stdin=encode(edited("chg_1"))))
    assert by_file == by_input
    assert by_file["change"] == {"id": "chg_1", "type": "post.edited", "source": "budget-day", "subject": "pst_1"}


@pytest.mark.parametrize(
    ("words", "heard"),
    [
        (
            ("--type", "post.edited", "--source", "budget-day", "--text", "a rate-cut", "--significance", "0.4"),
            ["desk"],
        ),
        (("--type", "post.edited", "--source", "budget-day", "--text", "a rate-cut", "--significance", "0.2"), []),
        (("--type", "post.edited", "--source", "other", "--text", "people"), []),
        (("--type", "post.edited", "--source", "other", "--tag", "politics", "--text", "people"), ["desk"]),
        (("--type", "post.edited", "--field", "headline"), ["archive"]),
        (("--type", "page.edited"), []),
        (("--type", "source.failing"), ["archive"]),
        (("--type", "destination.disabled"), []),
    ],
)
def test_a_change_can_be_described(tmp_path: Path, words: tuple[str, ...], heard: list[str]) -> None:
    """Without any store: what the routes say of such a change; of mutes it says that it does not know them."""
    told = answer(_command("", tmp_path, ROUTES)("test", *words, "--json"))
    assert [one["destination"] for one in told["destinations"]] == heard
    assert bool(told["mutes_unknown"]) == bool(heard)


def test_without_routes_the_built_in_one_is_shown(tmp_path: Path) -> None:
    """Everybody hears of posts and sources; of a page's title nobody does."""
    command = _command("", tmp_path, "")
    assert "archive: hears of it at once" in command("test", "--type", "post.added").output
    assert command("test", "--type", "page.edited").output.endswith("nobody hears of it\n")
    assert "without routes" in command("list").output


def test_the_list_tells_what_each_route_takes(routes: Command) -> None:
    """Matchers, destinations and quiet hours, in order; as JSON an object a route."""
    shown = routes("list").output
    for words in ("types: post.edited; tags: politics; keywords: people, rate cut; min_significance: 0.3",
                  "22:00 to 06:00 Europe/London", "fields: headline", "route[1]"):  # fmt: skip
        assert words in shown
    assert [json.loads(line)["to"] for line in routes("list", "--json").output.splitlines()] == [["desk"], ["archive"]]


def test_wrong_words_are_told_with_their_cure(routes: Command, tmp_path: Path) -> None:
    """No change, two changes, an unknown one, a file that is none, a time that is none."""
    (tmp_path / "not.json").write_text("{}")
    for words, error in [
        ((), "name a change (chg_…, FILE or -), or describe one with --type"),
        (("chg_1", "--type", "post.added"), "name a change (chg_…, FILE or -), or describe one with --type"),
        (("chg_1", "--text", "x"), "--source, --tag, --field, --significance and --text go with --type alone"),
        (("chg_gone",), "chg_gone: no such change is kept, or not any longer; see: stetwatch changes"),
        (("nowhere.json",), "nowhere.json: No such file or directory; name a change"),
        ((str(tmp_path / "not.json"),), f"{tmp_path}/not.json: no change in JSON: "),
        (("--type", "post.added", "--at", "noon"), "--at noon: not a time; write 2026-03-21T23:00:00Z"),
    ]:
        assert str(routes("test", *words).exception).startswith(error)


def test_page_text_drives_no_terminal(valkey: redis.Redis, routes: Command) -> None:
    """A hostile tag of a source is shown without its control characters."""
    change = added("chg_1")
    body = encode(change).replace(b'"politics"', b'"\\u001b[2J"')
    valkey.set(KEYS.key("change", "chg_1"), body)
    shown = routes("test", "chg_1").output
    assert "\x1b[2J" not in shown
    assert "[2J, not politics" in shown
