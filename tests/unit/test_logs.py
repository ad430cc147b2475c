"""Logs: no secret in any line, no line that was not logged, the same for structlog and the standard library."""

from __future__ import annotations

import base64
import io
import json
import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from monitor import logs
from monitor.model import Secret

HOOK = "https://hooks.slack.com/services/T0001/B0001/abcdefTOPSECRET"


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """The process's logging is as it was after each test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


@pytest.fixture
def stream() -> io.StringIO:
    """What a process that logs JSON has written."""
    stream = io.StringIO()
    logs.configure(stream=stream)
    return stream


def _records(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_stream_that_is_no_terminal_gets_json(stream: io.StringIO) -> None:
    """One object a line, with event, level, logger, an aware UTC time, and the values as they are."""
    structlog.get_logger("monitor.x").info("polled", source="a", took_ms=1.5, fresh=True, posts=[1, 2], error=None)
    (record,) = _records(stream)
    assert record.pop("timestamp").endswith("Z")
    assert record == {
        "event": "polled", "level": "info", "logger": "monitor.x", "source": "a", "took_ms": 1.5, "fresh": True,
        "posts": [1, 2], "error": None,
    }  # fmt: skip


def test_a_terminal_gets_readable_lines() -> None:
    """Colours and key=value on a terminal, unless JSON is asked for."""
    terminal = _Terminal()
    logs.configure(stream=terminal)
    structlog.get_logger("x").info("polled", source="a")
    assert "\x1b[" in terminal.getvalue()
    assert "polled" in terminal.getvalue()
    logs.configure(stream=terminal, json=True)
    structlog.get_logger("x").info("again")
    assert json.loads(terminal.getvalue().splitlines()[-1])["event"] == "again"


def test_the_level_holds_for_both_kinds_of_logger() -> None:
    """Below the level nothing is written; a second call changes the level of loggers already in use."""
    stream = io.StringIO()
    logs.configure(stream=stream, level="warning")
    log = structlog.get_logger("x")
    log.info("no")
    logging.getLogger("aiohttp").info("no")
    assert stream.getvalue() == ""
    logs.configure(stream=stream, level="debug")
    log.debug("yes")
    logging.getLogger("rq.worker").debug("yes")
    assert [record["event"] for record in _records(stream)] == ["yes", "yes"]


def test_rq_is_heard_only_when_something_is_wrong(stream: io.StringIO) -> None:
    """RQ tells of every job at info; at our info it is quiet."""
    logging.getLogger("rq.worker").info("Job OK")
    logging.getLogger("rq.worker").warning("lost")
    assert [record["event"] for record in _records(stream)] == ["lost"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"POST {HOOK} failed", "POST https://hooks.slack.com/[hidden] failed"),
        ("HOOKS.SLACK.COM/services/T/B/x", "HOOKS.SLACK.COM/[hidden]"),
        ("u=https%3A%2F%2Fhooks.slack.com%2Fservices%2FT%2FB", "u=https%3A%2F%2Fhooks.slack.com/[hidden]"),
        ("https://hooks.slack-gov.com/workflows/T/1", "https://hooks.slack-gov.com/[hidden]"),
        ("token xoxb-12-ab, xoxp-9, xapp-1-A", "token xoxb-[hidden], xoxp-[hidden], xapp-[hidden]"),
        ("xoxe.xoxp-1-abc", "xoxe.xoxp-[hidden]"),
        ("(whsec_MfKQ9r8G/KY+qrTw==)", "(whsec_[hidden])"),
        ("redis://:pw@db:6379/0", "redis://[hidden]@db:6379/0"),
        ("redis://:p@w@db/0", "redis://[hidden]@db/0"),
        ("redis://:p/w@db/0 away", "redis://[hidden]@db/0 away"),
        ("https://me:pw@x.example/a", "https://[hidden]@x.example/a"),
        ("https://token@x.example/a", "https://[hidden]@x.example/a"),
        ("Authorization: Bearer abc", "Authorization: [hidden]"),
        ("{'Cookie': 'sid=1; b=2'}", "{'Cookie': [hidden]"),
        ("sent bearer abcdefgh1234", "sent bearer [hidden]"),
    ],
)
def test_credentials_are_masked_by_their_looks(text: str, shown: str) -> None:
    """What can be told to be a credential goes; what stands around it stays."""
    assert logs.mask(text) == shown


@pytest.mark.parametrize(
    "text",
    ["https://x.example/@user/post", "http://x.example:8080/a@b", "mail me@x.example", "the cookie crumbles",
     "author: Ann", "12 boxes, xoxo", "https://x.example/?q=a@b", "Slack's hooks.slack.com is away"],
)  # fmt: skip
def test_plain_text_is_not_masked(text: str) -> None:
    """Addresses with an @ elsewhere and words like the keys' stay readable."""
    assert logs.mask(text) == text


