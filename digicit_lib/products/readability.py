"""How hard a text is to read, where a formula exists for its language. A score is a hint, no test:
two children of the age who read the sheet aloud say more.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from digicit_lib.language import check_language

# Constants, per word of a sentence, per syllable of a word: Flesch (1948), Oborneva (2006), Ateşman (1997).
FORMULAS: dict[str, tuple[str, float, float, float]] = {
    "en": ("Flesch 1948", 206.835, 1.015, 84.6),
    "ru": ("Oborneva 2006", 206.835, 1.3, 60.1),
    "tr": ("Ateşman 1997", 198.825, 2.610, 40.175),
}
_VOWELS = {"ru": "аеёиоуыэюя", "uk": "аеєиіїоуюя", "tr": "aeıioöuüâîû"}
_SENTENCE = re.compile(r"[.!?…:]+(?=\s|$)|\n+")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True)
class Reading:
    """What can be said about a text.

    Attributes
    ----------
    sentences, words : int
    words_per_sentence, syllables_per_word : float
    longest : int
        Words of the longest sentence.
    score : float or None
        From 0 (hard) to 100 (easy); None where the language has no settled formula.
    formula : str
        Its name; empty where there is none.
    """

    sentences: int
    words: int
    words_per_sentence: float
    syllables_per_word: float
    longest: int
    score: float | None
    formula: str


def measure(text: str, language: str = "en") -> Reading:
    """Sentence and word length of a text, and its readability.

    Parameters
    ----------
    text : str
        Plain text; a line end closes a sentence.
    language : {"en", "ru", "uk", "tr"}

    Returns
    -------
    Reading

    Notes
    -----
    Score = a − b · words per sentence − c · syllables per word. Vowels count as syllables in Russian,
    Ukrainian and Turkish; groups of vowels in English. For Ukrainian no formula is settled: none is given.

    Examples
    --------
    >>> found = measure("The cat sat on the mat. It was warm.")
    >>> found.sentences, found.words, found.longest, round(found.score, 1)
    (2, 9, 6, 117.7)
    >>> measure("Кіт сидить.", "uk").score is None
    True
    """
    count = _syllables(check_language(language))
    lengths = [len(words) for part in _SENTENCE.split(text) if (words := _WORD.findall(part))]
    words = _WORD.findall(text)
    if not words:
        return Reading(0, 0, 0.0, 0.0, 0, None, "")
    asl, asw = len(words) / len(lengths), sum(map(count, words)) / len(words)
    name, a, b, c = FORMULAS.get(language, ("", 0.0, 0.0, 0.0))
    score = a - b * asl - c * asw if name else None
    return Reading(len(lengths), len(words), asl, asw, max(lengths), score, name)


def _syllables(language: str) -> Callable[[str], int]:
    vowels = _VOWELS.get(language)
    if vowels:
        return lambda word: sum(letter in vowels for letter in word.lower())
    return english_syllables


def english_syllables(word: str) -> int:
    """Syllables of an English word: groups of vowels, without a silent e.

    Examples
    --------
    >>> [english_syllables(word) for word in ("make", "table", "safety", "online", "children")]
    [1, 2, 2, 2, 2]
    """
    plain = re.sub(r"[^a-z]", "", word.lower())
    groups = len(re.findall(r"[aeiouy]+", plain))
    silent = re.search(r"[^aeiouyl]e$|[^aeiouy]es$|[^aeiouytd]ed$", plain)
    inner = re.search(r"[aeiouy][^aeiouy]+ety$", plain)
    return max(1, groups - bool(silent) - bool(inner))
