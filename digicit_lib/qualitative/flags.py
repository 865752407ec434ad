"""Flags of a text: words that may tell a person, an address or harm, for a human who decides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from digicit_lib.qualitative.dictionaries import (
    COMMON,
    TOWNS,
    in_no_dictionary,
    inflects_common,
    is_noun,
    often,
    rare_stem,
    rarer,
    seldom,
)
from digicit_lib.qualitative.name_forms import diminutive, given_names
from digicit_lib.qualitative.names import WORD, cue, find_patterns, harm, mask_free_words, suffix, word_list
from digicit_lib.qualitative.tokens import fold_token
from digicit_lib.qualitative.word_facts import (
    CYRILLIC,
    Word,
    also_words,
    among_services,
    asked_language,
    capitals_beside,
    is_everyday,
    public_places,
    put_together,
    says_little,
    sounds_like_service,
    turkish_beginning,
    turkish_family,
    turkish_name,
    word_facts,
)

PATTERN = "identifier pattern"
GRAVE = 1  # flags to this rank withhold a quotation
RANKS = {
    "words that may mean harm": 0,
    "identifier pattern": 1,
    "name": 1,
    "name in a moderator's turn": 1,
    "contact or address": 1,
    "capital inside a sentence": 1,
    "name in small letters": 2,
    "name by its context": 2,
    "place": 2,
    "long number": 2,
    "hashtag": 2,
    "somebody acts": 2,
    "combination of attributes": 2,
    "small group": 2,
    "capital at a beginning": 3,
    "word that is also a name": 3,
    "rare word": 3,
    "country": 3,
    "number": 4,
}
_LATIN = ("en", "tr")


class Flag(NamedTuple):
    """A flag of a text: where, and for what."""

    start: int
    end: int
    kind: str

    @property
    def rank(self) -> int:
        """0 for the safeguarding lead; 1 likely names a person; 2 may; 3 and 4 for completeness."""
        return RANKS[self.kind]


def small_words(texts: Iterable[str]) -> set[str]:
    """Words that stand in small letters somewhere: at the beginning of a sentence they are no names."""
    return {m[0] for text in texts for m in WORD.finditer(text) if m[0].islower()}


def find_flags(
    text: str, small: set[str], *, asks: bool = False, lang: str = "", heard: str = ""
) -> list[Flag]:
    """Flags of the words of one turn.

    Parameters
    ----------
    text : str
        What one person said; masks in it carry no flags.
    small : set of str
        Words that the project has in small letters.
    asks : bool
        A moderator's turn: a name there is one that the moderator used.
    lang : str
        Of words in Latin letters, where a dictionary of theirs is to be asked: `en` or `tr`.
    heard : str
        What was said before it: beside "what are you called" a rare word may be the name.

    Examples
    --------
    >>> find_flags("then I asked Наташа about it", set())
    [Flag(start=13, end=19, kind='name')]
    """
    return [Flag(*row) for row in _found(text, asks, small, lang, heard)]


def _found(text: str, asks: bool, lower: set[str], lang: str, heard: str) -> Iterator[tuple[int, int, str]]:
    """Flags of the words of one turn, as (start, end, kind)."""
    patterns = [(a, b, PATTERN) for a, b, _ in find_patterns(text)]
    hints = find_patterns(text, "hints")
    patterns += [hint for hint in hints if not says_little(text[hint[0] : hint[1]], hint[2])]
    yield from patterns
    yield from ((m.start(), m.end(), "hashtag") for m in re.finditer(r"(?<!\w)#\w+", text))
    yield from (
        (m.start(), m.end(), "words that may mean harm") for m in harm().finditer(fold_token(text, yo=True))
    )
    spans = [(m.start(), m.end()) for m in re.finditer(r"[^.!?\n]+", text) if cue("calls").search(m[0])]
    if cue("calls").search(re.split(r"(?<=[.!?])\s", heard.strip())[-1]):
        spans.append((0, re.match(r"[^.!?\n]*", text).end()))  # type: ignore[union-attr]
    words = list(mask_free_words(text))
    public = public_places(words)
    for match in (word for word in words if word.start() not in public):
        before = text[max(match.start() - 40, 0) : match.start()]
        kind = _kind(match[0], before, text[match.end() : match.end() + 32], lower, lang)
        if kind and all(RANKS[kind] < RANKS[k] for a, b, k in patterns if a <= match.start() < b):
            folded = fold_token(match[0], lang, yo=True)
            names_it = kind == "rare word" and any(a <= match.start() < b for a, b in spans)
            names_it = names_it and seldom(folded, lang) and is_noun(folded, lang, "nomn")
            if names_it or (kind == "capital at a beginning" and cue("goes_by").search(before)):
                kind = "name by its context"
            certain = asks and kind in ("name", "capital inside a sentence")
            yield match.start(), match.end(), "name in a moderator's turn" if certain else kind


def _kind(word: str, before: str, after: str, lower: set[str], lang: str) -> str:
    """What a word is a flag for, or ""."""
    if word[0].isdigit():
        year = len(word) == 4 and word[:2] in ("19", "20")
        password = len(word) < 7 and (len(set(word)) == 1 or "0123456789".find(word) >= 0)  # 1234
        return "long number" if len(word) >= 4 and not (year or password) else "number"
    own, lang = lang, asked_language(word, lang)
    facts = word_facts(word, lang)
    if lang == "en" and cue("asks_so").match(word + after):
        return ""
    if facts.nobody:
        month = lang == "en" and facts.also_word and cue("acts_as_name").match(after)  # "May borrowed it"
        if word.istitle() and (cue("relative_before").search(before) or month):
            return "name by its context"
        serves = cue("serves_before").search(before) or cue("serves_after").match(word + after)
        return "place" if serves and word[0].isupper() else ""
    if word[0].islower():
        return _kind_in_small(word, facts, before, after, lang) if len(word) >= 3 else ""
    large = word.istitle() and len(word) > 3
    in_use, folded = "word" in facts.sense, fold_token(word, lang, yo=True)
    strange = bool(lang in _LATIN or large) and not in_use and in_no_dictionary(folded, lang)
    strange = strange or (large and not in_use and lang in _LATIN and seldom(folded, lang))
    strange = strange or (lang == "tr" and (turkish_beginning(word, after) or put_together(word)))
    ordinary = in_use or (lang == "en" and not strange)
    ordinary = ordinary or (lang == "tr" and (often(folded, TOWNS) or inflects_common(folded)))
    kind = _kind_of_capital(word, facts, before, after, bool(facts.readings & lower), ordinary)
    beside = capitals_beside(before, after)[0]
    titled = bool({fold_token(w, yo=True) for w in (word, *beside)} & word_list("title_heads"))  # Sports Day
    together = lang == own and not titled and any(not word_facts(w).nobody for w in beside)  # Brown Owl
    rare = together or (
        lang == "tr" and (strange or not (titled or cue("lesson_after").search(word + after)))
    )
    service = kind == "capital inside a sentence" and not facts.named and among_services(word, before, after)
    only = kind == "capital inside a sentence" and not rare and _only_a_word(word, facts, before, after, lang)
    if service or only or (not kind and large and not in_use and lang in _LATIN and seldom(folded, lang)):
        return "capital at a beginning"
    if strange and kind == "capital at a beginning" and not cue("title_after").match(after):
        return "somebody acts"
    author = "'" not in word and (cue("read_before").search(before) or cue("read_after").match(after))
    return "capital at a beginning" if author and RANKS[kind or "number"] == GRAVE else kind


def _kind_in_small(word: str, facts: Word, before: str, after: str, lang: str) -> str:
    """A chat does not keep capitals: a word that is nothing but a name, or one that is said of somebody."""
    maybe = (facts.named and facts.also_word) or facts.sense >= {"name", "word"}
    doubt = "word that is also a name" if maybe else ""
    if len(word) < 4:
        alone = lang in _LATIN and not facts.also_word
        alone = alone or (facts.sense == {"name"} and not doubt) or _said_of_somebody(before, after)
        to_one = (
            lang == "en"
            and (cue("written_to").search(before) or _is_kin(before, ""))
            and in_no_dictionary(facts.folded, lang)
        )
        return "name in small letters" if (facts.named and alone) or to_one else doubt
    if facts.named and not facts.also_word:
        return "name"
    behind = WORD.match(after, 1) if maybe and lang == "tr" and after[:1] == " " else None
    if behind and turkish_family(behind[0]):  # ömer halisdemir
        return "name in small letters"
    if maybe and (rarer(facts.folded, TOWNS) if lang == "tr" else seldom(facts.folded, lang)):
        return "name in small letters"
    strange = in_no_dictionary(fold_token(word, lang, yo=True), lang) and "word" not in facts.sense
    if _named_in_small(word, facts, before, after, lang, strange):
        return "name in small letters"
    if _place_in_small(word, facts, before, after, lang, strange):
        return "place"
    folded = fold_token(word, lang, yo=True)
    rare = not doubt and (strange or seldom(folded, lang) or (lang == "tr" and rare_stem(folded)))
    return "rare word" if rare and is_noun(facts.folded, lang) else doubt


def _named_in_small(word: str, facts: Word, before: str, after: str, lang: str, strange: bool) -> bool:
    """Whether a word of four small letters or more names somebody, by itself or by what stands around it."""
    coined = strange and any(
        shape.fullmatch(facts.folded) for shape in (cue("family_shape"), cue("coined_shape"))
    )
    coined = coined or (strange and diminutive(facts.folded))
    owner = diminutive(facts.folded) and bool(cue("kin_after").match(after))
    coined = coined or owner or bool(cue("surname_shape").fullmatch(facts.folded))
    is_name = coined or facts.named or _suffixed(word, before, after) or (lang == "tr" and put_together(word))
    is_name = is_name or "name" in facts.sense or (facts.sense != {"word"} and diminutive(facts.folded))
    is_name = is_name or (strange and bool(CYRILLIC.search(word)))
    ordinary = facts.also_word or "word" in facts.sense
    if is_name and ((not ordinary and not strange) or coined or _said_of_somebody(before, after)):
        return True
    if lang == "tr" and seldom(facts.folded, lang) and _said_of_somebody(before, after):
        return True
    bare = re.sub("['’]" + ("s?$" if lang == "en" else r"\w*$"), "", word)
    return bool(strange and lang in _LATIN and len(bare) >= 3 and bare.isalpha())


def _place_in_small(word: str, facts: Word, before: str, after: str, lang: str, strange: bool) -> bool:
    """Whether a word of small letters is a place: to a dictionary, by its ending, or as somebody's home."""
    if lang == "tr":
        stem = re.sub(r"n?[dt][ae]n?$", "", facts.folded)
        home = stem != facts.folded and len(stem) >= 4 and cue("home_after").match(after)
        at_home = home and not cue("at_home").fullmatch(facts.folded) and rarer(stem, TOWNS)
        return bool(at_home) or (len(word) > 6 and turkish_name(word))
    there = bool(cue("place_before").search(before))
    ordinary = facts.also_word or "word" in facts.sense
    is_place = "place" in facts.sense and (there or not ordinary)
    new = strange or (seldom(facts.folded, lang) and is_noun(facts.folded, lang))
    is_village = there and (new or cue("village_shape").fullmatch(facts.folded))
    is_town = cue("town_shape").fullmatch(facts.folded) and (strange or there)
    return bool(is_place or is_village or is_town or cue("town_alone").fullmatch(facts.folded))


