"""The main job, as processes: a served recording is polled, tracked and delivered, and nothing differs from replay."""

from __future__ import annotations

import base64
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks

from monitor.demo.receiver import Receiver
from monitor.demo.slack import FakeSlack
from monitor.model import Secret
from tests.kit.cli import ROOT, running, stetwatch
from tests.kit.waiting import wait_for

CORPUS = ROOT.parent / "shared" / "corpus"
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ...").decode()
DELIVERIES = """
[[destination]]
name = "archive"
type = "webhook"
url = "{hook}"
allow_http = true
secret = "{secret}"
rate = 100

[[destination]]
name = "desk"
type = "slack"
channel = "C0DESK"
token = "xoxb-demo"
api_url = "{slack}"
settle = "1s"
settle_max = "3s"
"""


def gist(change: dict[str, Any]) -> tuple[object, ...]:
    """What must be the same on both ways: type, key, fields, the digests of both texts."""
    data = change["data"]
    before, after = data.get("before") or {}, data.get("after") or {}
    return change["type"], data["post"]["key"], tuple(data["fields"]), before.get("sha256"), after.get("sha256")


def by_post(changes: list[dict[str, Any]]) -> dict[str, list[tuple[object, ...]]]:
    """The gist of each post's changes, in order."""
    found: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    for change in changes:
        found[change["data"]["post"]["key"]].append(gist(change))
    return dict(found)


def configuration(recording: Path, data_dir: Path, url: str, receiver: Receiver, slack: FakeSlack) -> str:
    """The recording's own source table, pointed at the server and polled fast, with two destinations."""
    table = (recording / "recording.toml").read_text(encoding="utf-8")
    table = table.replace("[source]", "[[source]]").replace("[source.", "[source.")
    table = re.sub(r"^url = .*$", f'url = "{url}"\npoll = {{ min = "0.2s", max = "0.2s" }}', table, flags=re.MULTILINE)
    head = f'data_dir = "{data_dir}"\n[network]\nallow = ["127.0.0.0/8"]\n[web]\nlisten = "127.0.0.1:0"\n'
    return head + table + DELIVERIES.format(hook=receiver.url, secret=SECRET, slack=slack.api_url)


def for_slack(config: Path, state: str) -> list[str]:
    """The changes that a message in Slack has settled, or that wait for one."""
    listed = stetwatch("deliveries", "list", "--destination", "desk", "--state", state, "--config", config, "--json")
    return [json.loads(line)["change_id"] for line in listed.stdout.splitlines()]


@pytest.mark.timeout(120)
@pytest.mark.skipif(not CORPUS.is_dir(), reason="needs the recordings in ../shared/corpus")
async def test_a_served_recording_is_delivered_as_replay_reports_it(tmp_path: Path) -> None:
    """Served step by step and watched by `run`, every post's changes arrive in replay's order, signed, and in Slack."""
    recording = CORPUS / "ticker-json-b"
    replayed = [json.loads(line) for line in stetwatch("replay", recording, "--json").stdout.splitlines()]
    log = tmp_path / "log"
    receiver, slack = Receiver([Secret(SECRET)]), FakeSlack()

    async with receiver.serving(), slack.serving():
        with running("serve", recording, "--step", "--port", "0", log=tmp_path / "serve.log"):
            shown = await wait_for(
                lambda: re.search(r"http://127\.0\.0\.1:\d+/", (tmp_path / "serve.log").read_text()), within_s=20
            )
            assert shown is not None
            config = tmp_path / "stetwatch.toml"
            config.write_text(configuration(recording, tmp_path / "state", shown[0], receiver, slack))
            with running("run", "--config", config, log=log):
                await wait_for(lambda: len(receiver.ids) >= len(replayed), within_s=70, saying=log.read_text()[-2000:])
                await wait_for(lambda: len(slack.messages) >= 5, within_s=30)
                # So many new posts at once are a storm: what is not told one by one waits for its digest.
                for_desk = for_slack(config, "pending") + for_slack(config, "delivered")

    verifier = standardwebhooks.Webhook(SECRET)
    arrived = [verifier.verify(one.body, dict(one.headers)) for one in receiver.taken]
    assert by_post(arrived) == by_post(replayed)
    assert len(arrived) == len(replayed)
    assert set(for_desk) == {one["id"] for one in arrived}
    assert slack.refusals == []
