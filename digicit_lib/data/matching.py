"""Which column asks which question of the catalogue: by its text in four languages, then by synonyms.

Texts are compared as word stems (Snowball) by rapidfuzz, sorted and in their order, so that inflection and
kinds of apostrophes make no difference and another order of words little; each question and each column is
used once. Where the two disagree there is no match: "did someone treat you" has the words of "did you treat
someone".
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from rapidfuzz import fuzz, process

from digicit_lib.codebook import catalogue
from digicit_lib.data.labels import fold, languages_in, opens, word_lists
from digicit_lib.data.periods import other_period, periods_in
from digicit_lib.language import translate

Array = np.ndarray[Any, Any]
CERTAIN, WORDS, PROBABLE, MARGIN = 99.0, 98.0, 84.0, 4.0
OF_OTHER_TIME = 0.93  # what is left of a likeness where the period is another
ENOUGH = 1000  # texts that tell the languages of a file
STEMMERS = {"en": "english", "ru": "russian", "tr": "turkish"}  # Snowball has no Ukrainian
UKRAINIAN = re.compile(  # endings of nouns, adjectives and the past, of words that fold() has made plain
    r"(?:ами|ями|ими|ого|ому|ою|ею|єю|ів|їв|ах|ях|их|ом|ем|єм|им|ла|ло|ли|ти|в|[аеєиіїоуюяйь]{1,2})$"
)
GENDERED = re.compile(r"(?<=\w)\(-?[^\W\d_]{1,5}\)")  # the other ending: "користувався(-лася)"
STATA, SPSS = 80, 256  # letters and bytes of the longest label
NUMBERED = re.compile(r"^\s*(?:[A-Za-zА-Яа-я]{0,4}\d+[a-zа-я]?(?:[._-]\d+)*\s*[.):]|\d+\s+[-–])\s*")


@dataclass(frozen=True)
class Match:
    """A column that asks a question: how sure, in percent of likeness, and why."""

    column: str
    likeness: float
    reason: str

    @property
    def certain(self) -> bool:
        return self.likeness >= CERTAIN


def matches(texts: Mapping[str, str], fits: Callable[[str, str], bool] | None = None) -> dict[str, Match]:
    """The best column of each question that a file's labels ask.

    Parameters
    ----------
    texts : mapping
        Column to its label, or to its name where the file has no labels.
    fits : callable, optional
        Whether the answers of a column (second argument) can be those of an indicator (first).

    Examples
    --------
    >>> found = matches({"q1": "Do you have a mobile phone of your own?", "w": "Weight"})
    >>> {name: (m.column, m.certain) for name, m in found.items()}
    {'ACC-05': ('q1', True)}
    """
    best: dict[str, Match] = {}
    columns_used: set[str] = set()
    for likeness, name, column, lang in _pairs(texts):
        if name not in best and column not in columns_used and (fits is None or fits(name, column)):
            reason = f"{likeness:.0f} % like the catalogue's question ({lang})"
            if other_period(texts[column], catalogue()[name].question):
                reason += f", but of another period: {', '.join(periods_in(texts[column]))}"
            best[name] = Match(column, likeness, reason)
            columns_used.add(column)
    return best


def _pairs(texts: Mapping[str, str]) -> list[tuple[float, str, str, str]]:
    """Likely pairs of question and column, the likeliest first; one that another question beats is none."""
    columns, pairs = list(texts), []
    for lang in label_languages(texts.values()):
        questions = list(_questions(lang).values())
        scores, ordered, verbatim = _compared(questions, list(texts.values()), lang)
        order, order_in = np.sort(scores, axis=0), np.sort(ordered, axis=0)
        for i, j in zip(*np.nonzero(scores >= PROBABLE), strict=True):
            score, same = float(scores[i, j]), verbatim[i, j] >= CERTAIN
            beaten = score < order[-1, j] or ordered[i, j] < order_in[-1, j]
            close = _close(score, float(order[-2, j])) and order_in[-1, j] - order_in[-2, j] < MARGIN
            if same or not (beaten or close):
                likeness = score if same else min(score, CERTAIN - 1)
                pairs.append((likeness, list(_questions(lang))[i], columns[j], lang))
    return sorted(pairs, key=lambda pair: (-pair[0], pair[1], columns.index(pair[2])))


def _compared(questions: Sequence[str], labels: Sequence[str], lang: str) -> Array:
    """Likeness of words in any order, in their order, and word by word; of a cut label, its beginning."""
    matrices = np.zeros((3, len(questions), len(labels)), np.float32)
    places_by_length: dict[int, list[int]] = {}
    for place, label in enumerate(labels):
        length = len(NUMBERED.sub("", label)) if _is_cut(label) else 0
        places_by_length.setdefault(length, []).append(place)
    for length, places in places_by_length.items():
        some = [labels[place] for place in places]
        if not length:
            matrices[:, :, places] = _matrices(questions, some, lang)
            continue
        beginnings = [text[:length].rpartition(" ")[0] or text for text in questions]
        matrices[:, :, places] = _matrices(beginnings, [text.rpartition(" ")[0] for text in some], lang)
        matrices[2, :, places] = 0
    return matrices


def _matrices(questions: Sequence[str], labels: Sequence[str], lang: str) -> Array:
    """The three of `_compared`; what is too unlike even for a second place is 0."""
    both = [[_stems(text, lang) for text in some] for some in (questions, labels)]
    senses = [[_sense(text, lang) for text in some] for some in (questions, labels)]
    scores = np.maximum(*(_scores(a, b, PROBABLE - MARGIN) for a, b in (both, senses)))
    matrices = np.stack([scores, np.zeros_like(scores), np.zeros_like(scores)])
    for i, j in zip(*np.nonzero(scores >= PROBABLE), strict=True):
        verbatim, in_sense = (fuzz.ratio(" ".join(a[i]), " ".join(b[j])) for a, b in (both, senses))
        same_time = OF_OTHER_TIME if other_period(labels[j], questions[i]) else 1.0
        turned = verbatim * same_time < CERTAIN and turns(labels[j]) != turns(questions[i])
        likenesses = (0 if turned else scores[i, j], max(verbatim, in_sense), verbatim)
        matrices[:, i, j] = np.multiply(likenesses, same_time)
    matrices[1][matrices[0] < PROBABLE] = 0  # of quite other words: their order says nothing
    return matrices


def _is_cut(label: str) -> bool:
    """Whether a label ends in a word where its format ends it: 80 letters in Stata, 256 bytes in SPSS."""
    length = len(label.encode())
    return label[-1:].isalnum() and (STATA - 2 < len(label) <= STATA or SPSS - 4 < length <= SPSS)


def _close(score: float, second: float) -> bool:
    """Whether another question is about as like; all the same words outdo one that has a word more."""
    return score - second < MARGIN and not (score >= WORDS and 2 * (100 - score) <= 100 - second)


@lru_cache(maxsize=50_000)
def turns(text: str) -> frozenset[str]:
    """What makes another question of the same words: a negation, whom and what it is about, and how often.

    Examples
    --------
    >>> sorted(turns("Does your mother NOT have a phone?")), sorted(turns("Do you have a phone?"))
    (['negation', 'parent'], [])
    """
    plain_text, kinds = fold(text), word_lists()["turning"].items()
    return frozenset(kind for kind, words in kinds if any(opens(fold(word), plain_text) for word in words))


def turns_in(question: str, spoken: Iterable[str]) -> frozenset[str]:
    """What makes another question of one of the catalogue's, as the languages of a file ask it.

    Examples
    --------
    >>> sorted(turns_in(catalogue()["ACC-10"].question, ["en", "tr"]))
    ['frequency', 'online']
    """
    return turns(" ".join(translate(question, lang) for lang in spoken))


def likeness(questions: Iterable[str], texts: Iterable[str], lang: str) -> Array:
    """Likeness in percent of each question and each text, the order of words apart.

    Examples
    --------
    >>> likeness(["I can edit a photo"], ["A photo I can edit", "No"], "en").round().tolist()
    [[100.0, 0.0]]
    """
    stems, others = ([_stems(text, lang) for text in some] for some in (questions, texts))
    return _scores(stems, others, PROBABLE / 2)


def _scores(questions: Iterable[Sequence[str]], labels: Iterable[Sequence[str]], least: float) -> Array:
    """Likeness of stems in any order; 0 below the `least`."""
    both = [[" ".join(sorted(stems)) for stems in some] for some in (questions, labels)]
    return process.cdist(*both, scorer=fuzz.ratio, score_cutoff=least, dtype=np.float32, workers=-1)


@cache
def _questions(lang: str) -> dict[str, str]:
    """The catalogue's questions in a language; of two that ask the same, the first."""
    texts: dict[str, str] = {}
    for indicator in catalogue().values():
        text = translate(indicator.question, lang) if indicator.question else ""
        if text and text not in texts.values():
            texts[indicator.id] = text
    return texts