def _kind_of_capital(word: str, facts: Word, before: str, after: str, in_small: bool, ordinary: bool) -> str:
    """`in_small`: the project has the word in small letters too; `ordinary`: a dictionary does."""
    home = cue("place_before").search(before) or cue("home_after").match(after)
    if facts.sense == {"country"} or (facts.sense == {"city"} and not facts.named):
        return "place" if home and facts.sense == {"city"} else "country"
    opens = (bool(cue("opens_sentence").search(before)) or not before.strip()) and not cue(
        "titled_ahead"
    ).match(before[-1:] + after)
    in_lists = facts.named or _suffixed(word, before, after)
    shaped = cue("family_shape").fullmatch(min(facts.readings, key=len)) and not often(facts.folded, COMMON)
    looks = in_lists or (facts.sense != {"word"} and bool(shaped or diminutive(facts.folded)))
    family = cue("families_shape").fullmatch(facts.folded)
    looks = looks or bool(diminutive(facts.folded) and cue("kin_after").match(after))  # Софійчина подруга
    looks = looks or bool(family and ("name" in facts.sense or in_no_dictionary(facts.folded)))
    # A word that is also a name and begins a sentence says little; inside one it says much.
    sure = in_lists and "word" not in facts.sense and not facts.also_word
    apostrophe = turkish_name(word, after)
    doubt = looks and opens and ordinary and facts.also_word and not (in_small or apostrophe)
    if sure or ((looks or apostrophe) and not (doubt or (opens and in_small and ordinary))):
        return "name"
    if "place" in facts.sense and "word" not in facts.sense:
        return "place" if opens else "capital inside a sentence"
    if in_small and (opens or (word.isupper() and len(word) > 1)):
        return ""
    if not opens:
        return "capital inside a sentence"
    beside = cue("beside").match(after)
    other = WORD.match(after, beside.end()) if beside else None
    pair = other and other[0][0].isupper() and not (ordinary and word_facts(other[0]).nobody)
    owns = re.search("['’]s$", word) and cue("owned").match(after)
    subject = not (ordinary and CYRILLIC.search(word) and cue("no_subject").search(facts.folded))
    acts = (subject and cue("acts_small" if ordinary else "acts").match(after)) or pair or owns
    if doubt:
        acts = acts or cue("acts_as_name").match(after) or cue("kin_after").match(after)
        return "name" if acts else "word that is also a name"
    acts = acts or (cue("acts_towards").match(after) if facts.also_word else None)
    return "somebody acts" if acts else "capital at a beginning"


