"""``stetwatch destinations`` and ``deliveries``, as an operator runs them beside a notifier at work."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis

from monitor.demo.receiver import Fault, Receiver
from monitor.model import Secret
from tests.kit.attempts import SECRET
from tests.kit.changes import added, edited
from tests.kit.cli import running, stetwatch
from tests.kit.deliveries import KEYS, now_ms, queue
from tests.kit.waiting import wait_for

CONFIG = """
data_dir = "{folder}"
[redis]
url = "{redis}"
[network]
allow = ["127.0.0.0/8"]
[[destination]]
name = "archive"
type = "webhook"
url = "{url}"
allow_http = true
secret_file = "archive.secret"
[[destination]]
name = "log"
type = "webhook"
url = "{url}log"
allow_http = true
secret_env = "LOG_SECRET"
[[destination]]
name = "desk"
type = "slack"
channel = "C0DESK"
token = "xoxb-1"
"""


@dataclass(frozen=True)
class Office:
    """A configured place of work: its folder, its receiver, and the command."""

    folder: Path
    receiver: Receiver
    env: dict[str, str]

    async def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, output and errors of ``stetwatch WORDS``; the receiver goes on meanwhile."""
        ended = await asyncio.to_thread(
            stetwatch, *words, "--config", str(self.folder / "stetwatch.toml"), env=self.env, within_s=50
        )
        return ended.returncode, ended.stdout, ended.stderr

    async def lines(self, *words: str) -> list[dict[str, Any]]:
        """What it prints as JSON."""
        return [json.loads(line) for line in (await self.run(*words, "--json"))[1].splitlines()]


@pytest.fixture
async def office(valkey_url: str, valkey: redis.Redis, tmp_path: Path) -> AsyncIterator[Office]:  # noqa: ARG001
    """Two webhooks at one receiver, and a Slack channel; an empty store."""
    async with Receiver([SECRET]).serving(path="/") as receiver:
        (tmp_path / "stetwatch.toml").write_text(
            CONFIG.format(folder=tmp_path, redis=valkey_url, url=receiver.url), encoding="utf-8"
        )
        (tmp_path / "archive.secret").write_text(SECRET.reveal() + "\n")
        (tmp_path / "archive.secret").chmod(0o600)
        yield Office(tmp_path, receiver, {"LOG_SECRET": SECRET.reveal()})


@pytest.mark.timeout(150)
async def test_a_receiver_that_went_away_is_brought_back(office: Office, valkey: redis.Redis) -> None:
    """410 disables; the operator sees why, tries it, resumes it, sends the dead letter again: marked, same bytes."""
    office.receiver.faults.append(Fault(status=410, body="no such hook any more"))
    queue(valkey, "archive", edited("chg_1"))
    log = office.folder / "notify.log"
    words = ("notify", "--config", office.folder / "stetwatch.toml")
    with running(*words, log=log, env=office.env):
        await wait_for(lambda: valkey.zcard(KEYS.key("dead", "archive")) == 1, within_s=20)
        queue(valkey, "archive", edited("chg_2", "pst_2"))

        states = {one["name"]: one for one in await office.lines("destinations", "list")}
        assert (states["archive"]["state"], states["archive"]["type"]) == ("disabled", "webhook")
        assert "410" in states["archive"]["reason"]
        assert (states["archive"]["dead"], states["archive"]["pending"]) == (1, 1)
        assert (states["desk"]["state"], states["desk"]["type"]) == ("active", "slack")

        (shown,) = await office.lines("deliveries", "show", "chg_1")
        assert shown["delivery"]["state"] == "dead"
        assert [(one["n"], one["status"], one["answer"]) for one in shown["attempts"]] == [
            (1, 410, "no such hook any more")
        ]
        assert shown["body"]["id"] == "chg_1"

        assert (await office.run("destinations", "test", "archive"))[0] == 0
        code, said, _ = await office.run("destinations", "resume", "archive")
        assert (code, said.startswith("archive goes on: 1 wait; 1 dead letters stay")) == (0, True)
        await wait_for(lambda: "chg_2" in office.receiver.ids, within_s=20)

        code, said, _ = await office.run("deliveries", "redeliver", "--destination", "archive", "--state", "dead")
        assert (code, said) == (0, "chg_1 waits for archive again\n")
        await wait_for(lambda: "chg_1" in office.receiver.ids, within_s=20)
    again = office.receiver.taken[-1]
    first = next(one for one in office.receiver.requests if one.id == "chg_1")
    assert (again.headers["webhook-replay"], again.body) == ("true", first.body)
    (shown,) = await office.lines("deliveries", "show", "chg_1")
    assert shown["delivery"]["state"] == "delivered"
    assert [(one["outcome"], one["status"]) for one in shown["attempts"]] == [("delivered", 204), ("dead", 410)]