def label_languages(texts: Iterable[str]) -> list[str]:
    """Languages in which a file is written, the likeliest first: those whose words its labels share.

    Examples
    --------
    >>> label_languages(["Возраст", "Есть ли у тебя собственный телефон?"])[0]
    'ru'
    """
    texts = list(texts)
    return list(_languages_of(tuple(texts[:: len(texts) // ENOUGH + 1])))


@lru_cache(maxsize=8)
def _languages_of(texts: tuple[str, ...]) -> tuple[str, ...]:
    words = {word for text in texts for word in fold(text).split()}
    hits = {lang: len(words & _vocabulary(lang)) for lang in languages_in(texts)}
    most = max(hits.values())
    return tuple(sorted((lang for lang in hits if hits[lang] * 3 >= most), key=lambda lang: -hits[lang]))


@cache
def _vocabulary(lang: str) -> frozenset[str]:
    return frozenset(word for text in _questions(lang).values() for word in fold(text).split())


@lru_cache(maxsize=50_000)
def _stems(text: str, lang: str) -> tuple[str, ...]:
    """The stems of a question."""
    return tuple(_stem(word, lang) for word in _asked_words(text).split())


@lru_cache(maxsize=50_000)
def _asked_words(text: str) -> str:
    """A question folded, without its number, second endings and the hint after it how to answer."""
    text, mark, hint = NUMBERED.sub("", text).rpartition("? (")
    is_hint = mark and any(opens(fold(word), fold(hint)) for word in word_lists()["hints"])
    return fold(GENDERED.sub("", text if is_hint else text + mark + hint))


@lru_cache(maxsize=50_000)
def _sense(text: str, lang: str) -> tuple[str, ...]:
    """The stems of a question with one word for all that ask the same, and without those that ask nothing."""
    pattern, names = _same(lang)
    return _stems(pattern.sub(lambda hit: names[(hit.lastindex or 1) - 1], _asked_words(text)), lang)


@cache
def _same(lang: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """A pattern of all phrases of `same`, the longest first, and what stands for the group after each."""
    pairs = [(text, name) for name, texts in word_lists()["same"][lang].items() for text in texts]
    pairs.sort(key=lambda pair: -len(pair[0]))
    patterns = (" ".join(fold(w) + r"\w*" * w.endswith("*") for w in text.split()) for text, _ in pairs)
    pattern = "|".join(rf"{text}\b()" for text in patterns)  # a group before it would slow the search
    return re.compile(rf"\b(?:{pattern})"), tuple(name for _, name in pairs)


@lru_cache(maxsize=200_000)
def _stem(word: str, lang: str) -> str:
    if lang not in STEMMERS or word.isdigit():
        return word if len(word) < 5 else UKRAINIAN.sub("", re.sub("с[яь]$", "", word))
    return str(_stemmer(lang).stemWord(word))


@cache
def _stemmer(lang: str):  # type: ignore[no-untyped-def]
    import snowballstemmer

    return snowballstemmer.stemmer(STEMMERS[lang])


def synonyms(keys: Mapping[str, Sequence[str]], texts: Mapping[str, tuple[str, str]]) -> dict[str, list[str]]:
    """Columns whose name or label has all beginnings of an alternative, the most telling first.

    Parameters
    ----------
    keys : mapping
        Key to its alternatives, each some word beginnings.
    texts : mapping
        Column to its folded name and label.
    """
    columns, index = list(texts), _index(texts)
    found: dict[str, list[str]] = {}
    for key, alternatives in keys.items():
        hits = []
        for alternative in map(fold, alternatives):
            for place in index.having(alternative):
                name, label = texts[columns[place]]
                if opens(alternative, name) or opens(alternative, label):  # a word of each is no hit
                    hits.append((not opens(alternative, name), -len(alternative), len(label), place))
        found[key] = list(dict.fromkeys(columns[hit[-1]] for hit in sorted(hits)))
    return found


class _Words:
    """Which columns hold which words: beginnings are found by bisection, not by reading every label again."""

    def __init__(self, texts: Iterable[str]) -> None:
        places: dict[str, set[int]] = {}
        for place, text in enumerate(texts):
            for word in text.split():
                places.setdefault(word, set()).add(place)
        self.places, self.sorted = places, sorted(places)

    def having(self, alternative: str) -> set[int]:
        """Columns in which each beginning opens a word; a very short one must be the word."""
        parts = [self._opening(stem) for stem in alternative.split()]
        return set.intersection(*parts) if parts else set()

    def _opening(self, stem: str) -> set[int]:
        if len(stem) < 4:
            return self.places.get(stem, set())
        first, last = bisect_left(self.sorted, stem), bisect_left(self.sorted, stem + "\uffff")
        return set().union(*(self.places[word] for word in self.sorted[first:last]))


def _index(texts: Mapping[str, tuple[str, str]]) -> _Words:
    return _Words(f"{name} {label}" for name, label in texts.values())


def refused(group: str, text: str) -> bool:
    """Whether a label only sounds like a role: a height, a first time, a reason, somebody else's age."""
    others = turns(text) - {"negation", "child", "online"}
    return bool(others) or any(opens(fold(word), text) for word in word_lists()["not"].get(group, ()))
