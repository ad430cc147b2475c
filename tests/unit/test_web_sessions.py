"""Signed cookies, form tokens, tokens, throttling and the door: the parts of access that need no server."""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Secret
from monitor.web.assets import ASSETS
from monitor.web.door import Door
from monitor.web.sessions import LASTS_S, Seals, Visitor, new_id, same_token
from monitor.web.throttle import MOST, PER_S, Throttle

VIEW, OPERATE = Secret("readers-read-here"), Secret("operators-act-here")
SEALS = Seals(VIEW, OPERATE)
NOW_S = 1_790_000_000.0
ID = new_id()


@pytest.mark.parametrize("may", ["open", "view", "operate"])
def test_a_cookie_says_who_it_was_given_to(may: str) -> None:
    """What was sealed is read back, by another process with the same tokens too."""
    visitor = Visitor(id=ID, may=may)  # type: ignore[arg-type]  # one of the three

    assert Seals(VIEW, OPERATE).visitor(SEALS.cookie(visitor, NOW_S), NOW_S + 60) == visitor


def test_a_cookie_lasts_a_week() -> None:
    """A second past its time, or from the future, it is nobody's."""
    cookie = SEALS.cookie(Visitor(id=ID, may="view"), NOW_S)

    assert SEALS.visitor(cookie, NOW_S + LASTS_S) is not None
    assert SEALS.visitor(cookie, NOW_S + LASTS_S + 1) is None
    assert SEALS.visitor(cookie, NOW_S - 3_600) is None


def test_a_new_token_ends_the_sessions_of_the_old_one_alone() -> None:
    """Readers stay signed in when the operators' token is replaced, operators do not."""
    other = Seals(VIEW, Secret("another-token-now"))

    assert other.visitor(SEALS.cookie(Visitor(id=ID, may="view"), NOW_S), NOW_S) is not None
    assert other.visitor(SEALS.cookie(Visitor(id=ID, may="operate"), NOW_S), NOW_S) is None


def test_a_reader_cannot_raise_himself() -> None:
    """A reader's cookie with another word in it is refused."""
    cookie = SEALS.cookie(Visitor(id=ID, may="view"), NOW_S)

    assert SEALS.visitor(cookie.replace("view", "operate", 1), NOW_S) is None


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_a_changed_cookie_is_nobodys(at: int, put: str) -> None:
    """Whatever one character of a cookie is replaced by, it is refused."""
    cookie = SEALS.cookie(Visitor(id=ID, may="view"), NOW_S)
    at %= len(cookie)
    changed = cookie[:at] + put + cookie[at + 1 :]

    assert changed == cookie or SEALS.visitor(changed, NOW_S) is None


@given(st.text())
def test_no_text_is_a_cookie_or_a_form_token(text: str) -> None:
    """Arbitrary text is refused without an exception, as a cookie and as the token of a form."""
    assert SEALS.visitor(text, NOW_S) is None
    assert not SEALS.is_form_token(Visitor(id=ID), text)


def test_a_form_token_is_one_visitors() -> None:
    """A form token differs each time, and counts for its own visitor alone."""
    mine, yours = Visitor(id=ID), Visitor(id=new_id())
    one, other = SEALS.form_token(mine), SEALS.form_token(mine)

    assert one != other
    assert SEALS.is_form_token(mine, one)
    assert not SEALS.is_form_token(yours, one)
    assert not SEALS.is_form_token(Visitor(), SEALS.form_token(Visitor()))
    assert not Seals().is_form_token(mine, one)


def test_a_token_is_itself_and_nothing_else() -> None:
    """Neither a longer nor a shorter text, nor an empty one where none is configured, is the token."""
    assert same_token("readers-read-here", VIEW)
    assert not any(same_token(text, VIEW) for text in ("", "readers-read-her", "readers-read-here ", "\udcff"))
    assert not same_token("", None)


def test_a_token_grants_what_it_is_for() -> None:
    """Each token opens its own door; without tokens none does."""
    door = Door(view_token=VIEW, operate_token=OPERATE)

    assert [door.grants(token) for token in (VIEW.reveal(), OPERATE.reveal(), "")] == ["view", "operate", "open"]
    assert (Door().grants(""), Door().open, door.open) == ("open", True, False)


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1:8080", True),
        ("localhost:8080", True),
        ("[::1]:8080", True),
        ("10.1.2.3", True),
        ("stet.newsroom.example", True),
        ("STET.newsroom.example:443", True),
        ("box-7:8080", True),
        ("evil.example:8080", False),
        ("stet.newsroom.example.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("user@evil.example", False),
        ("[::1", False),
        ("localhost:", True),
        ("localhost:65536", False),
        ("localhost:99999", False),
        ("localhost:abc", False),
        ("localhost:80:80", False),
        ("127.0.0.1:8080#x", False),
        ("127.0.0.1/x", False),
        ("user@127.0.0.1", False),
        ("127.0.0.1\n", False),
        ("", False),
    ],
)
def test_a_foreign_name_is_not_us(host: str, ours: bool) -> None:
    """Addresses, this machine's names, the public address and where we listen are ours; no other name is."""
    assert Door(host="box-7", url="https://stet.newsroom.example").answers_to(host) is ours