async def test_a_paused_destination_waits_and_the_others_go_on(office: Office, valkey: redis.Redis) -> None:
    """Nothing is sent to it until it is resumed; then what waits arrives, in order."""
    assert (await office.run("destinations", "pause", "archive", "--reason", "moving"))[0] == 0
    code, said, _ = await office.run("destinations", "pause", "archive")
    assert (code, said) == (0, "archive was paused already: moving\n")
    log = office.folder / "notify.log"
    with running("notify", "--config", office.folder / "stetwatch.toml", log=log, env=office.env):
        queue(valkey, "archive", edited("chg_1"), edited("chg_2"))
        queue(valkey, "log", edited("chg_3"), edited("chg_4", "pst_2"))
        await wait_for(lambda: sorted(office.receiver.ids) == ["chg_3", "chg_4"], within_s=20)
        assert (await office.run("destinations", "resume", "archive"))[1] == "archive goes on: 2 wait\n"
        await wait_for(lambda: office.receiver.ids[2:] == ["chg_1", "chg_2"], within_s=20)
    assert (await office.run("destinations", "resume", "archive"))[1] == "archive was active already: 0 wait\n"


async def test_a_test_message_says_what_came_of_it(office: Office) -> None:
    """Status, time and address; a refusal exits 1 with the receiver's words; neither needs a notifier."""
    code, said, _ = await office.run("destinations", "test", "log")
    assert code == 0
    assert said.startswith("log: arrived  (HTTP 204 from 127.0.0.1 after ")
    (received,) = office.receiver.taken
    told = received.change
    assert received.id.startswith("chg_test_")
    assert "webhook-replay" not in received.headers
    assert told["type"] == "post.edited"

    office.receiver.faults.append(Fault(status=404, body="wrong \x1b[2Jpath"))
    (refused,) = await office.lines("destinations", "test", "archive")
    assert (refused["arrived"], refused["status"], refused["address"]) == (False, 404, "127.0.0.1")
    office.receiver.faults.append(Fault(status=404, body="wrong \x1b[2Jpath"))
    code, said, _ = await office.run("destinations", "test", "archive")
    assert (code, "it answered: wrong " in said, "\x1b" in said) == (1, True, False)
    assert office.receiver.url not in said
    assert len({one.id for one in office.receiver.requests}) == 3


async def test_the_guard_covers_test_messages(office: Office) -> None:
    """Without the network's leave no address of this machine is reached."""
    path = office.folder / "stetwatch.toml"
    path.write_text(path.read_text().replace('allow = ["127.0.0.0/8"]', ""))

    code, said, _ = await office.run("destinations", "test", "log")
    assert code == 1
    assert "blocked" in said
    assert office.receiver.requests == []


