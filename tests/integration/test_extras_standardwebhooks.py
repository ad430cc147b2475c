"""Our signatures before npm's ``standardwebhooks``, where ``make test-extras`` has fetched it."""

from __future__ import annotations

import json
import shutil
import subprocess
import time

import pytest

from monitor.core.deliver.examples import EXAMPLES
from monitor.core.deliver.sign import key, sign
from monitor.core.deliver.wire import encode
from tests.kit.attempts import ROTATED, SECRET
from tests.kit.cli import ROOT

PACKAGE = ROOT / ".extras" / "node_modules" / "standardwebhooks"
NODE = shutil.which("node")
JUDGE = """
const { Webhook } = require(process.argv[1]);
const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(cases.map(({ secret, headers, body }) => {
  try { new Webhook(secret).verify(body, headers); return "verified"; } catch (error) { return error.name; }
})));
"""

pytestmark = pytest.mark.skipif(
    NODE is None or not PACKAGE.is_dir(),
    reason="npm's standardwebhooks or node is absent: `make test-extras` fetches what it can",
)


def judged(cases: list[dict[str, object]]) -> list[str]:
    """What the package says to each case: ``verified``, or the name of its error."""
    ended = subprocess.run(
        [str(NODE), "-e", JUDGE, str(PACKAGE)], input=json.dumps(cases), capture_output=True, text=True, check=True
    )
    found: list[str] = json.loads(ended.stdout)
    return found


def case(body: bytes, *, secret: str = SECRET.reveal(), away_s: int = 0, **headers: str) -> dict[str, object]:
    """A request signed with both secrets of a rotation, as the package wants it."""
    now = int(time.time()) + away_s
    ours = {"id": "chg_1", "timestamp": str(now), "signature": sign("chg_1", now, body, [key(ROTATED), key(SECRET)])}
    sent = {f"webhook-{name}": value for name, value in (ours | headers).items()}
    return {"secret": secret, "headers": sent, "body": body.decode()}


def test_the_npm_package_verifies_ours() -> None:
    """Every kind of change, unicode and empty data, with the old and with the new secret of a rotation."""
    bodies = [encode(change) for change in EXAMPLES.values()] + ['{"text":"Ünïcödé 🎈 東京"}'.encode(), b'{"data":{}}']
    cases = [case(body, secret=secret.reveal()) for body in bodies for secret in (SECRET, ROTATED)]

    assert set(judged(cases)) == {"verified"}


def test_the_npm_package_refuses_what_we_refuse() -> None:
    """Another id or secret, an old and a future timestamp, a garbled signature: the judge can say no."""
    body = b'{"n":1}'
    cases = [
        case(body, id="chg_2"),
        case(body, secret="whsec_" + "U3Ry" * 12),
        case(body, away_s=-400),
        case(body, away_s=400),
        case(body, signature="v1,AAAA"),
    ]

    assert judged(cases) == ["WebhookVerificationError"] * len(cases)
