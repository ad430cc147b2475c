"""The signature debugger: every way a webhook fails to verify has words of its own."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.deliver.diagnose import Request, diagnose, read_request
from monitor.core.deliver.examples import EXAMPLES
from monitor.core.deliver.sign import Verified, key, sign, verify
from monitor.core.deliver.wire import encode
from monitor.model import Secret

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "QUJD" * 12
KEY = key(Secret(SECRET))
NOW = 1_774_094_590
BODY = encode(EXAMPLES["post.edited"])


def signed(body: bytes = BODY, **headers: str) -> Request:
    """A request as our sender makes it; some headers replaced."""
    ours = {"id": "chg_1", "timestamp": str(NOW), "signature": sign("chg_1", NOW, body, [KEY])}
    return Request({f"webhook-{name}": value for name, value in (ours | headers).items()}, body)


def faults(request: Request, *secrets: str, now: float = NOW) -> list[str]:
    """What is wrong with it, in words."""
    return [one.words for one in diagnose(request, secrets or (SECRET,), now) if not one.fine]


def test_a_good_request_has_no_fault() -> None:
    """What verifies is told to verify, with which of the secrets."""
    assert faults(signed()) == []
    assert diagnose(signed(), [OTHER, SECRET], NOW)[-1].words.startswith("the signature was made with secret 2 of 2")


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (NOW + 301, "webhook-timestamp is 301 s old (300 s are allowed)"),
        (NOW - 4000, "webhook-timestamp is 4000 s in the future (300 s are allowed)"),
    ],
)
def test_an_old_timestamp_is_told_with_its_age(now: int, words: str) -> None:
    """By how much, in which direction; the signature itself is looked at all the same."""
    (fault,) = faults(signed(), now=now)
    assert fault.startswith(words)


@pytest.mark.parametrize(
    ("text", "words"), [("soon", "no number"), ("1774094590.5", "no number"), (f"{NOW}000", "milliseconds?")]
)
def test_what_is_no_timestamp_is_told(text: str, words: str) -> None:
    """Words, fractions and milliseconds."""
    assert words in faults(signed(timestamp=text))[0]


ALTERED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a line end more": (lambda body: body + b"\n", "without the line end"),
    "a CRLF more": (lambda body: body + b"\r\n", "without the line end"),
    "white space around": (lambda body: b"  " + body + b"\n\n", "without the white space"),
    "a byte order mark": (lambda body: b"\xef\xbb\xbf" + body, "without the byte order mark"),
    "written again": (lambda body: json.dumps(json.loads(body)).encode(), "parsed and written again"),
    "pretty": (lambda body: json.dumps(json.loads(body), indent=2).encode(), "parsed and written again"),
    "sorted": (lambda body: json.dumps(json.loads(body), sort_keys=True).encode(), "its keys were sorted"),
    "mojibake": (lambda body: body.decode("latin-1").encode(), "Latin-1"),
    "base64": (base64.b64encode, "base64; decode it"),
}  # fmt: skip


@pytest.mark.parametrize("how", ALTERED)
def test_an_altered_body_is_told_with_what_happened_to_it(how: str) -> None:
    """The usual accidents are recognised, and each is named."""
    alter, words = ALTERED[how]
    (fault,) = faults(Request(signed().headers, alter(BODY)))

    assert fault.startswith("the body was altered")
    assert words in fault


def test_a_trimmed_body_is_told() -> None:
    """The reader cut the line end that belongs to the body."""
    (fault,) = faults(Request(signed(b"{}\n").headers, b"{}"))
    assert "do not trim" in fault


def test_another_secret_or_content_is_told_with_the_length() -> None:
    """No accident fits: the words name what may differ, and a length that does not agree."""
    (fault,) = faults(signed(), OTHER)
    assert fault.startswith("no signature matches: it was made with another secret")
    cut = Request({**signed().headers, "content-length": str(len(BODY))}, BODY[:-5])
    assert faults(cut)[0].endswith(f"(this body has {len(BODY) - 5} bytes, content-length says {len(BODY)})")


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("whsk_" + base64.b64encode(bytes(64)).decode(), "private key of asymmetric signatures"),
        ("whpk_" + base64.b64encode(bytes(32)).decode(), "public key of asymmetric signatures"),
        (SECRET + "\n", "white space or quotes"),
        (f'"{SECRET}"', "white space or quotes"),
        (SECRET.removeprefix("whsec_"), "does not begin with whsec_"),
        ("whsec_ab-_" * 8, "URL-safe"),
        (SECRET[:-1], "no base64"),
        ("whsec_" + base64.b64encode(bytes(23)).decode(), "holds 23 bytes"),
        ("whsec_" + base64.b64encode(bytes(65)).decode(), "holds 65 bytes"),
        ("", "does not begin with whsec_"),
    ],
)
def test_a_secret_in_the_wrong_form_is_told_without_being_shown(secret: str, words: str) -> None:
    """Each wrong form has its cure; no part of the secret is repeated."""
    (fault,) = faults(signed(), secret)

    assert words in fault
    assert len(secret) < 10 or secret.strip('"\n').removeprefix("whsec_")[:12] not in fault


@pytest.mark.parametrize(
    ("signature", "words"),
    [
        ("garbage", "has no comma"),
        ("v1a,AAAA", "is v1a"),
        ("v2,AAAA", "another version"),
        ("v1,***", "no base64"),
        ("v1,AAAA", "holds 3 bytes"),
    ],
)
def test_what_cannot_be_a_signature_is_told(signature: str, words: str) -> None:
    """The entry and its fault."""
    assert words in faults(signed(signature=signature))[0]


def test_the_mistakes_of_other_signers_are_told() -> None:
    """Signed with the text of the secret, over the body alone, in hexadecimal."""
    text_key = SECRET.encode()
    content = f"chg_1.{NOW}.".encode() + BODY
    cases = {
        sign("chg_1", NOW, BODY, [text_key]): "with the text of the secret",
        sign("chg_1", NOW, BODY, [SECRET.removeprefix("whsec_").encode()]): "with the base64 of the secret",
        "v1," + hmac.digest(KEY, content, "sha256").hex(): "in hexadecimal",
        "v1," + base64.b64encode(hmac.digest(KEY, BODY, "sha256")).decode(): "over the body alone",
    }
    for signature, words in cases.items():
        assert words in faults(signed(signature=signature))[-1]


def test_missing_headers_are_told_with_what_is_there() -> None:
    """Another vendor's names beside the missing ones are a hint; without any headers, how to give them."""
    svix = Request({"svix-id": "x", "svix-timestamp": "1", "svix-signature": "v1,x"}, BODY)
    assert faults(svix)[0].startswith(
        "no webhook-id and no webhook-timestamp and no webhook-signature header; there is"
    )
    assert "--header" in faults(Request({}, BODY))[0]