async def test_deliveries_are_found_by_type_and_time(office: Office, valkey: redis.Redis) -> None:
    """The list, a dry run and a drop mean the same range; what is in no range stays."""
    hour_ms = 3_600_000
    for number, change in enumerate((edited("chg_1"), added("chg_2", subject="pst_2"), edited("chg_3", "pst_3"))):
        queue(valkey, "archive", change)
        record = json.loads(valkey.hget(KEYS.key("delivery", "archive"), change.id) or b"{}")
        record["first_at_ms"] = now_ms(valkey) - (3 - number) * hour_ms
        valkey.hset(KEYS.key("delivery", "archive"), change.id, json.dumps(record))

    async def listed(*words: str) -> list[str]:
        rows = await office.lines("deliveries", "list", "--destination", "archive", *words)
        return [row["change_id"] for row in rows]

    assert await listed() == ["chg_1", "chg_2", "chg_3"]
    assert await listed("--since", "150m") == ["chg_2", "chg_3"]
    assert await listed("--until", "90m") == ["chg_1", "chg_2"]
    assert await listed("--type", "post.added") == ["chg_2"]
    range_ = ("--destination", "archive", "--state", "pending", "--type", "post.edited", "--since", "4h")
    code, said, _ = await office.run("deliveries", "drop", *range_, "--dry-run")
    assert (code, said.splitlines()[-1]) == (0, "2 dropped (a dry run)")
    assert await listed() == ["chg_1", "chg_2", "chg_3"]
    code, _, said = await office.run("deliveries", "drop", *range_)
    assert (code, said.strip()) == (
        2, "stetwatch: a range is dropped for good: add --yes, or look first with --dry-run"
    )  # fmt: skip
    assert (await office.run("deliveries", "drop", *range_, "--yes"))[0] == 0
    assert await listed() == ["chg_2"]
    assert valkey.exists(KEYS.key("lane", "archive", "budget-day/pst_1")) == 0
    code, _, said = await office.run("deliveries", "drop", "chg_1", "chg_2", "--destination", "archive")
    assert (code, said) == (1, "stetwatch: chg_1: archive neither waits for it nor has it as a dead letter\n")
    assert await listed() == []


async def test_dead_letters_of_a_range_are_sent_again(office: Office, valkey: redis.Redis) -> None:
    """A dry run touches nothing; by type only those; as JSON one object each."""
    queue(valkey, "archive", edited("chg_1"), added("chg_2", subject="pst_2"), edited("chg_3", "pst_3"))
    for number in (1, 2, 3):
        valkey.zadd(KEYS.key("dead", "archive"), {f"chg_{number}": now_ms(valkey) - 60_000 + number})
        valkey.delete(KEYS.key("lane", "archive", f"budget-day/pst_{number}"))
    valkey.delete(KEYS.key("lanes", "archive"))
    words = ("deliveries", "redeliver", "--destination", "archive", "--since", "1h", "--type", "post.edited")

    dry = await office.lines(*words, "--dry-run")
    assert [(one["change_id"], one["outcome"], one["dry_run"]) for one in dry] == [
        ("chg_1", "queued", True), ("chg_3", "queued", True)
    ]  # fmt: skip
    assert valkey.zcard(KEYS.key("dead", "archive")) == 3
    assert (await office.run(*words))[1].splitlines()[-1] == "2 queued"
    assert valkey.zrange(KEYS.key("dead", "archive"), 0, -1) == [b"chg_2"]
    assert (await office.run("deliveries", "redeliver", "chg_2", "--destination", "archive", "--dry-run"))[1] == (
        "chg_2 would be sent to archive again\n"
    )
    assert valkey.zcard(KEYS.key("dead", "archive")) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("destinations", "test", "deks"), "no destination is configured as 'deks' (configured: archive, log, desk)"),
        (("destinations", "pause", "deks"), "no destination is named 'deks' (known: archive, log, desk)"),
        (("destinations", "rotate", "desk"), "desk is a Slack destination"),
        (("deliveries", "redeliver", "--destination", "desk"), "name changes (chg_…), or a range: --state"),
        (("deliveries", "drop", "chg_1", "--destination", "desk", "--state", "dead"), "either changes or a range"),
        (("deliveries", "list", "--since", "soon"), "--since soon: not a time; write 30m"),
    ],
)
async def test_wrong_words_are_told(office: Office, words: tuple[str, ...], said: str) -> None:
    """Exit 2 and one line that names what to write."""
    code, out, told = await office.run(*words)

    assert (code, out, len(told.splitlines())) == (2, "", 1)
    assert said in told


