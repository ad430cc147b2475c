"""Mutes: kept with their end, listed without those that have ended, set and taken back by command."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis
import redis.asyncio
from click.testing import CliRunner, Result

from monitor.adapters.valkey.desk import ValkeyDesk
from monitor.adapters.valkey.lanes import ValkeyLanes
from monitor.adapters.valkey.mutes import Mute, Mutes
from monitor.cli import stetwatch as program
from tests.kit.changes import edited
from tests.kit.deliveries import KEYS, now_ms, queue, terms

Command = Callable[..., Result]
LANE = "budget-day/pst_1"


@pytest.fixture
def mutes(valkey: redis.Redis) -> Mutes:
    """The mutes of the empty server."""
    return Mutes(valkey, KEYS)


@pytest.fixture
def destinations(valkey_url: str, valkey: redis.Redis, tmp_path: Path) -> Command:  # noqa: ARG001  # an empty server
    """The command, with a configuration of one source and one destination."""
    config = tmp_path / "stetwatch.toml"
    config.write_text(
        f'data_dir = "{tmp_path}"\n[redis]\nurl = "{valkey_url}"\n'
        '[[source]]\nname = "budget-day"\nurl = "https://news.example/live"\n'
        '[[destination]]\nname = "desk"\ntype = "slack"\nurl = "https://hooks.slack.com/services/T0/B0/x"\n'
    )
    return lambda *words: CliRunner().invoke(program, ["destinations", *words, "--config", str(config)])


def test_a_mute_stands_until_its_end_or_for_ever(valkey: redis.Redis, mutes: Mutes) -> None:
    """Ends are on the server's clock; what has ended is forgotten, in the list and in the store."""
    mutes.add("desk", LANE, for_s=7200, by="ada")
    mutes.add("desk", "budget-day", by="ada")
    mutes.add("desk", "old", for_s=-1)

    source, lane = mutes.of("desk")
    assert source == Mute(destination="desk", what="budget-day", until_at=None, by="ada")
    assert (lane.what, lane.by) == (LANE, "ada")
    assert lane.until_at is not None
    server = datetime.fromtimestamp(now_ms(valkey) / 1000, UTC)
    assert timedelta(minutes=119) < lane.until_at - server <= timedelta(hours=2)
    assert set(valkey.hkeys(KEYS.key("mutes", "desk"))) == {b"budget-day", LANE.encode()}
    assert mutes.of("archive") == []


async def test_the_longer_mute_stands(valkey: redis.Redis, async_valkey: redis.asyncio.Redis, mutes: Mutes) -> None:
    """Neither a button's hour nor a shorter command ends what was muted for longer; it says what stands."""
    desk, server = ValkeyDesk(async_valkey, KEYS), datetime.fromtimestamp(now_ms(valkey) / 1000, UTC)
    for_good = mutes.add("desk", "budget-day", by="ada")
    await desk.mute("desk", "budget-day", server + timedelta(hours=1), "jo")
    assert mutes.add("desk", "budget-day", for_s=60, by="jo") == for_good
    assert mutes.of("desk") == [for_good]

    await desk.mute("desk", LANE, server + timedelta(hours=1), "jo")
    day = mutes.add("desk", LANE, for_s=86_400, by="ada")
    await desk.mute("desk", LANE, server + timedelta(hours=2), "jo")
    assert mutes.of("desk") == [for_good, day]


async def test_a_claim_forgets_mutes_that_have_ended(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, mutes: Mutes
) -> None:
    """A few each time, those of posts that are long closed too."""
    for number in range(5):
        mutes.add("desk", f"budget-day/pst_old_{number}", for_s=-1)
    mutes.add("desk", "other")
    queue(valkey, "desk", edited("chg_1"))
    lanes = ValkeyLanes(async_valkey, KEYS)
    await lanes.claim("desk", 5, terms())

    assert valkey.hkeys(KEYS.key("mutes", "desk")) == [b"other"]
    await lanes.aclose()


async def test_what_is_muted_is_dropped_until_it_is_unmuted(
    valkey: redis.Redis, async_valkey: redis.asyncio.Redis, mutes: Mutes
) -> None:
    """The claim gives out nothing of a muted post or source, and what comes after the mute again."""
    lanes = ValkeyLanes(async_valkey, KEYS)
    for what in (LANE, "budget-day"):
        mutes.add("desk", what)
        queue(valkey, "desk", edited("chg_muted"))
        assert not (await lanes.claim("desk", 5, terms())).deliveries
        assert mutes.remove("desk", what)
        assert not mutes.remove("desk", what)
    queue(valkey, "desk", edited("chg_2"))
    assert [one.change_id for one in (await lanes.claim("desk", 5, terms())).deliveries] == ["chg_2"]


def test_a_post_is_muted_by_its_id_and_unmuted_when_its_history_is_gone(
    valkey: redis.Redis, destinations: Command, mutes: Mutes
) -> None:
    """The source of a post is looked up; what was muted can be taken back by the same word."""
    queue(valkey, "desk", edited("chg_1"))
    valkey.rpush(KEYS.key("history", "pst_1"), "chg_1")

    said = destinations("mute", "desk", "--post", "pst_1", "--for", "2h").output
    assert said.startswith(f"desk hears nothing of {LANE}, until 2")
    [mute] = mutes.of("desk")
    assert mute.what == LANE
    assert mute.until_at is not None
    assert mute.by
    valkey.delete(KEYS.key("history", "pst_1"))
    assert destinations("unmute", "desk", "--post", "pst_1").output == f"desk hears of {LANE} again\n"
    assert mutes.of("desk") == []
    assert destinations("unmute", "desk", "--post", LANE).output == f"{LANE} was not muted for desk\n"


def test_the_list_shows_what_is_muted_and_until_when(destinations: Command) -> None:
    """Of all destinations or of one; as JSON an object a mute."""
    assert destinations("mutes").output == "nothing is muted\n"
    assert destinations("mute", "desk", "--source", "budget-day").output == (
        "desk hears nothing of budget-day, until it is unmuted\n"
    )

    shown = destinations("mutes").output
    assert all(word in shown for word in ("desk", "budget-day", "until it is unmuted"))
    [line] = destinations("mutes", "desk", "--json").output.splitlines()
    told = json.loads(line)
    assert (told["destination"], told["what"], told["until_at"]) == ("desk", "budget-day", None)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("mute", "deks", "--source", "budget-day"), "no destination is named 'deks' (known: desk)"),
        (("mute", "desk"), "say what is muted: --post PST or --source NAME, one of them"),
        (("mute", "desk", "--source", "a", "--post", "pst_1"), "say what is muted: --post PST or --source NAME"),
        (("mute", "desk", "--source", "budget-dya"), "no source is named 'budget-dya'; see: stetwatch status"),
        (("mute", "desk", "--post", "pst_9"), "pst_9: no change of such a post is kept; write SOURCE/pst_9"),
        (("mute", "desk", "--source", "budget-day", "--for", "soon"), '--for: "soon" is no duration; write "15s"'),
        (("unmute", "desk"), "say what is muted: --post PST or --source NAME, one of them"),
        (("mutes", "deks"), "no destination is named 'deks' (known: desk)"),
    ],
)
def test_wrong_words_are_told_with_their_cure(
    destinations: Command, mutes: Mutes, words: tuple[str, ...], error: str
) -> None:
    """Nothing is muted by a slip."""
    refused = destinations(*words)
    assert str(refused.exception).startswith(error)
    assert mutes.of("desk") == []
