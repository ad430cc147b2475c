"""Lines of a post that are not its text: a minute of play, who signs it, buttons to share it, boxes between posts."""

from __future__ import annotations

import re
from collections.abc import Sequence

_CAPITAL = "[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪİĶŁĻŃŅŇŐŒŘŚŞŠŢŤŪŮŰŹŻŽΑ-ΩА-Я]"
_PARTICLE = "(?:de|van|von|der|den|di|da|do|dos|la|le|el|bin|al|and|und|et|y|e|en|in|at)"
_WORD = rf"{_CAPITAL}[\w’'.-]*"
_BYLINE = re.compile(
    rf"(?i:by|von|par|por|di|door|av|af|from)\s+{_WORD}(?:(?:,\s?|\s)(?:{_WORD}|{_PARTICLE})){{0,11}}[\s,]*"
)
_NAME = re.compile(rf"{_WORD}(?: (?:{_WORD}|{_PARTICLE})){{1,3}}")
_MINUTE = re.compile(r"[0-9]{1,3}\.?\s?(?:\+\s?[0-9]{1,2})?\.?\s?['’′]?|[0-9]{1,3}(?:st|nd|rd|th)? min(?:ute)?\.?")
_MINUTE_MARK = re.compile(r"[.'’′+m]")
_SHARE = re.compile(
    r"(?:(?:share|teilen|partager|compartir|condividi|partilhar|compartilhar|delen|dela|del|facebook|twitter|x|bluesky"
    r"|whats ?app|e-?mail|telegram|linkedin|reddit|messenger|permalink|copy link|copied|link kopieren|copier le lien"
    r"|kopieren|copiar enlace|drucken|print|reply|antworten|likes?|gefällt mir|melden|report|on|via|auf|sur|this|post"
    r"|link|#)[\s,|·•/]*){1,12}",
    re.IGNORECASE,
)
_COUNTED = (
    "comments?|kommentare?|commentaires?|comentarios?|coment[áa]rios?|comment[oi]|reacties?|kommentarer|komentarz[ey]?"
    "|replies|likes?|shares?|views?"
)
_LABELS = r"(?:(?:update|alert!?|exclusive|exklusiv|video|[a-z]+-angebot)\s){0,2}"
_COUNT = r"[0-9][0-9.,]*\s?[km]?"
_COUNTER = re.compile(
    rf"{_LABELS}{_COUNT}\s(?:{_COUNTED})(?: (?:mit|with) video)?"
    rf"|(?:{_COUNTED})\s?(?:\({_COUNT}\)|:\s?{_COUNT})",
    re.IGNORECASE,
)
_ADVERT = re.compile(
    r"[\W_]*(?:anzeige|advertisement|advert|werbung|publicité|publicidad|pubblicità|publicidade|advertentie|annons"
    r"|reklame|reklama|sponsored)[\W_]*|\[?ADTECH\b.*",
    re.IGNORECASE,
)
_SCORE = re.compile(r"[0-9]{1,3}|[:–—-]")
_CLOSED = '.!?…:;"”“’»)'
_SHORT = 36


def is_minute(line: str) -> bool:
    """Whether a line is a minute of play ("16.", "45.+2", "90'") and nothing else."""
    return len(line) <= 12 and _MINUTE.fullmatch(line) is not None and _MINUTE_MARK.search(line) is not None


def is_byline(line: str) -> bool:
    """Whether a line says who signs: "By Ann Lee", "From Coast Radio’s Ann Lee, Bo Ek and Cy Park"."""
    return len(line) <= 160 and _BYLINE.fullmatch(line) is not None


def is_name(line: str) -> bool:
    """Whether a line is a person's name, as far as letters tell."""
    return len(line) <= 60 and not line.isupper() and _NAME.fullmatch(line) is not None


def is_button(line: str) -> bool:
    """Whether a line is made of the words of sharing buttons."""
    return len(line) <= 60 and _SHARE.fullmatch(line) is not None


def is_counter(line: str) -> bool:
    """Whether a line only counts comments, likes or views ("149 Kommentare"): it ticks, and tells nothing."""
    return len(line) <= 40 and _COUNTER.fullmatch(line) is not None


def is_label(line: str) -> bool:
    """Whether a line is short and no sentence: "Kick-off", "4 pictures"."""
    return len(line) <= _SHORT and line[-1:] not in _CLOSED


def boxes(blocks: Sequence[Sequence[str]]) -> set[int]:
    """Which blocks of lines below a post are none of its text: adverts, scoreboards, polls and their questions."""
    found: set[int] = set()
    for place, block in enumerate(blocks):
        if _ADVERT.fullmatch(block[0]) is not None or _is_board(block):
            found.add(place)
        elif place and len(block) > 1 and all(is_label(line) for line in block):
            # Choices; what is asked above them is no news either.
            found.add(place)
            if place - 1 not in found and any("?" in line for line in blocks[place - 1]):
                found.add(place - 1)
    return found


def _is_board(block: Sequence[str]) -> bool:
    marks = sum(1 for line in block if _SCORE.fullmatch(line) is not None)
    return len(block) > 2 and marks >= 2 and all(len(line) <= _SHORT for line in block)