async def test_a_person_reads_tables(office: Office, valkey: redis.Redis) -> None:
    """The record, the attempts and the body of a delivery; page text and answers cannot drive the terminal."""
    queue(valkey, "archive", edited("chg_1", reason=None))
    valkey.xadd(
        KEYS.key("attempts", "archive"),
        {"id": "chg_1", "lane": "budget-day/pst_1", "n": 1, "outcome": "retry", "status": 500, "address": "192.0.2.7",
         "duration_ms": 81, "reason": "HTTP 500", "next_ms": now_ms(valkey) + 5000, "answer": "oh\x1b[2Jno",
         "message": ""},
    )  # fmt: skip

    code, said, _ = await office.run("deliveries", "show", "chg_1")
    assert code == 0
    for words in ("chg_1 for archive: waits since", "192.0.2.7", "81 ms", "HTTP 500", '"schema_version": 1', "oh"):
        assert words in said
    assert "\x1b" not in said
    table = (await office.run("destinations", "list"))[1]
    assert all(word in table for word in ("archive", "log", "desk", "slack", "webhook", "waiting"))
    code, _, told = await office.run("deliveries", "show", "chg_9")
    assert (code, told.startswith("stetwatch: chg_9: no delivery of it is kept")) == (1, True)


# --- rotation -----------------------------------------------------------------------------------------------------


async def test_a_secret_in_a_file_is_rotated_in_two_steps(office: Office) -> None:
    """The file holds both, newest first, private all the time; both sign; then the newest alone."""
    path = office.folder / "archive.secret"
    code, said, _ = await office.run("destinations", "rotate", "archive")
    new, old = path.read_text().split()
    assert (code, old, path.stat().st_mode & 0o777) == (0, SECRET.reveal(), 0o600)
    assert said.startswith(f"the new secret: {new}\n")
    assert old not in said

    async with Receiver([Secret(new)]).serving(path="/") as knows_the_new_one:
        config = office.folder / "stetwatch.toml"
        config.write_text(config.read_text().replace(f'"{office.receiver.url}"', f'"{knows_the_new_one.url}"'))
        assert (await office.run("destinations", "test", "archive"))[0] == 0
    config.write_text(config.read_text().replace(f'"{knows_the_new_one.url}"', f'"{office.receiver.url}"'))
    assert (await office.run("destinations", "test", "archive"))[0] == 0

    code, _, told = await office.run("destinations", "rotate", "archive")
    assert (code, "--finish" in told, path.read_text().split()) == (1, True, [new, old])
    assert (await office.run("destinations", "rotate", "archive", "--finish"))[0] == 0
    assert (path.read_text().split(), path.stat().st_mode & 0o777) == ([new], 0o600)
    code, said, _ = await office.run("destinations", "test", "archive")
    assert (code, "HTTP 401" in said) == (1, True)
    assert (await office.run("destinations", "rotate", "archive", "--finish"))[0] == 1
    assert sorted(one.name for one in office.folder.glob("*secret*")) == ["archive.secret"]


async def test_a_linked_secret_stays_a_link(office: Office) -> None:
    """What deployments mount is replaced where it lies."""
    path, target = office.folder / "archive.secret", office.folder / "mounted"
    path.rename(target)
    path.symlink_to(target)

    assert (await office.run("destinations", "rotate", "archive"))[0] == 0
    assert path.is_symlink()
    assert len(target.read_text().split()) == 2


async def test_a_secret_in_the_environment_is_explained(office: Office) -> None:
    """The lines to set can be pasted into a shell: both sign, then the newest alone; nothing is written for you."""
    (told,) = await office.lines("destinations", "rotate", "log")
    assert (told["form"], told["where"], told["written"]) == ("env", "LOG_SECRET", False)
    assert f'LOG_SECRET="{told["secret"]} $LOG_SECRET"' in told["steps"][0]
    assert SECRET.reveal() not in json.dumps(told)

    both = Office(office.folder, office.receiver, {"LOG_SECRET": f"{told['secret']} {SECRET.reveal()}"})
    assert (await both.run("destinations", "test", "log"))[0] == 0
    assert len(office.receiver.taken[-1].headers["webhook-signature"].split()) == 2
    code, said, _ = await both.run("destinations", "rotate", "log", "--finish")
    assert (code, 'LOG_SECRET="${LOG_SECRET%% *}"' in said) == (0, True)
