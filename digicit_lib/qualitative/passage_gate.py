"""The gate for any passage: whose words may be shown, by facts first, and last by what is read in them."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from digicit_lib.errors import QualitativeError
from digicit_lib.language import is_translated
from digicit_lib.qualitative.coded.model import Project, turn_index
from digicit_lib.qualitative.coded.parts import frame
from digicit_lib.qualitative.coded.turns import text_sha256
from digicit_lib.qualitative.consent import may_be_quoted, signer
from digicit_lib.qualitative.dictionaries import told_language
from digicit_lib.qualitative.flags import GRAVE, PATTERN, find_flags, small_words
from digicit_lib.qualitative.names import find_patterns
from digicit_lib.safe import has_come

TRANSLATIONS = ("text_en", "text_ru", "text_uk", "text_tr")
ATTRIBUTION = ("role", "sex", "age_band", "area")
FEW = "the attribution fits too few participants"
FLAG_DOWN = ("no", "none", "cleared")
K = 3
_ASKED = {
    "en": "then I asked Olivia about it",
    "ru": "тогда я спросила у Наташи",
    "uk": "тоді я спитала в Оленки",
    "tr": "sonra Ayşe'ye sordum",
}


def _says(values: pd.Series, words: Sequence[str]) -> pd.Series:
    return values.astype("str").str.strip().str.lower().isin(words)


def judged_spans(
    project: Project, spans: pd.DataFrame, k: int = K, attribution: Sequence[str] = ATTRIBUTION
) -> pd.DataFrame:
    """`spans` with ``case, lang, attribution, withheld``: the first reason against each, or ""."""
    spans = by_facts(project, spans, k, attribution)
    is_open = spans["withheld"] == ""
    reasons = by_words(project, spans[is_open], words_in_small(project, spans))
    return spans.assign(withheld=spans["withheld"].mask(is_open, reasons))


def by_facts(project: Project, spans: pd.DataFrame, k: int, attribution: Sequence[str]) -> pd.DataFrame:
    """`judged_spans` as far as nobody reads the words."""
    if k < 2 or not set(attribution) <= set(ATTRIBUTION):
        what = (
            "An attribution holds role, sex, age band and area at most, and fits at least two participants."
        )
        raise QualitativeError(what, got=f"k={k}: {', '.join(attribution)}", allowed=", ".join(ATTRIBUTION))
    turns = project.turns.reset_index(drop=True)
    here = turns.reindex(turn_index(project, spans)).set_axis(spans.index)
    for column in ("case", "role", "lang"):
        here[column] = here[column].astype("object").where(here[column].notna(), "")
    spans_of_people = project.attributes(spans.assign(case=here["case"], role=here["role"]))
    who, fits = _attributed(project, spans_of_people, list(attribution))
    inside = (spans["start"] >= here["text_start"]) & (spans["end"] <= here["end"])
    reasons = {
        "not inside one participant's turn": ~inside,
        "the speaker is not a participant": spans_of_people["case"] == "",
        **_source_reasons(project, spans),
        "no consent to be quoted": ~spans_of_people["case"].map(may_be_quoted(project)).eq(True),
        FEW: fits < k,
    }
    withheld = pd.Series("", index=spans.index, dtype="object")
    for reason, holds in reversed(reasons.items()):
        withheld = withheld.mask(holds, reason)
    who = who.where(fits >= k, "")
    turn = here["turn"].fillna(0).astype(int) if len(here) else here["turn"]
    return spans.assign(
        case=spans_of_people["case"], turn=turn, lang=here["lang"], attribution=who, withheld=withheld
    )


def _attributed(project: Project, spans: pd.DataFrame, keys: list[str]) -> tuple[pd.Series, pd.Series]:
    """The attribution of each span, and how many participants of the study it fits."""
    people = project.cases.drop_duplicates("case").reindex(columns=["case", "source", *keys])
    if "source" in project.cases:
        people = project.attributes(people[["case", "source"]]).reindex(columns=["case", *keys])
    names = ["\x1f".join(map(str, at)) for at in _told(people, keys)]
    size = pd.Series(names, dtype="object").value_counts()
    rows = _told(spans.reindex(columns=keys), keys)
    fits = [int(size.get("\x1f".join(map(str, at)), 0)) for at in rows]
    who = [", ".join(str(v) for v in at if v) for at in rows]
    people = pd.Series(who, index=spans.index, dtype="object")
    return people, pd.Series(fits, index=spans.index, dtype="int64")


def _told(rows: pd.DataFrame, keys: list[str]) -> list[tuple[object, ...]]:
    values = rows[keys].astype("object")
    if not keys:
        return [()] * len(rows)
    return list(values.where(values.notna(), "").itertuples(index=False, name=None))


def _source_reasons(project: Project, spans: pd.DataFrame) -> dict[str, pd.Series]:
    """What stands against a source: no signature for this text, a flag; its strictest row counts."""
    rows = project.reviews
    now = {source: text_sha256(text) for source, text in project.texts.items()}
    coders = project.segments.groupby("source")["coder"].agg(lambda who: {signer(w) for w in who})
    pairs = zip(rows["reviewer"], rows["source"], strict=True)
    other = [signer(reviewer) not in coders.get(source, ()) for reviewer, source in pairs]
    has_signature = rows["reviewer"].map(signer).ne("") & rows["signed_on"].map(is_day)
    by_another = pd.Series(other, index=rows.index, dtype=bool)
    same = rows["text_sha256"] == rows["source"].map(now)
    down = _says(rows["safeguarding"], FLAG_DOWN)
    facts = {
        "its source's review is not signed": has_signature,
        "its source's review is signed by its own coder": by_another,
        "its source changed after the review": same,
        "a safeguarding flag is up": down,
    }
    good_by_span = {why: good.groupby(rows["source"]).all() for why, good in facts.items()}
    return {why: ~spans["source"].map(good).eq(True) for why, good in good_by_span.items()}


def is_day(value: object) -> bool:
    """Whether a cell is a day of the calendar that has come, as 2026-10-20 or 20.10.2026.

    Examples
    --------
    >>> is_day("2026-10-20"), is_day("20.10.2026"), is_day("2099-10-20"), is_day("not yet")
    (True, True, False, False)
    """
    text = re.sub(r"[T ]00:00(?::00)?(?:\.0+)?$", "", str(value).strip())
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"):
        try:
            return has_come(dt.datetime.strptime(text, form))
        except ValueError:
            continue
    return False


def words_of_spans(project: Project, spans: pd.DataFrame) -> list[str]:
    places = zip(spans["source"], spans["start"], spans["end"], strict=True)
    return [project.texts.get(source, "")[a:b] for source, a, b in places]


def words_in_small(project: Project, spans: pd.DataFrame) -> set[str]:
    """Words in small letters, of the spans' sources only: a large project has few quotations."""
    return small_words(project.texts.get(source, "") for source in set(spans["source"]))


