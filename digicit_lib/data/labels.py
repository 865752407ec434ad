"""What the label of an answer or of a variable says, in English, Russian, Ukrainian and Turkish."""

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import filterfalse
from typing import Any

from digicit_lib.codebook import APOSTROPHES, FOLDER, SCALES, Indicator
from digicit_lib.language import languages, translate
from digicit_lib.safe import load_yaml

LONGEST_NO = 5  # letters of a plain no: "No reply" is none
_MARKS = re.compile(r"[^\w'/]+|_+")
_NUMBERED = re.compile(r"^\s*-?\d+\s*[.):=-]+\s*")
_WRITTEN = {
    "ru": re.compile("[ыэъё]|^(?=.*[а-я])[^іїєґ]*$", re.I | re.S),
    "uk": re.compile("[іїєґ]", re.I),
    "tr": re.compile(r"[çğıöşüÇĞİÖŞÜ]|\b(?i:evet|hayir|bir|ve|mi|mu|icin|kac|nasil|hangi)\b"),
}
NO_ANSWER = ("dk", "pnts", "blank", "not_asked")


@cache
def word_lists() -> Mapping[str, Any]:
    """The lists of `words.yaml`, read once."""
    data, _ = load_yaml(FOLDER / "words.yaml")
    return dict(data)


@cache
def fold(text: str) -> str:
    """Lower case without accents and marks, words parted by single spaces.

    Examples
    --------
    >>> fold("DON\\u2019T KNOW!"), fold("Kaç yaşındasınız?"), fold("Ещё нет")
    ("don't know", 'kac yasindasiniz', 'еще нет')
    """
    plain_text = _without_tags(text).translate(APOSTROPHES).replace("ı", "i").replace("İ", "i").lower()
    if not plain_text.isascii():
        plain_text = "".join(filterfalse(unicodedata.combining, unicodedata.normalize("NFKD", plain_text)))
    return " ".join(_MARKS.sub(" ", plain_text).split())


def _without_tags(text: str) -> str:
    if "<" not in text and "&" not in text:
        return text
    return html.unescape(re.sub(r"<[^<>]*>", " ", text))


def asked_in(name: str) -> str:
    """What a column's name asks: without HTML, and the last part of a KoBo path.

    Examples
    --------
    >>> [asked_in(text) for text in ("<b>Age</b>", "you/age", "You/How old are you?", "Are you a boy/girl?")]
    ['Age', 'age', 'How old are you?', 'Are you a boy/girl?']
    """
    text = _without_tags(name).strip()
    last = text.rpartition("/")[2].strip()
    is_path = " " not in text or (last[:1].isupper() and " " in last)
    return (last if is_path and last.count("(") == last.count(")") else text) or name


def opens(alternative: str, text: str) -> bool:
    """Whether each beginning opens a word of a folded text; a very short one must be the word.

    Examples
    --------
    >>> opens("inter home", "internet at home"), opens("no", "not true"), opens("no", "no")
    (True, False, True)
    """
    return all(f" {stem}{' ' if len(stem) < 4 else ''}" in f" {text} " for stem in alternative.split())


def _longest(text: str, kinds: Mapping[str, Sequence[str]]) -> tuple[int, str]:
    """The kind whose longest beginning fits, and the length of it; 0 where none does."""
    words = ((fold(word), kind) for kind, alternatives in kinds.items() for word in alternatives)
    hits = [(len(word), kind) for word, kind in words if opens(word, text)]
    return max(hits, key=lambda hit: hit[0], default=(0, ""))


@lru_cache(maxsize=50_000)
def exit_of(label: str) -> str:
    """The kind of no answer that a label tells: dk, pnts, blank, not_asked; empty: it is an answer.

    Examples
    --------
    >>> exit_of("DON\\u2019T KNOW"), exit_of("SKIPPED ON WEB"), exit_of("Не хочу отвечать"), exit_of("No")
    ('dk', 'blank', 'pnts', '')
    """
    text = fold(label)
    length, kind = _longest(text, word_lists()["exits"])
    scales = (scale for name, scale in word_lists()["scales"].items() if name != "yesno")
    other = max((_longest(text, scale)[0] for scale in scales), default=0)
    return kind if length > other or (length and length == other and kind != "blank") else ""


@cache
def _step(label: str, scale: str) -> str:
    """The step of a scale that a label tells; a plain yes or no must open it, and a short no be all it says.

    Examples
    --------
    >>> [_step(text, "yesno") for text in ("No", "No, never", "2. No", "No reply", "Yes often", "Yesterday")]
    ['no', 'no', 'no', '', 'yes', '']
    """
    if scale != "yesno":
        return _longest(fold(label), word_lists()["scales"][scale])[1]
    head = fold(re.split(r"[,;:.()/–—-]", _NUMBERED.sub("", _without_tags(label)))[0])
    fits = [
        (len(word), step)
        for step, alternatives in word_lists()["scales"][scale].items()
        for word in map(fold, alternatives)
        if head == word
        or (step == "yes" and head.startswith(f"{word} "))
        or (len(word) > LONGEST_NO and head.startswith(word))
    ]
    return max(fits, default=(0, ""))[1]