def _only_a_word(word: str, facts: Word, before: str, after: str, lang: str) -> bool:
    """A word of the dictionary, alone or beside others such: a title, a lesson, a button; no home."""
    if len(word) == 1 or (word.isupper() and len(word) < 5 and not (facts.named or "name" in facts.sense)):
        return not (cue("relative_before").search(before) or cue("place_before").search(before))  # X-ray, ЕГЭ
    if not facts.named and (cue("title_before").search(before) or cue("title_after").match(after)):
        return True
    if cue("studies_shape").search(facts.folded):
        return True
    if CYRILLIC.search(word) and "name" not in facts.sense and sounds_like_service(facts.folded):
        return True
    if before[-1:] in "«“„" and before and is_noun(fold_token(word, lang, yo=True), lang, "nomn"):
        return False  # a club, not a button
    by_title = _is_kin(before, after)  # Reverend Mags
    beside, before, after = capitals_beside(before, after)
    rare = any(seldom(fold_token(w, lang, yo=True), asked_language(w, lang)) for w in (word, *beside))
    everyday = not rare and all(is_everyday(w, lang) for w in (word, *beside))
    if by_title or facts.named or facts.also_word or not everyday:
        return False
    if cue("joined_capital").search(before[-2:] + word[0]) or cue("joined_capital").match(word[-1] + after):
        return False  # «Молния-Заречье»
    acts = cue("acts").match(after) and not cue("at_before").search(before)
    if acts or _said_of_somebody(before, after):
        return False
    last = fold_token(word, yo=True)
    street = re.search(r"(?i)(?<!\w)(?:на|по|с|з|із) $", before) and re.search("(?:ой|ей|ій)$", last)
    groves = re.search(r"(?i)(?<!\w)на $", before) and cue("groves_shape").search(last)
    home = cue("at_before").search(before) if beside else re.search(r"(?i)(?<!\w)(?:[ву]|во) $", before)
    if (
        groves
        or (home and CYRILLIC.search(word) and not last.endswith(("у", "ю")))  # a game: в Монополию
        or (street and not re.match(r" [а-яёіїєґәғқңөұүһў]{4,}", after))
    ):
        return False
    there = cue("tells_before").search(before) or cue("place_before").search(before)
    nouns = {fold_token(w) for w in (word, *beside)} & word_list("place_nouns")
    return not (there or cue("home_after").match(after) or nouns)


