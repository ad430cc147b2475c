"""Standard Webhooks signatures, against the published vector and two other implementations."""

import base64
from datetime import UTC, datetime

import pytest
import standardwebhooks
import svix.webhooks
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.deliver.sign import Refused, Verified, key, sign, verify
from monitor.errors import UsageError
from monitor.model import Secret

SPEC_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_SECRET = "whsec_" + base64.b64encode(bytes(range(64))).decode()
KEY, OTHER = key(Secret(SPEC_SECRET)), key(Secret(OTHER_SECRET))


def headers(body: bytes, timestamp: int, keys: tuple[bytes, ...] = (KEY,), id_: str = "chg_1") -> dict[str, str]:
    """What a request carries."""
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(id_, timestamp, body, keys),
    }


def test_the_published_vector_comes_out() -> None:
    """The specification's example yields the specification's signature."""
    signature = sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', [KEY])

    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "verifier", [standardwebhooks.Webhook, svix.webhooks.Webhook], ids=["standardwebhooks", "svix"]
)
@pytest.mark.parametrize("body", [b'{"n":1}', '{"text":"Ünïcödé 🎈"}'.encode()])
def test_other_peoples_libraries_verify_ours(verifier: type, body: bytes) -> None:
    """The PyPI packages standardwebhooks and svix accept our signature, with one secret and during a rotation."""
    now = int(datetime.now(UTC).timestamp())

    for keys in ((KEY,), (OTHER, KEY)):
        verifier(SPEC_SECRET).verify(body, headers(body, now, keys))


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
