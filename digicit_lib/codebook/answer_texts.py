"""Answers and column names in the form in which they are compared."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u00b4`\u2032"), "'")
_ALIKE = {**APOSTROPHES, ord("ı"): "i", ord("İ"): "i"}


def canonical(code: object) -> str:
    """An answer code as text, whatever a file format made of it: `1`, `1.0` and `"01 "` are one code.

    Examples
    --------
    >>> canonical(1.0), canonical("01 "), canonical("Yes"), canonical(1.5), canonical("0")
    ('1', '1', 'Yes', '1.5', '0')
    """
    return re.sub(r"^(-?)0*(\d+)(\.0+)?$", r"\1\2", " ".join(str(code).split()))


def answer_code(code: object) -> str:
    """A code of not asked: an empty cell is a missing answer before codes are looked at, so it can be none.

    Examples
    --------
    >>> answer_code(1.0)
    '1'
    """
    if not (text := canonical(code)):
        raise ValueError("an empty cell is no code; `blank: not_asked`, `no` or `missing` says what it is")
    return text


def answer_key(text: str) -> str:
    """An answer as answers are compared: capitals, blanks and kinds of apostrophes make no other answer.

    Examples
    --------
    >>> answer_key("DON\u2019T  know") == answer_key("Don't know"), answer_key("HAYIR") == answer_key("Hayır")
    (True, True)
    """
    plain = unicodedata.normalize("NFKC", text).translate(_ALIKE)
    return " ".join(plain.casefold().replace("\u0307", "").split())


def column_name(text: object) -> str:
    """A column's name on one line: headers of web surveys hold line breaks and no-break spaces.

    Examples
    --------
    >>> column_name("\\ufeffHow often\\ndo you\\u00a0go online? ")
    'How often do you go online?'
    """
    return " ".join(str(text).replace("\ufeff", "").split())


def refuse_doubles(sides: Mapping[str, Iterable[str]]) -> None:
    """Refuse a code that stands on two sides: it would count as one of them in silence.

    Raises
    ------
    ValueError
        With the code and its sides.

    Examples
    --------
    >>> refuse_doubles({"yes": ["1"], "no": ["2"], "dk": ["1"]})
    Traceback (most recent call last):
    ValueError: one place for each code; 1 stands under yes and dk
    """
    places: dict[str, str] = {}
    for side, codes in sides.items():
        for code in codes:
            first = places.setdefault(code, side)
            if first != side:
                raise ValueError(f"one place for each code; {code} stands under {first} and {side}")