def by_words(project: Project, spans: pd.DataFrame, small: set[str]) -> pd.Series:
    """What in the words of each span withholds it; asked last, of what no fact withholds: it takes long."""
    reasons = pd.Series("", index=spans.index, dtype="object")
    reasons = reasons.mask(_flagged(project, spans, small), "a flag was not cleared")
    has_name = [bool(find_patterns(text)) for text in words_of_spans(project, spans)]
    return reasons.mask(pd.Series(has_name, index=spans.index, dtype=bool), "an identifier is left in it")


def _flagged(project: Project, spans: pd.DataFrame, small: set[str]) -> pd.Series:
    """Spans with words that may mean harm or tell a person, whose flags no named person cleared."""
    turns = project.turns.reset_index(drop=True)
    words = translations(spans)
    rows = []
    for row, at, translated in zip(spans.to_dict("records"), turn_index(project, spans), words, strict=True):
        lang = told_language(str(translated))
        kinds = {flag.kind for flag in find_flags(str(translated), small, lang=lang) if flag.rank <= GRAVE}
        kinds -= {PATTERN}  # a reason of its own
        if at >= 0:
            # The whole turn is read: whether a capital begins a sentence is not seen in a part of it.
            base = turns["text_start"][at]
            text = project.texts[str(row["source"])][base : turns["end"][at]]
            flags = find_flags(text, small, lang=turns["lang"][at] or told_language(text))
            grave = (f for f in flags if f.rank <= GRAVE)
            kinds |= {f.kind for f in grave if f.start + base < row["end"] and f.end + base > row["start"]}
        turn = turns["turn"][at] if at >= 0 else None
        rows.append(bool(kinds and kinds - _cleared(project, row, turn)))
    return pd.Series(rows, index=spans.index, dtype=bool)


def translations(rows: pd.DataFrame) -> pd.Series:
    """All translations of each row, one a line: each passes the same looks."""
    table = frame(rows.reindex(columns=list(TRANSLATIONS)), TRANSLATIONS)
    joined = ["\n".join(filter(None, map(str, at))) for at in table.itertuples(index=False)]
    return pd.Series(joined, index=rows.index, dtype="object")


def _cleared(project: Project, row: Mapping[Any, Any], turn: Any) -> set[str]:
    """Kinds of flags that a named person, no coder of the source, cleared on a day: here or on the sheet."""
    here = [(row.get("flags_cleared", ""), row.get("cleared_by", ""), row.get("cleared_on", ""))]
    sheet = project.flags[project.flags["source"] == row["source"]]
    sheet = sheet[pd.to_numeric(sheet["turn"], errors="coerce") == turn] if turn is not None else sheet[:0]
    here += list(sheet[["kind", "cleared_by", "cleared_on"]].itertuples(index=False, name=None))
    coders = {signer(c) for c in project.segments.loc[project.segments["source"] == row["source"], "coder"]}
    kinds_cleared = [
        kinds for kinds, who, day in here if signer(who) and signer(who) not in coders and is_day(day)
    ]
    return {kind.strip() for kinds in kinds_cleared for kind in re.split("[;,|]", str(kinds))}


def load_words() -> None:
    """What the first passages of the languages that ship load: lists, dictionaries, patterns."""
    for lang, words in _ASKED.items():
        find_flags(words, set(), lang=lang)
        is_translated("[invented]", lang)
    told_language(_ASKED["en"])
