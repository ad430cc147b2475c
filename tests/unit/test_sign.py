"""Standard Webhooks signatures, against the published vector and two other implementations."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks
import svix.webhooks
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.deliver.examples import EXAMPLES
from monitor.core.deliver.sign import Refused, Verified, key, sign, verify
from monitor.core.deliver.wire import encode
from monitor.errors import UsageError
from monitor.model import Secret

SPEC_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_SECRET = "whsec_" + base64.b64encode(bytes(range(64))).decode()
NAMES = ("webhook-id", "webhook-timestamp", "webhook-signature")
VECTORS = json.loads((Path(__file__).parents[1] / "corpus" / "signatures.json").read_text("utf-8"))
KEY, OTHER = key(Secret(SPEC_SECRET)), key(Secret(OTHER_SECRET))


def headers(body: bytes, timestamp: int, keys: tuple[bytes, ...] = (KEY,), id_: str = "chg_1") -> dict[str, str]:
    """What a request carries."""
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(id_, timestamp, body, keys),
    }


@pytest.mark.parametrize("vector", VECTORS, ids=[str(vector["name"]) for vector in VECTORS])
def test_the_golden_vectors_come_out(vector: dict[str, Any]) -> None:
    """The specification's example, and vectors made with the standardwebhooks package: the same for good."""
    keys = [key(Secret(secret)) for secret in vector["secrets"]]
    body, timestamp = vector["body"].encode(), vector["timestamp"]
    sent = {name: str(vector[name.removeprefix("webhook-")]) for name in NAMES}

    assert sign(vector["id"], timestamp, body, keys) == vector["signature"]
    for one in keys:
        assert verify(sent, body, [one], timestamp) == Verified(vector["id"])


def test_the_published_vector_is_among_them() -> None:
    """The signature printed in the specification."""
    assert VECTORS[0]["signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "verifier", [standardwebhooks.Webhook, svix.webhooks.Webhook], ids=["standardwebhooks", "svix"]
)
@pytest.mark.parametrize(
    "body",
    [
        b'{"n":1}',
        '{"text":"Ünïcödé 🎈 東京"}'.encode(),
        b'{"type":"source.failing","data":{}}',
        *(encode(one) for one in EXAMPLES.values()),
    ],
)
def test_other_peoples_libraries_verify_ours(verifier: type, body: bytes) -> None:
    """The PyPI packages standardwebhooks and svix accept our signature, with one secret and with either during a
    rotation, and with a signature of another scheme beside it; an altered body they refuse."""
    now = int(datetime.now(UTC).timestamp())

    for keys in ((KEY,), (OTHER, KEY)):
        sent = headers(body, now, keys)
        verifier(SPEC_SECRET).verify(body, sent)
        mixed = {**sent, "webhook-signature": f"v1a,AAAA {sent['webhook-signature']}"}
        verifier(SPEC_SECRET).verify(body, mixed)
        with pytest.raises((standardwebhooks.WebhookVerificationError, svix.webhooks.WebhookVerificationError)):
            verifier(SPEC_SECRET).verify(body + b" ", sent)
    verifier(OTHER_SECRET).verify(body, headers(body, now, (OTHER, KEY)))


def test_we_verify_other_peoples_signatures() -> None:
    """What the standardwebhooks package signs, our verifier accepts."""
    now = datetime.now(UTC).replace(microsecond=0)
    signature = standardwebhooks.Webhook(SPEC_SECRET).sign("msg_1", now, "{}")
    sent = {"webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}

    assert verify(sent, b"{}", [KEY], now.timestamp()) == Verified("msg_1")


@given(st.binary(max_size=200), st.integers(0, 2**33))
def test_a_signature_holds_for_its_own_body_and_time_only(body: bytes, timestamp: int) -> None:
    """Another body, timestamp, id or key is refused."""
    sent = headers(body, timestamp)

    assert verify(sent, body, [OTHER, KEY], timestamp) == Verified("chg_1")
    assert isinstance(verify(sent, body + b" ", [KEY], timestamp), Refused)
    assert isinstance(verify(sent | {"webhook-id": "chg_2"}, body, [KEY], timestamp), Refused)
    assert isinstance(verify(sent | {"webhook-timestamp": str(timestamp + 1)}, body, [KEY], timestamp), Refused)
    assert isinstance(verify(sent, body, [OTHER], timestamp), Refused)


def test_old_and_future_requests_are_refused() -> None:
    """A request more than five minutes away is a replay; within them it is fine. Header names may be in any case."""
    sent = {name.title(): value for name, value in headers(b"{}", 10_000).items()}

    assert verify(sent, b"{}", [KEY], 10_300) == verify(sent, b"{}", [KEY], 9_700) == Verified("chg_1")
    assert isinstance(verify(sent, b"{}", [KEY], 10_301), Refused)
    assert isinstance(verify(sent, b"{}", [KEY], 9_699), Refused)


@given(st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text()))
def test_garbage_is_refused_without_an_exception(sent: dict[str, str]) -> None:
    """Whatever the headers hold, the verdict is a value."""
    assert isinstance(verify(sent, b"{}", [KEY], 0), Refused)


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsk_" + "A" * 64, "whsec_not base64!",
     "whsec_" + base64.b64encode(bytes(23)).decode(), "whsec_" + base64.b64encode(bytes(65)).decode()],
)  # fmt: skip
def test_a_bad_secret_is_refused_without_being_shown(secret: str) -> None:
    """Another prefix, broken base64 and a wrong length are told in words that hold nothing of the secret."""
    with pytest.raises(UsageError, match="24 to 64 random bytes") as refused:
        key(Secret(secret))

    assert len(secret) < 10 or secret not in str(refused.value)
