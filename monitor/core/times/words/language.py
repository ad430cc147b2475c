"""The shape of a language's words for time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """How one language says when. Words stand apart by white space; ``_`` is a space inside a phrase.

    Case, a full stop after an abbreviation, the kind of apostrophe and of digits need no variants here.
    ``months`` and ``weekdays`` hold the variants of each, in order (Monday first). ``units`` maps ``s``, ``min``,
    ``h``, ``d``, ``w``, ``mo``, ``y`` to words, ``duals`` to words that mean two of it.
    """

    code: str
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    units: dict[str, str]
    duals: dict[str, str] | None = None
    alone: str = ""
    """Units that mean one of it when no number stands before them: "час" назад."""
    lead: str = ""
    """Stands before an age and makes it past: "vor" 5 Minuten."""
    around: str = ""
    """Stands before an age and means nothing without a ``tail``: "for" 5 minutter siden."""
    tail: str = ""
    """Stands after an age and makes it past: 5 minutes "ago"."""
    one: str = ""
    two: str = ""
    joiners: str = ""
    recent: str = ""
    """Less than a minute ago."""
    moments: str = ""
    """A vague short while ago: five minutes at most."""
    now_words: str = ""
    """Less than a minute ago, where it is all that is said."""
    today: str = ""
    yesterday: str = ""
    before_yesterday: str = ""
    less: str = ""
    about: str = ""
    more: str = ""
    at: str = ""
    """Stands before an hour and makes a bare number one: "kl." 14."""
    clock: str = ""
    """Stands after an hour and makes a bare number one: 14 "Uhr"."""
    am: str = ""
    pm: str = ""
    noon: str = ""
    """Around midday: 11 and 12 are before it, 1 to 4 after it."""
    night: str = ""
    """6 to 11 are before midnight, 12 to 5 after it."""
    of: str = ""
    """May stand between day, month and year."""
    ordinals: str = ""
    labels: str = ""
    """May stand around a time and means nothing: "Updated", "at"."""

    @property
    def before(self) -> tuple[str, ...]:
        """Phrases that begin an age."""
        return _phrases(self.lead)

    @property
    def after(self) -> tuple[str, ...]:
        """Phrases that end an age."""
        return _phrases(self.tail)

    @property
    def now(self) -> tuple[str, ...]:
        """Phrases for a time so recent that no number is given."""
        return _phrases(f"{self.recent} {self.moments} {self.now_words}")


def _phrases(words: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in words.split())
