"""Words and numbers in the languages: gettext catalogues, CLDR formats, phrases made from tested results.

Messages are English in the code and in the codebook; translations are `.po` files, which any translator's
tool opens: in the project's `locale/<language>/`, else those that ship. A new language is a folder.
"""

from __future__ import annotations

import gettext
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from digicit_lib.errors import LanguageError
from digicit_lib.language.catalogue_files import LANGUAGES, catalogue_file, check_language, languages
from digicit_lib.language.formats import (
    alphabet,
    capital,
    country,
    date,
    direction,
    language_code,
    language_name,
    mid_sentence,
    month_names,
    number,
    number_words,
    percent,
)
from digicit_lib.language.typography import typeset, with_suffixes
from digicit_lib.safe import fingerprint


def N_(message: str) -> str:
    """Mark words where they are written; they are said later. It gives back what it was given.

    Parameters
    ----------
    message : str
        One literal: a whole sentence or a word of a table. The extractor reads the code, not what it does.

    Examples
    --------
    >>> N_("Girls")
    'Girls'
    """
    return message


Spoken = TypeVar("Spoken")
_SAID: dict[str, str] = {}  # what has been said in another language since `take_said`
_TOLD: set[str] = set()  # texts that were given back: a heading that is said once more is no message
_AGES = re.compile(r"\d{1,2}-\d{1,2}")  # a level of a breakdown; in print a range has a dash
_BASE = re.compile(r"(.+), (children's )?ages (\d+) (?:to (\d+)|and over)")  # `Indicator.base_text`
_AGED = {
    "ages to": N_("{words}, ages {low} to {high}"),
    "ages and over": N_("{words}, ages {low} and over"),
    "children's ages to": N_("{words}, children's ages {low} to {high}"),
    "children's ages and over": N_("{words}, children's ages {low} and over"),
}
_CHILDREN = N_("children")
# Who else may stand in a base of the catalogue, in the form of the first.
_OTHERS = (N_("girls"), N_("boys"), N_("women"), N_("men"), N_("students"), N_("people"))
_NOUN = re.compile(f"(?:all )?({'|'.join(_OTHERS)})\\b")
ASKED_OF = N_("{people} who were asked this question")
ASKED = ASKED_OF.removeprefix("{people}")  # ends a base in a study's own words
ENGLISH = "[English]"  # begins what a page in another language says in English

# Phrases of a tested difference, by its verdict. There is none for "not shown": that is no equality.
_COMPARISONS = {
    "likely": {"more": N_("more likely than"), "less": N_("less likely than")},
    "often": {"more": N_("more often than"), "less": N_("less often than")},
    "higher": {"more": N_("higher than"), "less": N_("lower than")},
    "changed": {"more": N_("rose"), "less": N_("fell")},
}
# A share in tenths: how far it is from the next one decides the word, in points.
_NEAR = 1.5
_SHARES = {
    "none": N_("almost none"),
    "few": N_("fewer than 1 in 10"),
    "about": N_("about {n} in 10"),
    "below": N_("nearly {n} in 10"),
    "above": N_("more than {n} in 10"),
    "most": N_("almost all"),
    "all": N_("all"),
}


@lru_cache
def _source(language: str) -> Any:
    """The language's `.po` file, refused when its forms are broken; None for English."""
    path = None if language == "en" else catalogue_file(language)
    if path is None:
        return None
    from digicit_lib.language.po import read

    return read(language, path)


@lru_cache
def _form_of(language: str) -> Callable[[int], int]:
    """Which of a message's forms stands for a count."""
    return gettext.c2py(_source(language).plural_expr)  # type: ignore[attr-defined, no-any-return]


@lru_cache(maxsize=50_000)
def _forms(message: str, language: str) -> tuple[str, ...]:
    """A message's translation, the plural forms where it has them; none where a page says the English.

    One that claims more or says less than its English is none. A message is looked at when it is first said:
    to look at a whole catalogue takes half a second.
    """
    catalogue = _source(language)
    entry = catalogue.get(message) if message and catalogue is not None else None
    if entry is None or entry.fuzzy or not entry.string:
        return ()
    from digicit_lib.language.translation_gate import says_otherwise

    plural = isinstance(entry.string, tuple | list)
    forms, english = (entry.string, entry.id) if plural else ((entry.string,), (entry.id,))
    if not any(forms) or says_otherwise(entry, language):
        return ()
    return tuple(typeset(form or english[i > 0], language) for i, form in enumerate(forms))


@lru_cache
def vocabulary(language: str) -> tuple[frozenset[str], frozenset[str]]:
    """Words that mostly the English messages have, and words that mostly their translations have.

    Examples
    --------
    >>> english, own = vocabulary("tr")
    >>> "report" in english, "rapor" in own, "internet" in english | own
    (True, True, False)
    """
    sides: tuple[Counter[str], Counter[str]] = Counter(), Counter()
    for message in (entry for entry in _source(language) or () if entry.id):  # the header has none
        for words, texts in zip(sides, (message.id, message.string), strict=True):
            text = texts if isinstance(texts, str) else " ".join(texts)
            words.update(re.findall(r"[^\W\d_]{2,}", re.sub(r"`[^`]*`|{[^}]*}", " ", text).lower()))
    english, own = (frozenset(w for w, n in a.items() if n > 4 * b[w]) for a, b in (sides, sides[::-1]))
    return english, own