def languages_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Languages that texts may be in, by their letters or commonest words: no other catalogue need be read.

    Examples
    --------
    >>> languages_in(["Yes", "No"]), languages_in(["Да"]), languages_in(["Evet", "Hayir"])
    (('en',), ('en', 'ru'), ('en', 'tr'))
    """
    text = "\n".join(texts)
    return tuple(lang for lang in languages() if lang not in _WRITTEN or _WRITTEN[lang].search(text))


def own_codes(scale: str, labels: Iterable[str]) -> dict[str, str]:
    """The catalogue's own answers of a scale, folded, in the languages that labels may be in, with codes."""
    return {text: code for lang in languages_in(labels) for text, code in _own_codes(scale, lang).items()}


@cache
def _own_codes(scale: str, lang: str) -> Mapping[str, str]:
    return {fold(translate(str(label), lang)): code for code, label in SCALES[scale].items()}


def level_of(label: str, group: str) -> str:
    """The level of gender or residence that a label tells; empty: neither.

    Examples
    --------
    >>> level_of("Девочка", "gender"), level_of("Kır", "residence"), level_of("Yes", "gender")
    ('girl', 'rural', '')
    >>> [level_of(text, "residence") for text in ("В селе", "У місті", "Köyde", "Şehirde", "Посёлок")]
    ['rural', 'urban', 'rural', 'urban', '']
    """
    return _longest(fold(label), word_lists()["levels"].get(group, {}))[1]


def cut_answers(indicator: Indicator, answers: Mapping[str, str]) -> dict[str, list[str]]:
    """Codes of a file's answers by what they count as: `yes`, `no`, a kind of no answer, or `open`.

    Answers in the catalogue's own words keep its codes. Others are placed on an ordered scale of the same
    kind, and everything above the cut is a yes. An answer that nothing places stays open.

    Parameters
    ----------
    answers : mapping
        Code to label.

    Examples
    --------
    >>> from digicit_lib.codebook import catalogue
    >>> labels = {"1": "Never", "2": "Weekly", "3": "Several times a day", "9": "DK"}
    >>> cut_answers(catalogue()["ACC-03"], labels)
    {'yes': ['3'], 'no': ['1', '2'], 'dk': ['9']}
    """
    codes: dict[str, list[str]] = {}
    codes_by_text = own_codes(indicator.scale, answers.values()) if indicator.scale in SCALES else {}
    for code, label in answers.items():
        codes.setdefault(_side(indicator, label, codes_by_text), []).append(code)
    order = ("yes", "no", *NO_ANSWER, "open")
    return {side: codes[side] for side in order if side in codes}


def _side(indicator: Indicator, label: str, codes_by_text: Mapping[str, str]) -> str:
    side = codes_by_text.get(fold(label))
    if side in ("dk", "pnts"):
        return side
    if side:
        return _counted(indicator, side)
    if kind := exit_of(label):
        return kind
    scale = word_lists()["kinds"].get(indicator.scale, "yesno")
    step = _step(label, scale)
    if scale == "yesno":
        return step if step and _all_but_no(indicator) else "open"
    return _ordered(indicator, scale, step) if step else "open"


def _counted(indicator: Indicator, code: str) -> str:
    if not indicator.yes:
        return "open"
    return "yes" if code in indicator.yes else "no" if not indicator.no or code in indicator.no else "open"


def _all_but_no(indicator: Indicator) -> bool:
    """Whether the indicator counts every answer but the plain no, so that a plain yes is a yes."""
    codes = [code for code in SCALES.get(indicator.scale, {}) if code not in ("dk", "pnts")]
    return bool(indicator.yes) and set(codes) - set(indicator.yes) == {"no"}


def _ordered(indicator: Indicator, scale: str, step: str) -> str:
    """The side of a step: above the cut where the catalogue counts the upper end, below where the lower."""
    order = list(word_lists()["scales"][scale])
    renamed = word_lists()["steps"]
    places = [order.index(renamed.get(c, c)) for c in indicator.yes if renamed.get(c, c) in order]
    whole = [order.index(renamed.get(c, c)) for c in SCALES[indicator.scale] if renamed.get(c, c) in order]
    if not places:
        return "open"
    place = order.index(step)
    if max(places) == max(whole):
        return "yes" if place >= min(places) else "no"
    return ("yes" if place <= max(places) else "no") if min(places) == min(whole) else "open"


def steps_of(labels: Iterable[str]) -> tuple[str, list[str]]:
    """The ordered scale on which most answers have a place of their own, and their steps ('' for no place).

    Examples
    --------
    >>> steps_of(["Never", "Sometimes", "Often", "Don't know"])
    ('often', ['never', 'sometimes', 'often', ''])
    >>> steps_of(["Не реже раза в неделю", "Реже раза в неделю", "Не рідше ніж раз на місяць"])[1]
    ['weekly', 'hardly_ever', 'monthly']
    """
    texts = ["" if exit_of(label) else label for label in labels]
    scales = word_lists()["scales"]
    by_scale = {scale: [_step(text, scale) if text else "" for text in texts] for scale in scales}
    scores = {scale: (len({*steps} - {""}), sum(map(bool, steps))) for scale, steps in by_scale.items()}
    best = max(scores, key=lambda scale: scores[scale])
    return best, by_scale[best]