RAW = [f"{name}: {value}".encode() for name, value in signed().headers.items()]


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("first", [[], [b"POST /hook HTTP/1.1", b"Host: a.example"]])
def test_a_raw_request_is_read(end: bytes, first: list[bytes]) -> None:
    """With CRLF or LF, with the request line or without; the body is all behind the empty line, byte for byte."""
    body = BODY + b"\n\n\r\n"
    request = read_request(end.join([*first, *RAW, b"", body]))

    assert request.body == body
    assert {name: request.headers[name] for name in signed().headers} == dict(signed().headers)


def test_a_body_alone_is_a_body() -> None:
    """JSON has no headers, also where its first line looks a little like one."""
    assert read_request(BODY) == Request({}, BODY)
    assert read_request(b"note: this\nis text") == Request({}, b"note: this\nis text")


@given(st.binary(max_size=300), st.sampled_from([SECRET, OTHER, "", "whsk_AA"]))
def test_whatever_is_given_is_diagnosed(raw: bytes, secret: str) -> None:
    """No input raises; and a request is called fine only when it verifies."""
    for request in (read_request(raw), read_request(b"\n".join([*RAW, b"", raw])), signed(raw)):
        found = diagnose(request, [secret], NOW)
        verdict = verify(request.headers, request.body, [KEY], NOW)
        assert all(one.fine for one in found) == (secret == SECRET and isinstance(verdict, Verified))


@given(st.dictionaries(st.sampled_from(["id", "timestamp", "signature"]), st.text(max_size=30)))
def test_hostile_headers_are_diagnosed(headers: dict[str, str]) -> None:
    """Nothing in a header raises, and none of it makes a bad request fine."""
    request = Request(dict(signed().headers) | {f"webhook-{name}": value for name, value in headers.items()}, BODY)
    fine = all(one.fine for one in diagnose(request, [SECRET], NOW))
    assert fine == isinstance(verify(request.headers, request.body, [KEY], NOW), Verified)