def is_translated(message: str, language: str) -> bool:
    """Whether the language has its own words for a message; a fuzzy translation does not count.

    Examples
    --------
    >>> is_translated("Region", "tr"), is_translated("No such message", "tr"), is_translated("Any", "en")
    (True, False, True)
    """
    return _source(language) is None or bool(_forms(message, language))


def translate(message: str, language: str = "en", **values: object) -> str:
    """A message in the language (English where there is no translation), with its values filled in.

    Examples
    --------
    >>> translate("Figure {n}", n=3)
    'Figure 3'

    Of a base, whatever its ages, one message with places for them is translated:

    >>> base = "all children surveyed, ages 12 to 14"
    >>> translate(base, "tr"), translate(base)
    ('ankete katılan bütün çocuklar, 12–14 yaş', 'all children surveyed, ages 12 to 14')
    >>> translate("учащиеся города, ages 12 to 14", "ru"), translate("veliler, ages 12 to 14", "tr")
    ('учащиеся города, 12–14 лет', 'veliler, 12–14 yaş')
    >>> translate("Passages were read on {day}.", "ru", day="7 января 2026 г.")
    'Отрывки прочитаны 7 января 2026 г.'
    """
    if _AGES.fullmatch(message):
        return message.replace("-", "–")
    if not message:
        return ""
    forms = _forms(message, language)
    text = forms[_form_of(language)(1) if len(forms) > 1 else 0] if forms else message
    if text == message and not values and (base := _BASE.fullmatch(message)):
        words, whose, low, high = base.groups(default="")
        slots = f"{words}, {whose}ages {{low}} {'to {high}' if high else 'and over'}"
        noun = match[1] if (match := _NOUN.match(words)) else ""
        if words.endswith(ASKED) and language != "en" and not is_translated(slots, language):
            who = words.removesuffix(ASKED)
            people = _of_children(who, noun, language) or translate(who, language)
            words = translate(ASKED_OF, language, people=people)
        elif noun and (of_them := _of_children(message, noun, language)):
            return of_them
        elif _is_english(words, language) or is_translated(slots, language):
            return _one_age(translate(slots, language, low=low, high=high))
        # A study's own words in its own language: only the ages are ours to say.
        aged = _AGED[f"{whose}ages {'to' if high else 'and over'}"]
        return _one_age(translate(aged, language, words=words, low=low, high=high))
    if values:
        text = _filled(text, language, {k: _fraction(v, language) for k, v in values.items()})
    if language != "en":
        if _is_message(message, language):
            _SAID[message] = text if values else ""
        _TOLD.add(text)
    return text


def _is_english(words: str, language: str) -> bool:
    """Whether a base is in English and not in a study's own words of the page's language ("veliler")."""
    return words.isascii() and (language == "en" or not vocabulary(language)[0].isdisjoint(words.split()))


def _of_children(message: str, noun: str, language: str) -> str:
    """A base of other people in the words of the same base of children; empty where that is none of ours."""
    text = translate(message.replace(noun, _CHILDREN, 1), language) if noun and language != "en" else ""
    ours, theirs = translate(_CHILDREN, language), translate(noun, language)
    return text.replace(ours, theirs, 1) if ours in text else ""


def _one_age(text: str) -> str:
    """A base of one age names it once: "ages 14 to 14" is "age 14", "14–14 лет" is "14 лет"."""
    return re.sub(r"\b(\d+)–\1\b", r"\1", re.sub(r"\bages (\d+) to \1\b", r"age \1", text))


def _filled(text: str, language: str, values: Mapping[str, object]) -> str:
    """A message with its values; a last value's stop ("2026 г.") is the sentence's; «a «b»» is «a „b“»."""
    filled = re.sub("«([^«»]*)«([^«»]*)»", r"«\1„\2“", text.format(**values))
    filled = with_suffixes(filled) if language == "tr" else filled
    return filled[:-1] if text.endswith("}.") and re.search(r"(?:[^.]\.|[?!])\.$", filled) else filled


def _is_message(text: str, language: str) -> bool:
    """Whether it is of the catalogue or a sentence in English; codes and what was said before are none."""
    catalogue = _source(language)
    listed = catalogue is None or catalogue.get(text) is not None
    return listed or (text.isascii() and " " in text and text.upper() != text.lower() and text not in _TOLD)


def invented(text: str, language: str = "en") -> str:
    """Words that nobody said or wrote: a demonstration's, marked so in the cell itself.

    Examples
    --------
    >>> invented("We ask first.")
    '[invented] We ask first.'
    """
    return f"{translate('[invented]', language)} {text}"


