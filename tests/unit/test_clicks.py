"""Buttons pressed: what a payload says, and whether Slack sent it. Nothing malformed raises."""

import hashlib
import hmac
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.deliver.clicks import Click, clicked, is_from_slack

SECRET = b"8f742231b10e8888abcd99yyyzzz85a5"
NOW_S = 1_531_420_618.0
BODY = b"token=x&team_id=T1DC2JH3J&text=caf%C3%A9"

junk: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "user", "channel", "container", "actions", "id", "value"]), inner)
    ),
    max_leaves=12,
)


def payload(**parts: object) -> dict[str, object]:
    """A press of Acknowledge as Slack tells it."""
    return {
        "type": "block_actions",
        "user": {"id": "U0ADA", "username": "ada", "name": "ada"},
        "channel": {"id": "C0DESK", "name": "desk"},
        "container": {"type": "message", "message_ts": "1700000000.000001", "channel_id": "C0DESK"},
        "actions": [{"action_id": "ack", "type": "button", "value": "chg_1f"}],
        **parts,
    }


def signed(body: bytes = BODY, at_s: float = NOW_S, secret: bytes = SECRET) -> dict[str, str]:
    """The headers of a request as Slack signs it."""
    base = f"v0:{int(at_s)}:".encode() + body
    signature = "v0=" + hmac.new(secret, base, hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": str(int(at_s)), "x-slack-signature": signature}


def test_a_click_is_read() -> None:
    """What, where, by whom."""
    assert clicked(payload()) == Click(
        deed="ack", change_id="chg_1f", channel="C0DESK", ts="1700000000.000001", user="U0ADA", name="ada"
    )


@pytest.mark.parametrize(
    "parts",
    [
        {"type": "view_submission"},
        {"actions": []},
        {"actions": [{"action_id": "open", "value": "chg_1"}]},
        {"actions": [{"action_id": "ack", "value": "chg_1:other"}]},
        {"actions": [{"action_id": "ack", "value": "x" * 2_000}]},
        {"actions": [{"action_id": "ack"}]},
        {"channel": {"id": "stet:dst:desk"}},
        {"container": {"message_ts": "-inf"}},
        {"user": {"id": "<!here>"}},
        {"user": None},
    ],
)
def test_what_is_no_click_of_ours_is_none(parts: dict[str, object]) -> None:
    """Another kind of payload, another button, a value or a name that cannot be."""
    assert clicked(payload(**parts)) is None


@given(junk)
def test_no_payload_raises(told: object) -> None:
    """Whatever comes, it is a click or it is none."""
    assert clicked(told) is None


def test_a_hostile_name_is_harmless() -> None:
    """What a person calls themselves is one clean, short line."""
    click = clicked(payload(user={"id": "U0", "username": "\u202eadmin\n" + "x" * 500}))

    assert click is not None
    assert click.name.startswith("admin x")
    assert len(click.name) <= 80


def test_slacks_own_signature_is_taken() -> None:
    """HMAC-SHA256 over version, time and body, within five minutes either way."""
    assert is_from_slack(SECRET, signed(), BODY, NOW_S)
    assert is_from_slack(SECRET, signed(), BODY, NOW_S + 300)
    assert is_from_slack(SECRET, signed(), BODY, NOW_S - 300)


@pytest.mark.parametrize(
    ("headers", "body", "now_s"),
    [
        (signed(), BODY, NOW_S + 301),
        (signed(), BODY, NOW_S - 301),
        (signed(), BODY + b"!", NOW_S),
        (signed(secret=b"another"), BODY, NOW_S),
        ({}, BODY, NOW_S),
        (signed() | {"x-slack-request-timestamp": "abc"}, BODY, NOW_S),
        (signed() | {"x-slack-request-timestamp": "1" * 400}, BODY, NOW_S),
        (signed() | {"x-slack-request-timestamp": "१५३१४२०६१८"}, BODY, NOW_S),
        (signed() | {"x-slack-signature": "v0=ünfug"}, BODY, NOW_S),
        (signed() | {"x-slack-signature": "v1=" + "0" * 64}, BODY, NOW_S),
        (signed(), b"\xff\xfe\x00", NOW_S),
    ],
    ids=["old", "future", "body", "secret", "none", "word", "huge", "digits", "unicode", "version", "bytes"],
)
def test_what_is_forged_old_or_malformed_is_refused(headers: dict[str, str], body: bytes, now_s: float) -> None:
    """A replay, another body, another secret, garbage: refused, without an exception."""
    assert not is_from_slack(SECRET, headers, body, now_s)


@given(st.text(max_size=30), st.text(max_size=80), st.binary(max_size=50))
def test_no_header_raises(sent: str, signature: str, body: bytes) -> None:
    """Whatever the headers hold, the answer is no."""
    headers = {"x-slack-request-timestamp": sent, "x-slack-signature": signature}
    assert not is_from_slack(SECRET, headers, body, NOW_S)