def _said_of_somebody(before: str, after: str) -> bool:
    """A patronymic or a title stands behind a word, a relative before it, or another name beside it."""
    acts = cue("acts_small").match(after) and not cue("at_before").search(before)
    if acts or cue("patronymic_after").match(after) or _is_kin(before, after):
        return True
    behind = cue("listed").match(after)
    next_to = WORD.match(after, behind.end()) if behind else None
    previous = re.search(rf"(\w+)({cue('listed').pattern.removeprefix('(?i)')})$", before, re.IGNORECASE)
    together = re.search(r"([a-zçğıöşü]{3,}?)y?l[ae] $", before)
    beside = [(next_to[0], behind[0])] if next_to and behind else []
    beside += [(previous[1], previous[2])] if previous else []
    beside += [(together[1], "ile")] if together else []
    # A comma parts clauses too: "він довгий, тому" names no Тома.
    names = ((fold_token(word, yo=True), joint.strip()) for word, joint in beside)
    return any(
        (w in given_names() or word_facts(w).sense == {"name"}) and (joint != "," or w not in also_words())
        for w, joint in names
    )


def _is_kin(before: str, after: str) -> bool:
    return bool(cue("kin_before").search(before) or cue("kin_after").match(after))


def _suffixed(word: str, before: str, after: str) -> bool:
    """A Turkish given name, suffixes, no apostrophe: ``berkayla``, ``Ahmetçiğim``, ``mertin abisi``."""
    folded = fold_token(word, "tr")
    stems = [folded[:size] for size in range(3, len(folded)) if folded[:size] in given_names()]
    is_name = any(
        suffix().fullmatch(folded, len(stem)) or cue("second_names").fullmatch(folded, len(stem))
        for stem in stems
        if cue("called_fondly").fullmatch(folded, len(stem))
        or (len(stem) >= 5 and stem not in also_words() and folded not in word_list("known"))
        or (len(stem) >= 4 and _said_of_somebody(before, after))
        or cue("kin_after").match(after)
    )
    owner = re.search("[ıiuü]n$", folded) and cue("kin_after").match(after)
    return is_name and bool(owner or not often(folded, COMMON))  # last: the dictionary is slow to load
