"""Which URLs may be asked for, and how they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from monitor.core import urls


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://news.example/live", "https://news.example/live"),
        ("HTTP://News.Example:80", "http://news.example"),
        ("https://news.example:443/", "https://news.example/"),
        ("https://news.example:8443/a?b=c&d=%2F#top", "https://news.example:8443/a?b=c&d=/"),
        ("https://bücher.example/täglich?ü=1", "https://xn--bcher-kva.example/t%C3%A4glich?%C3%BC=1"),
        ("http://192.0.2.1/", "http://192.0.2.1/"),
        ("http://[2001:DB8::1]:8080/", "http://[2001:db8::1]:8080/"),
        ("http://①②⑦.⓪.⓪.①/", "http://127.0.0.1/"),
        ("http://localhost:8000/", "http://localhost:8000/"),
        ("http://under_score.example./x@y", "http://under_score.example./x@y"),
    ],
)
def test_good_urls_have_one_spelling(url: str, normal: str) -> None:
    """Host in lower case and IDNA, default port and fragment gone, path quoted; the address guard judges the rest."""
    assert urls.check(url) is None
    assert urls.normalise(url) == normal


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("", "only http"),
        ("news.example/live", "only http"),
        ("ftp://news.example/", "only http"),
        ("file:///etc/passwd", "only http"),
        ("javascript:alert(1)", "only http"),
        ("http:/news.example", "// is missing"),
        ("http:news.example", "// is missing"),
        ("http:///path", "host is missing"),
        ("http://?q", "host is missing"),
        ("https://user:pw@news.example/", "user name"),
        ("https://@news.example/", "user name"),
        ("http://good.example\\@127.0.0.1/", "backslash"),
        ("http://news.example/a b", "white space"),
        (" http://news.example/", "white space"),
        ("http://news.example/\r\nHost:x", "white space"),
        ("http://news.example/\u0085", "white space"),
        ("http://news.example/\udc80", "white space"),
        ("http://[::1", "not a URL"),
        ("http://[::1]x/", "not a URL"),
        ("http://[127.0.0.1]/", "not a URL"),
        ("http://[v1.x]/", "not an IPv6 address"),
        ("http://[fe80::1%25lo]/", "zone"),
        ("http://news.example:99999/", "not a URL"),
        ("http://news.example:8a/", "not a URL"),
        ("http://news.example:٣/", "port is no number"),
        ("http://news.example:0/", "port 0"),
        ("http://a..b/", "not a valid name"),
        ("http://./", "not a valid name"),
        ("http://-a.example/", "not a valid name"),
        ("http://ex%61mple.com/", "not a valid name"),
        ("http://a,b/", "not a valid name"),
        (f"http://{'a' * 64}.example/", "not a valid name"),
        (f"http://{'a.' * 130}example/", "not a valid name"),
        ("http://2130706433/", "looks like a number"),
        ("http://0x7f000001/", "looks like a number"),
        ("http://127.1/", "looks like a number"),
        ("http://0177.0.0.1/", "looks like a number"),
        ("http://0/", "looks like a number"),
        ("http://1.2.3.4.5/", "looks like a number"),
        ("http://1.2.3.4./", "looks like a number"),
        ("http://host.0x7f/", "looks like a number"),
        ("http://news.example/" + "a" * 8_000, "longer than"),
    ],
)
def test_bad_urls_have_a_fault(url: str, fault: str) -> None:
    """What cannot be asked for, or what two parsers may read differently, is refused in words."""
    assert fault in str(urls.check(url))
    with pytest.raises(ValueError, match=r".+"):
        urls.normalise(url)


@given(st.text(max_size=40).map(lambda text: "http://" + text) | st.text(max_size=40))
def test_a_url_is_refused_or_understood(url: str) -> None:
    """Whatever the text: a fault, or a spelling that is stable, passes again, and names the host it will go to."""
    if urls.check(url) is not None:
        return
    normal = urls.normalise(url)

    assert urls.check(normal) is None
    assert urls.normalise(normal) == normal
    parsed = URL(normal)
    assert parsed.scheme in {"http", "https"}
    assert parsed.raw_host
    assert parsed.user is None
    assert not parsed.raw_fragment
    assert normal.isascii()