def test_only_our_proxies_speak_for_others() -> None:
    """X-Forwarded-For is read from the right, as far as each hop is a proxy of ours."""
    door = Door(proxies=(ip_network("10.0.0.0/8"),))

    assert Door().client("10.0.0.1", "1.2.3.4") == "10.0.0.1"
    assert door.client("10.0.0.1", "1.2.3.4") == "1.2.3.4"
    assert door.client("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2") == "1.2.3.4"
    assert door.client("9.9.9.9", "1.2.3.4") == "9.9.9.9"
    assert door.client("10.0.0.1", "<script>") == "10.0.0.1"
    assert door.client("10.0.0.1", "") == "10.0.0.1"
    assert door.client("::ffff:10.0.0.1", "1.2.3.4") == "1.2.3.4"
    assert Door().client("::ffff:10.0.0.1", "") == "10.0.0.1"
    assert door.client("10.0.0.1", "6.6.6.6, ::ffff:1.2.3.4, ::FFFF:10.0.0.2") == "1.2.3.4"


def test_wrong_tokens_from_one_address_wait() -> None:
    """After ten within a minute the address waits until the minute is over; others do not."""
    throttle = Throttle()
    for _ in range(MOST - 1):
        throttle.wrong("10.0.0.1", NOW_S)
    assert throttle.wait_s("10.0.0.1", NOW_S) == 0
    throttle.wrong("10.0.0.1", NOW_S + 5)

    assert throttle.wait_s("10.0.0.1", NOW_S + 5) == PER_S - 5
    assert throttle.wait_s("10.0.0.2", NOW_S + 5) == 0
    assert throttle.wait_s("10.0.0.1", NOW_S + PER_S) == 0
    throttle.wrong("10.0.0.1", NOW_S + PER_S)
    assert throttle.wait_s("10.0.0.1", NOW_S + PER_S) == 0


def test_an_ipv6_network_is_one_visitor() -> None:
    """The addresses of a /64 share their count: one visitor has them all."""
    throttle = Throttle()
    for number in range(MOST):
        throttle.wrong(f"2001:db8::{number}", NOW_S)

    assert throttle.wait_s("2001:db8::ffff", NOW_S) > 0
    assert throttle.wait_s("2001:db8:0:1::1", NOW_S) == 0


def test_ipv4_in_ipv6_is_the_visitor_of_that_address_alone() -> None:
    """However an IPv4 address is written, it has one count, and shares it with no other."""
    throttle = Throttle()
    for _ in range(MOST):
        throttle.wrong("::ffff:203.0.113.9", NOW_S)

    assert throttle.wait_s("203.0.113.9", NOW_S) > 0
    assert throttle.wait_s("::ffff:198.51.100.7", NOW_S) == 0


def test_the_throttle_forgets_the_oldest() -> None:
    """However many addresses try, so many are remembered and no more."""
    throttle = Throttle()
    for number in range(10_100):
        throttle.wrong(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", NOW_S)

    assert len(throttle._wrong) == 10_000


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_can_be_read(theme: str) -> None:
    """Text stands out 4.5 : 1 from every ground it is used on (WCAG 2.2, 1.4.3), edges 3 : 1, light and dark."""
    text = ASSETS["style.css"].body.decode()
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in text.split("@media (prefers")[:2]
    )
    colours = light if theme == "light" else light | dark
    pairs = [(ink, ground, 4.5) for ink in ("ink", "muted", "link", "bad") for ground in ("paper", "card", "sunk")]
    pairs += [(name, f"{name}-paper", 4.5) for name in ("good", "warn", "bad", "calm", "added", "removed")]
    pairs += [("ink", f"{name}-paper", 4.5) for name in ("good", "warn", "bad", "calm")]
    pairs += [("on-strong", "strong", 4.5), ("edge", "card", 3.0), ("edge", "paper", 3.0)]
    poor = []
    for ink, ground, least in pairs:
        high, low = sorted((_luminance(colours[ink]), _luminance(colours[ground])), reverse=True)
        if (high + 0.05) / (low + 0.05) < least:
            poor.append((ink, ground, round((high + 0.05) / (low + 0.05), 2)))

    assert poor == []


def test_templates_hold_no_inline_script_or_style() -> None:
    """What the content security policy forbids stands in no template: inline scripts, styles, event attributes."""
    folder = Path(__file__).parents[2] / "monitor/web/templates"
    forbidden = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:|\|\s*safe\b", re.IGNORECASE)
    found = [
        f"{path.name}: {hit[0]}"
        for path in sorted(folder.rglob("*.html"))
        for hit in forbidden.finditer(path.read_text())
    ]

    assert found == []