def take_said(own_in: str = "en") -> dict[str, str]:
    """Ids of the messages said in another language since the last call, each with its words if it has tokens.

    Parameters
    ----------
    own_in : str
        The language of a study's own words: in a shipped one only listed messages wait for a translation.

    Examples
    --------
    >>> _ = take_said(), translate("Girls", "tr"), translate("Figure {n}", "tr", n=3)
    >>> _ = translate("Veli anketi", "tr")
    >>> sorted(take_said("tr").values())
    ['', 'Şekil 3']
    """
    listed = _source(own_in) or {} if own_in in LANGUAGES[1:] else _SAID
    examples = {message_id(english): text for english, text in sorted(_SAID.items()) if english in listed}
    _SAID.clear()
    return examples


def messages_of(speak: Callable[[], Spoken]) -> tuple[Spoken, list[str]]:
    """What a call gives back, and the messages that it said in another language; `take_said` counts them too.

    Examples
    --------
    >>> messages_of(lambda: translate("Girls", "tr"))
    ('Kız çocuklar', ['Girls'])
    """
    before = dict(_SAID)
    _SAID.clear()
    result, messages = speak(), list(_SAID)
    _SAID.update(before | _SAID)
    return result, messages


def message_id(english: str) -> str:
    """A message's short name in sheets and pages.

    Examples
    --------
    >>> len(message_id("Girls"))
    10
    """
    return fingerprint(english)[:10]


def catalogue_texts(language: str, *some: str) -> dict[str, str]:
    """The translated messages of a language, or some: English to translation, plural forms parted by a bar.

    All of them take half a second: each is looked at for what it claims.
    """
    ids = some or (message.id for message in _source(language) or ())
    messages = [each_id if isinstance(each_id, str) else each_id[0] for each_id in ids]
    return {text: " | ".join(forms) for text in messages if (forms := _forms(text, language))}


def _fraction(value: object, language: str) -> object:
    """A fraction with the language's own decimal sign; whole numbers stay, since they may be years."""
    if not isinstance(value, float) or not math.isfinite(value):
        return value
    return number(value, language, len(f"{value:.6f}".rstrip("0").split(".")[1]))


def each(text: str, language: str = "en", between: str = ", ") -> str:
    """The words of a list in one text, each in the language; a list that has a message of its own is one.

    Examples
    --------
    >>> each("child, girl, 12-14", "tr"), each("child, girl, 12-14")
    ('çocuk, kız, 12–14', 'child, girl, 12–14')
    """
    if language != "en" and is_translated(text, language):
        return translate(text, language)
    return between.join(translate(part, language) for part in text.split(between))


def plural(singular: str, many: str, n: float, language: str = "en", **values: object) -> str:
    """A sentence around a count, in the form that the language has for it.

    Parameters
    ----------
    singular, many : str
        The English sentence for one and for any other count; ``{n}`` is the count.
    n : float
        A whole number, or a fraction, which takes a form of its own in Russian and Ukrainian.
    language : str
    values
        Further values to fill in.

    Examples
    --------
    >>> plural("{n} child", "{n} children", 1), plural("{n} child", "{n} children", 1200)
    ('1 child', '1,200 children')
    """
    whole = float(n).is_integer()
    _SAID.update({singular: ""} if language != "en" else {})
    text, forms = singular if n == 1 else many, _forms(singular, language)
    if forms:  # of fractions the last one, CLDR's `other`; gettext's own rules know whole numbers only
        text = forms[min(_form_of(language)(int(n)), len(forms) - 1) if whole else -1]
    return _filled(text, language, {"n": number(n, language, 0 if whole else 1), **values})


def comparison(kind: str, verdict: str, language: str = "en") -> str:
    """The phrase for a tested difference, taken from its verdict and never from its sign.

    Parameters
    ----------
    kind : {"likely", "often", "higher", "changed"}
    verdict : {"more", "less"}
        Of the first group against the second, as stored with the contrast.

    Raises
    ------
    LanguageError
        Unknown kind, or a verdict that has no phrase.

    Examples
    --------
    >>> comparison("likely", "more"), comparison("changed", "less")
    ('more likely than', 'fell')
    """
    if kind not in _COMPARISONS:
        raise LanguageError("Unknown comparison.", got=kind, allowed=", ".join(_COMPARISONS))
    phrases = _COMPARISONS[kind]
    if verdict not in phrases:
        raise LanguageError("A comparison needs a verdict.", got=verdict, allowed=", ".join(phrases))
    return translate(phrases[verdict], language)


def share_in_words(value: float, language: str = "en") -> str:
    """A share in words, to the nearest tenth, for readers who do not read percentages.

    Examples
    --------
    >>> share_in_words(0.31), share_in_words(0.27), share_in_words(0.34), share_in_words(0.97)
    ('about 3 in 10', 'nearly 3 in 10', 'more than 3 in 10', 'almost all')
    """
    tenths = round(10 * value)
    off = 100 * value - 10 * tenths
    if tenths in (0, 10):
        ends = (("none", "few"), ("all", "most"))[tenths == 10]
        words = ends[abs(off) >= 0.5]
    else:
        words = "about" if abs(off) <= _NEAR else "below" if off < 0 else "above"
    return translate(_SHARES[words], language, n=tenths)
