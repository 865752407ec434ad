"""Codes with values, such as ``few_answers?n=25;privacy?n=10``: tables keep them, pages say them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from digicit_lib.language import number, translate
from digicit_lib.language.catalogue_files import LOCALE
from digicit_lib.safe import load_yaml

_DECIMAL = re.compile(r"-?\d+\.\d+")


def code(name: str, **values: object) -> str:
    """A code with the values of its sentence, as tables keep it; several are joined by ``;``.

    Examples
    --------
    >>> code("few_answers", n=25), code("few_df"), code("vintages", old="9.5", new="9.7")
    ('few_answers?n=25', 'few_df', 'vintages?old=9.5&new=9.7')
    """
    return f"{name}?{urlencode(values)}" if values else name


def label_table(name: str) -> dict[str, str]:
    """Codes and their messages: a table of `codebooks/labels.yaml`, in its order.

    Parameters
    ----------
    name : str
        Such as ``series flags``.

    Examples
    --------
    >>> label_table("series flags")["row_repeated"]
    'row repeated'
    """
    return dict(_labels()[name])


@cache
def _labels() -> dict[str, Any]:
    return dict(load_yaml(LOCALE.with_name("labels.yaml"))[0])


def say_codes(text: str, sentences: Mapping[str, str], language: str = "en", between: str = "; ") -> str:
    """The sentences of codes in the language; a text that begins with no known code is itself the message.

    Parameters
    ----------
    text : str
        As `code` writes it.
    sentences : mapping of str to str
        Code to message; the value ``n`` is a count, decimals follow the language, another value
        is a word or codes again.
    language : str
    between : str
        Stands between two sentences.

    Examples
    --------
    >>> say_codes("few?n=1200;wide", {"few": "fewer than {n} answers", "wide": "wide interval"})
    'fewer than 1,200 answers; wide interval'
    """
    parts = [part.partition("?") for part in text.split(";")]
    if parts[0][0] not in sentences:
        return translate(text, language)
    return between.join(
        translate(sentences[name], language, **_values(query, sentences, language))
        for name, _, query in parts
    )


def _values(query: str, sentences: Mapping[str, str], language: str) -> dict[str, str]:
    values = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        counts = name == "n" or _DECIMAL.fullmatch(text)
        decimals = len(text.partition(".")[2])
        values[name] = (
            number(float(text), language, decimals) if counts else say_codes(text, sentences, language)
        )
    return values
