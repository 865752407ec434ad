"""What was said, as tables print it: translated, or in its own language, which the cell then names."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from digicit_lib import language as words_of
from digicit_lib.codebook import split_id
from digicit_lib.data.interviews import open_interviews
from digicit_lib.params import Params
from digicit_lib.qualitative import best_quotation, quotations
from digicit_lib.qualitative.tokens import unmasked
from digicit_lib.workbook.findings import attribution_text
from digicit_lib.workbook.voice import Voice

Said = Iterable[tuple[str, str]]  # words and their languages


def quoted(project: Any, k: int, voice: Voice, *, invented: bool) -> pd.DataFrame:
    """Approved quotations with the ``words`` that a table prints and the language they are ``spoken`` in."""
    quotes = quotations(project, k=k, language=voice.language)
    translated = quotes["translation"] != ""
    spoken = quotes["lang"].mask(translated, voice.language)
    said = zip(quotes["translation"].where(translated, quotes["text"]), spoken, strict=True)
    words = [unmasked(str(text), language) for text, language in said]
    return quotes.assign(spoken=spoken, words=[voice.invented(w) if invented else w for w in words])


def filled(table: pd.DataFrame, heads: Mapping[str, str]) -> dict[str, str]:
    """The heads of the columns that a table has and that hold anything."""
    empty = {column for column in heads if column in table and table[column].isin(["", "nan"]).all()}
    return {c: head for c, head in heads.items() if c in table and (c not in empty or table.empty)}


def foreign(said: Said, voice: Voice) -> dict[str, str]:
    """Passages in another language than the page's, to that language; none where it is not recorded."""
    return {voice.cell(words): lang for words, lang in said if lang not in ("", voice.language)}


def as_block(row: Any, voice: Voice, *, study: str, synthetic: bool, key: bool) -> dict[str, Any]:
    """A quotation with who said it, where and at which turn; `key`: it belongs in the summary too."""
    text, other = unmasked(str(row.text), row.lang), unmasked(str(row.translation), voice.language)
    if synthetic:
        text, other = words_of.invented(text, row.lang), words_of.invented(other, voice.language)
    place = voice.say("{who}, {session}, turn {n}", who=row.participant, session=row.source, n=row.turn)
    who = " · ".join(filter(None, [attribution_text(row.attribution, voice), place]))
    by = str(row.translator)
    if row.translation and row.checked_by:
        by = voice.say("{name}, checked by {other}", name=by, other=row.checked_by)
    return {
        "kind": "quotation",
        "id": f"{study}/qualitative/quotation/{row.quotation}",
        "text": text,
        "lang": row.lang,
        "attribution": who,
        "translation": other if row.translation else None,
        "translation_lang": voice.language,
        "translator": by if row.translation else None,
        "synthetic": synthetic,
        "key": key,
    }


def beside_numbers(params: Params, root: Path, voice: Voice, told: Collection[str]) -> list[dict[str, Any]]:
    """One approved quotation of a study's interviews for its survey's report; empty where there is none.

    Where only one of the two is invented they do not stand together.

    Parameters
    ----------
    params : Params
    root : Path
    voice : Voice
    told : collection of str
        Indicators of the key findings: a voice on one of them goes first, and one in the report's language.
    """
    spec, synthetic = params.data.interviews, params.is_synthetic("qualitative")
    if spec is None or synthetic != params.is_synthetic("quantitative"):
        return []
    project = open_interviews(params, root)
    codes = project.codes.reindex(columns=["code", "indicator_ids"]).fillna("").astype(str)
    topics = dict(zip(codes["code"], codes["indicator_ids"], strict=True))
    names = {split_id(name)[0] for name in told}

    def rank(code: str, is_foreign: bool) -> tuple[bool, bool]:
        return is_foreign, names.isdisjoint(topics.get(code, "").split())

    quotes = best_quotation(project, rank, k=int(getattr(spec, "k", 3)), language=voice.language)
    return [
        as_block(row, voice, study=params.slug, synthetic=synthetic, key=True) for row in quotes.itertuples()
    ]
