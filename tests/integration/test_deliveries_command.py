"""`stetwatch deliveries` against a real Valkey: what it lists, what it sends again, and what it says to that."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from click.testing import CliRunner, Result

from monitor.cli import stetwatch as program
from tests.kit.changes import edited
from tests.kit.deliveries import KEYS, now_ms, queue

Command = Callable[..., Result]

LONG = "chg_" + "4k2" * 12


@pytest.fixture
def deliveries(valkey_url: str, valkey: redis.Redis, tmp_path: Path) -> Command:  # noqa: ARG001  # an empty server
    """The command, with a configuration that knows one destination: ``desk``."""
    config = tmp_path / "stetwatch.toml"
    config.write_text(
        f'data_dir = "{tmp_path}"\n[redis]\nurl = "{valkey_url}"\n'
        '[[destination]]\nname = "desk"\ntype = "slack"\nurl = "https://hooks.slack.com/services/T0/B0/x"\n'
    )
    return lambda *words: CliRunner().invoke(program, ["deliveries", *words, "--config", str(config)])


def put_off(valkey: redis.Redis, destination: str = "desk") -> None:
    """Its lane's next attempt is in an hour."""
    valkey.zadd(KEYS.key("lanes", destination), {"budget-day/pst_1": now_ms(valkey) + 3_600_000}, xx=True)


def test_the_list_shows_all_that_waits_and_cuts_no_id(valkey: redis.Redis, deliveries: Command) -> None:
    """Also what a destination holds that is no longer configured; an id can be pasted as it stands."""
    queue(valkey, "desk", edited(LONG))
    queue(valkey, "old-desk", edited("chg_2"))

    shown = deliveries("list")
    assert shown.exit_code == 0
    assert all(word in shown.output for word in (LONG, "old-desk", "chg_2"))
    lines = deliveries("list", "--json").output.splitlines()
    assert {(row["destination"], row["change_id"]) for row in map(json.loads, lines)} == {
        ("desk", LONG),
        ("old-desk", "chg_2"),
    }
    only = deliveries("list", "--destination", "old-desk", "--json").output.splitlines()
    assert [json.loads(line)["change_id"] for line in only] == ["chg_2"]


def test_an_empty_list_says_so(deliveries: Command) -> None:
    """Nothing waits: a sentence, and no empty table; as JSON nothing at all."""
    assert deliveries("list").output == "no pending deliveries\n"
    assert deliveries("list", "--state", "dead").output == "no dead deliveries\n"
    assert deliveries("list", "--json").output == ""


def test_a_name_nobody_knows_is_a_wrong_word(valkey: redis.Redis, deliveries: Command) -> None:
    """Neither configured nor with deliveries: the error names those that are known."""
    queue(valkey, "old-desk", edited())

    for words in (("list",), ("redeliver", "chg_1")):
        refused = deliveries(*words, "--destination", "deks")
        assert str(refused.exception) == "no destination is named 'deks' (known: desk, old-desk)"


def test_redelivery_says_what_became_of_it(valkey: redis.Redis, deliveries: Command) -> None:
    """Queued again, tried now, waiting already, or gone: each has its own line."""
    queue(valkey, "desk", edited("chg_1"), edited("chg_2"))
    put_off(valkey)

    def asked(change: str) -> str:
        return deliveries("redeliver", change, "--destination", "desk").output

    assert asked("chg_1") == "chg_1 waited for desk already: its next attempt is now\n"
    assert int(valkey.zscore(KEYS.key("lanes", "desk"), "budget-day/pst_1") or 0) <= now_ms(valkey)
    assert asked("chg_2").startswith("chg_2 waits for desk already: ")
    valkey.zadd(KEYS.key("dead", "desk"), {"chg_2": now_ms(valkey)})
    assert asked("chg_2") == "chg_2 waits for desk again\n"
    gone = deliveries("redeliver", "chg_gone", "--destination", "desk")
    assert str(gone.exception) == "chg_gone: no such change is kept, or not any longer; see: stetwatch changes"


def test_what_a_removed_destination_holds_can_be_sent_elsewhere(valkey: redis.Redis, deliveries: Command) -> None:
    """The cure that the notifier's warning names: the same change, put into another destination's lane."""
    queue(valkey, "old-desk", edited("chg_1"))

    deliveries("redeliver", "chg_1", "--destination", "desk")
    assert valkey.lrange(KEYS.key("lane", "desk", "budget-day/pst_1"), 0, -1) == [b"chg_1"]
