"""The words pages write times with, a table a language; another market is another table, no code."""

from __future__ import annotations

from monitor.core.times.words.eastern import CHINESE, JAPANESE, KOREAN, MARKS
from monitor.core.times.words.germanic import DANISH, DUTCH, ENGLISH, GERMAN, NORWEGIAN, SWEDISH
from monitor.core.times.words.language import Language
from monitor.core.times.words.more import CZECH, FINNISH, INDONESIAN, POLISH, TURKISH
from monitor.core.times.words.romance import FRENCH, ITALIAN, PORTUGUESE, SPANISH
from monitor.core.times.words.scripts import ARABIC, HEBREW, HINDI, RUSSIAN, UKRAINIAN
from monitor.core.times.words.zones import NAMED, ZONES

__all__ = ["LANGUAGES", "MARKS", "NAMED", "ZONES", "Language"]

LANGUAGES: tuple[Language, ...] = (
    ENGLISH, GERMAN, FRENCH, SPANISH, ITALIAN, PORTUGUESE, DUTCH, SWEDISH, NORWEGIAN, DANISH, FINNISH, POLISH, CZECH,
    RUSSIAN, UKRAINIAN, TURKISH, ARABIC, HEBREW, HINDI, JAPANESE, CHINESE, KOREAN, INDONESIAN,
)  # fmt: skip