def test_secrets_and_telling_keys_are_hidden(stream: io.StringIO) -> None:
    """A Secret never shows, nor does the value of a key that names one, at any depth."""
    structlog.get_logger("x").warning(
        "e", a=Secret("TOPSECRET"), token="TOPSECRET", accessToken="TOPSECRET", webhook_url="TOPSECRET",
        destination_url="TOPSECRET", headers={"Authorization": "TOPSECRET", "X-Api-Key": "TOPSECRET"},
        destination={"name": "desk", "url": "TOPSECRET"}, deep=[{"set-cookie": "TOPSECRET"}, (Secret("TOPSECRET"),)],
        password=b"TOPSECRET", author="Ann", url="https://news.example/live", secret=None,
    )  # fmt: skip
    assert "TOPSECRET" not in stream.getvalue()
    (record,) = _records(stream)
    assert record["destination"] == {"name": "desk", "url": "[hidden]"}
    assert (record["author"], record["url"], record["secret"]) == ("Ann", "https://news.example/live", None)


@dataclass
class _Holder:
    url: str


def test_masking_reaches_every_value(stream: io.StringIO) -> None:
    """Events, nested values, keys, bytes, objects, exceptions and stdlib arguments are all masked."""
    log = structlog.get_logger("x")
    log.warning(HOOK, deep={"a": [{HOOK: {HOOK}}]}, raw=HOOK.encode(), thing=_Holder(HOOK), error=OSError(HOOK))
    logging.getLogger("aiohttp.client").error("Cannot connect to %s: %r", HOOK, OSError(HOOK))
    assert "TOPSECRET" not in stream.getvalue()
    assert stream.getvalue().count("hooks.slack.com/[hidden]") == 8


def test_exceptions_are_masked_with_their_causes(stream: io.StringIO) -> None:
    """A traceback tells where, and hides what, through both kinds of logger."""
    try:
        try:
            raise ValueError(HOOK)
        except ValueError as error:
            raise OSError("redis://:TOPSECRET@db") from error
    except OSError:
        structlog.get_logger("x").exception("failed")
        logging.getLogger("asyncio").exception("failed too")
    ours, theirs = _records(stream)
    assert "TOPSECRET" not in stream.getvalue()
    for record in (ours, theirs):
        assert "OSError: redis://[hidden]@db" in record["exception"]
        assert "test_exceptions_are_masked_with_their_causes" in record["exception"]


def test_configured_secrets_are_hidden_wherever_they_appear() -> None:
    """Secrets without a telling look go too, whole or in the parts that turn up alone."""
    stream = io.StringIO()
    hook = Secret("https://hook.example/in/9f8e7d6c5b4a39281706")
    logs.configure(stream=stream, secrets=[hook, Secret("me:correct horse"), Secret("Token abcdef0123")])
    log = structlog.get_logger("x")
    for text in (
        f"POST {hook.reveal()} failed",
        "path /in/9f8e7d6c5b4a39281706",
        "password correct horse",
        "sent abcdef0123",
        "Basic " + base64.b64encode(b"me:correct horse").decode(),
    ):
        log.warning(text)
    assert [record["event"] for record in _records(stream)] == [
        "POST [hidden] failed", "path [hidden]", "password [hidden]", "sent [hidden]", "Basic [hidden]",
    ]  # fmt: skip


def test_a_cut_never_uncovers_a_secret(stream: io.StringIO) -> None:
    """Long values are cut after masking, so that no half of a secret loses its look."""
    for length in range(3_980, 4_000):
        structlog.get_logger("x").warning("e", value="a" * length + " redis://:TOPSECRET@db")
    assert "TOPSE" not in stream.getvalue()
    assert all(len(record["value"]) < 4_100 for record in _records(stream))


FORGED = "x\n2026-01-01T00:00:00Z [info     ] all is well\r\x1b[2J\x85\u2028\u202e\x9b31m\udc80"


@pytest.mark.parametrize("as_json", [True, False])
def test_no_value_can_forge_a_line(*, as_json: bool) -> None:
    """Line breaks, escape sequences, C1 controls and direction overrides are spelled out: values, keys, events."""
    stream = io.StringIO()
    logs.configure(stream=stream, json=as_json)
    structlog.get_logger("x").info(FORGED, value=FORGED, deep={FORGED: [FORGED]}, **{FORGED: 1})
    logging.getLogger("aiohttp").warning("from %s", FORGED)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)


def test_a_traceback_on_a_terminal_cannot_forge_a_line() -> None:
    """Its lines are indented behind a bar, so that none begins like a record."""
    stream = io.StringIO()
    logs.configure(stream=stream, json=False)
    try:
        raise ValueError(FORGED)
    except ValueError:
        structlog.get_logger("x").exception("failed", stack_info=True)
    first, *rest = stream.getvalue().rstrip("\n").split("\n")
    assert "failed" in first
    assert [line for line in rest if not line.startswith("    | ") and line.strip("=")] == []
    assert all(line.isprintable() for line in rest)


@given(st.text())
def test_escaped_text_is_one_line(text: str) -> None:
    """Whatever a page says, escaping leaves one line without control characters, and plain text as it is."""
    shown = logs.escape(text)
    assert len(shown.splitlines()) <= 1
    assert "\x1b" not in shown
    shown.encode("utf-8")
    if text.isprintable():
        assert shown == text


def test_warnings_go_to_the_log(stream: io.StringIO) -> None:
    """The warnings module writes no lines of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logs.configure(stream=stream)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        logging.captureWarnings(capture=False)
    (record,) = _records(stream)
    assert record["logger"] == "py.warnings"
    assert "DeprecationWarning: old" in record["event"]
