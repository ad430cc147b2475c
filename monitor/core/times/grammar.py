"""The grammar of times: patterns over the codes of :mod:`monitor.core.times.tokens`, in the order they are tried.

``@M`` is a word that may be a month; ``#`` is a number of one or two digits, ``2`` one of two digits below sixty,
``26`` any of two, ``4`` a year.
"""

from __future__ import annotations

import re
from typing import Final

from monitor.core.times.tokens import grammar, playing

_RUN = r"(?:[123468] ?|@O ?)@U\.?|@E\.?(?: @O| \(1\))?|@V\.?(?: \(2\))?"
AGO: Final = grammar(
    r"(?<![.,:/x123468$€£¥])(?:^ *(?P<minus>-) ?)?(?P<lead>@B )?(?P<hedge>@Q\.? ?-?)?(?P<late>@B )?(?P<around>@G )?"
    rf"(?P<runs>(?:{_RUN})(?:,? ?(?:@J ?)?(?:{_RUN})){{0,4}})(?P<tail> ?@A)?"
)
SHORT_AGO: Final = grammar(r"(?P<lead>@B )(?P<n>#) ?(?P<u>@U) ?(?P<m>2)(?![1-8:.,]| ?@U)")
ONE_RUN: Final = grammar(r"(?:(?P<n>[123468]) ?|(?P<o>@O) ?)(?P<u>@U)|(?P<e>@E)|(?P<v>@V)")
NOW: Final = grammar(r"@N")
NOW_WORD: Final = grammar(r"@K")

_BEFORE = r"(?<![12346.,/-])(?<![1-8]:)"
_YEAR = r"(?P<y>4)"
_THEN_CLOCK = r"(?=(?: ?\(@W\.?\))?,? +(?:(?:@P|@L|@H)\.? ?){0,2}#[:.]2)"
DATES: Final = (
    ("4", grammar(rf"{_BEFORE}{_YEAR}(?P<sep>[-/.]) ?(?P<m>#)(?P=sep) ?(?P<d>#)(?![1-8/]|:[1-8])\.?")),
    ("@m", grammar(r"(?<![12346.])(?<![1-8]:)(?:(?P<y>4|2) ?@y ?)?(?P<m>#) ?@m ?(?P<d>#)(?: ?@d|(?![1-8:.]))")),
    (
        "@M",
        grammar(
            rf"(?<![12346.,/])(?<![1-8]:)(?P<d>#)(?: ?@S)?\.?[ /-]?(?:@F )?(?P<M>@M)(?:/@M)?\.?"
            rf"(?:[ ,/-]{{0,2}}(?:@F )?{_YEAR}|[-/](?P<c>[26])|[ ,]*'(?P<c2>[26]))?"
        ),
    ),
    ("@M", grammar(rf"(?P<M>@M)\.?[ -]?(?P<d>#)(?: ?@d|@S)?(?![:.]2|[1-8]| ?(?:@h|@H|@C))\.?(?:,? ?{_YEAR})?")),
    (".", grammar(rf"(?<![12346.,])(?<![1-8]:)(?P<d>#)\. ?(?P<m>#)\. ?{_YEAR}(?![1-8]|:[1-8])")),
    ("4", grammar(rf"{_BEFORE}(?P<a>#)(?P<sep>[-/])(?P<b>#)(?P=sep){_YEAR}(?![1-8/:])")),
    (".", grammar(r"(?<![12346.,])(?<![1-8]:)(?P<a>#)\. ?(?P<b>#)\. ?(?P<c>[26])(?![1-8]|[.:][1-8])\.?")),
    ("/-", grammar(rf"{_BEFORE}(?P<a>[126])(?P<sep>[-/])(?P<b>#)(?P=sep)(?P<c>[26])(?![1-8/:])")),
    (".", grammar(r"(?<![12346.,])(?<![1-8]:)(?P<d>#)\. ?(?P<m>#)\.(?![1-8]|:[1-8])")),
    (".", grammar(rf"(?<![12346.,])(?<![1-8]:)(?P<d>#)\.(?P<m>#){_THEN_CLOCK}")),
    ("/", grammar(rf"{_BEFORE}(?P<a>#)(?P<sep>/)(?P<b>#){_THEN_CLOCK}")),
)
"""What a text must have one of for a pattern to be tried, and the pattern."""

_START = r"(?<![12346.,/$€£¥])(?<![1-8]:)(?:(?P<at>@P)\.? ?)?"
_SECOND = r"(?:[:.](?P<s>2)(?:[.,][1-8])?)?"
_END = r"(?![1-8/%]|[.,:][1-8])(?: ?(?P<H2>@H)\.?)?(?: ?(?P<C>@C)\.?)?"
CLOCKS: Final = (
    (":", grammar(rf"{_START}(?:(?P<H>@H)\.? ?)?(?P<h>#):(?P<m>2){_SECOND}{_END}")),
    (
        "@h",
        grammar(
            rf"{_START}(?:(?P<H>@H)\.? ?)?(?P<h>#) ?(?P<mark>@h)"
            r"(?: ?(?:(?P<m>#) ?@i(?: ?(?P<s>#) ?@s)?|(?P<half>@e)))?"
        ),
    ),
    (
        "@C",
        grammar(rf"{_START}(?P<h>#) ?(?P<C>@C) ?(?P<m>2)(?![1-8:.,])(?: ?(?P<U>@U)\.?)?(?: ?(?P<H2>@H)\.?)?"),
    ),
    (".", grammar(rf"{_START}(?:(?P<H>@H)\.? ?)?(?P<h>#)(?P<dot>\.)(?P<m>2){_SECOND}{_END}")),
    ("@H", grammar(rf"{_START}(?P<h>#) ?(?P<H2>@H)\.?(?![1-8])")),
    ("@H", grammar(rf"{_START}(?P<H>@H)\.? ?(?P<h>#) ?(?P<C>@C)\.?(?![1-8])")),
    ("@C", grammar(rf"{_START}(?:(?P<to>@L) )?(?P<h>#) ?(?P<C>@C)\.?(?![1-8])(?: ?(?P<H2>@H)\.?)?")),
    ("@P", grammar(r"(?P<at>@P)\.? ?(?P<h>#)(?![1-8:.,/%]| ?@U)")),
)
RANGE: Final = grammar(r"#[:.]2(?: ?@[HC]\.?)? ?[-–—] ?#[:.]2")
OFFSET: Final = re.compile(
    r"\b(?:GMT|UTC)\s?([+-])([01]?[0-9])(?::?([0-5][0-9]))?(?![0-9:])"
    r"|(?<=:[0-9][0-9])\s?(?:([+])([01][0-9]):?([0-5][0-9])|(-)([01][0-9])([0-5][0-9]))(?![0-9:])"
)
ZONE: Final = grammar(r"@Z")
DAY_WORD: Final = grammar(r"@D")
WEEKDAY: Final = grammar(r"@W\.?")
NEUTRAL: Final = frozenset(" .,:;|()[]/*·•‧–—«»<>~…-") | playing("LFPJC")
"""What may be left of a text that is nothing but a time."""
DAY_OF_MONTH: Final = grammar(r"# ?@[dm]")
