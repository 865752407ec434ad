"""How a workbook speaks: messages, numbers, days and places in one language."""

import re
from dataclasses import dataclass
from datetime import date as Day
from typing import Any

from digicit_lib import language as words

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
MADE_UP = "[invented] "  # how registers mark it, whatever the language of the page


@dataclass(frozen=True)
class Voice:
    """The words of one language, so that nobody else has to carry its code along.

    Parameters
    ----------
    language : {"en", "ru", "uk", "tr"}
    own_in : str
        The language in which a study's own words are written.

    Examples
    --------
    >>> voice = Voice("en")
    >>> voice.say("{n} of {all}", n=3, all=4), voice.number(1204.5, 1), voice.country("TUR")
    ('3 of 4', '1,204.5', 'Türkiye')
    """

    language: str
    own_in: str = "en"

    def say(self, message: str, **values: object) -> str:
        """A message of the catalogue with its values filled in."""
        return words.translate(message, self.language, **values)

    def each(self, text: object, separator: str = ", ") -> str:
        """A list in one cell, said part by part."""
        return words.each(str(text), self.language, separator)

    def cell(self, value: Any) -> Any:
        """A cell of a display table: words that the catalogue knows are translated, days written out."""
        value = value.isoformat() if isinstance(value, Day) else value
        if not isinstance(value, str):
            return value
        if _DAY.fullmatch(value):
            return self.date(Day.fromisoformat(value))
        made_up = value.startswith(MADE_UP)
        return self.invented(self.say(value.removeprefix(MADE_UP))) if made_up else self.say(value)

    def invented(self, text: str) -> str:
        return words.invented(text, self.language)

    def lower(self, text: str) -> str:
        """A title as it stands inside a sentence."""
        return words.mid_sentence(text, self.language)

    def capital(self, text: str) -> str:
        """A sentence with its first letter great, by the language's own rule."""
        return words.capital(text, self.language)

    def number(self, value: float, decimals: int = 0) -> str:
        return words.number(value, self.language, decimals)

    def percent(self, share: float, decimals: int = 0) -> str:
        return words.percent(share, self.language, decimals)

    def date(self, day: Day) -> str:
        return words.date(day, self.language)

    def country(self, code: str) -> str:
        return words.country(code, self.language)

    def spoken(self, code: str) -> str:
        """The name of a language by its code, as CLDR gives it."""
        return words.language_name(code, self.language)

    def p_value(self, p: float) -> str:
        return f"p < {self.number(0.001, 3)}" if p < 0.001 else f"p = {self.number(p, 3)}"
