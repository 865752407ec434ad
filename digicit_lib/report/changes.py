"""What changed since the run that was replaced, as a person reads it: verdict, counts, reasons, numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from digicit_lib.disclosure.reasons import reason_text
from digicit_lib.evidence.store import PAIRED
from digicit_lib.exhibits.blocks import SYNTHETIC, scrolling, tag
from digicit_lib.exhibits.tables import interval_text, value_text
from digicit_lib.language import N_, each, message_id, messages_of, number, translate
from digicit_lib.language.codes import label_table
from digicit_lib.language.reviews import how_translated
from digicit_lib.report.html_page import fill
from digicit_lib.safe import clean, html

if TYPE_CHECKING:
    import pandas as pd

LARGEST = 20  # changes that stand on the page; the file beside it holds all
FILE = "changes.csv"
_BREAKDOWNS = label_table("breakdowns")
_LEVELS = label_table("levels")
POINT = 0.01  # of a share, from which a change is told as one
_PLACE = {N_("Indicator and group"): "left", N_("Base and answers"): "left"}
_REASON = {N_("Reason"): "left"}
_NUMBERS = {N_("Before"): "right", N_("Now"): "right", N_("Interval now"): "left", N_("Change"): "right"}
_CAUSES = {
    "definition": N_("other question or definition"),
    "base": N_("other people asked"),
    "answers": N_("other number of answers"),
}
# What a run reads, by the first word of an input's name, in words of the field; the rest is software.
_INPUTS = {
    "data": N_("data or weights"),
    "roster": N_("data or weights"),
    "params": N_("settings of the study"),
    "workbook": N_("workbook"),
    "annex": N_("workbook"),
    "catalogue": N_("catalogue of questions"),
}


def changes_page(
    diff: pd.DataFrame,
    *,
    title: str,
    language: str = "en",
    inputs: Iterable[str] = (),
    reworded: int = 0,
    total: int = 0,
) -> str:
    """What changed against the run that was replaced, for people: how much, why, and the largest changes.

    Parameters
    ----------
    diff : DataFrame
        As `evidence.diff` returns it, and `evidence.publishable_changes` where children were asked: what is
        no longer shown of them is not told, since with the new run it would tell what was hidden.
    title : str
    language : str
    inputs : iterable of str
        Names of the inputs that changed, as a run record keeps them.
    reworded : int
        Key findings whose words changed, or that are gone.
    total : int
        Numbers of the new run.

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"id": "turkey/x", "title": "Daily use", "change": "changed", "before": 0.5, "after": 0.25,
    ...        "unit": "share", "quality_before": "ok", "quality_after": "ok"}
    >>> page = changes_page(pd.DataFrame([row]), title="turkey", inputs=["data a.sav"])
    >>> "messages of this document" in page  # of another language it says how many were read
    False
    >>> "Daily use" in page, "25%" in page, "−25 points" in page, "data or weights" in page
    (True, True, True, True)
    """
    (lead, content), messages = messages_of(lambda: _told(diff, language, inputs, reworded, total))
    if language != "en":
        names = map(message_id, messages)
        content += tag("p", html(how_translated(names, language)), class_="source")
    say = partial(translate, language=language)
    return fill(
        "changes.html.j2",
        language=language,
        say=say,
        title=say("{title}: what changed", title=clean(title)),
        lead=lead,
        content=Markup(content),
    )


def _told(
    diff: pd.DataFrame, language: str, inputs: Iterable[str], reworded: int, total: int
) -> tuple[str, str]:
    """The verdict in a sentence, and what follows it."""
    say = partial(translate, language=language)
    kind = diff.get("data_kind", diff["id"])
    moves, losses = _moves(diff), diff[diff["after"].isna() & diff["before"].notna() & (kind != "observed")]
    large, new = (
        int((moves["size"] >= POINT).sum()),
        int((diff["before"].isna() & diff["after"].notna()).sum()),
    )
    counts = {"all": max(total, len(diff)), "large": large, "small": len(moves) - large, "new": new}
    cards = {N_("key findings reworded or gone"): reworded, N_("numbers moved by a point or more"): large}
    cards |= {} if (kind == "observed").any() else {N_("numbers no longer shown"): len(losses)}
    why = list(dict.fromkeys(say(_INPUTS.get(name.split(" ")[0], N_("software"))) for name in inputs))
    mark = tag("strong", html(say(SYNTHETIC)), class_="synthetic-mark") if (kind == "synthetic").any() else ""
    changes = (_change(row, why, language) for row in moves.to_dict("records"))
    visible = list(islice((row for row in changes if row[2] != row[3]), LARGEST))
    rows = [[*_place(row, language), _lost(row, language)] for row in losses.head(LARGEST).to_dict("records")]
    words = html(say(N_("All changes, {count} (CSV)"), count=number(len(diff), language)))
    content = (
        tag("p", mark) if mark else "",
        _cards(cards, language) if len(diff) else "",
        tag("p", html(say(N_("Changed since: {inputs}."), inputs=", ".join(why)))) if why else "",
        _grid_of(_PLACE | _NUMBERS | _REASON, visible, N_("The largest changes"), language),
        _grid_of(_PLACE | _REASON, rows, N_("Shown before, not shown now"), language),
        tag("p", tag("a", words, href=FILE, download=FILE)) if len(diff) else "",
    )
    lead = _verdict(counts, reworded, language) if len(diff) or reworded else say("No estimate changed.")
    return lead, "".join(content)


def _verdict(counts: Mapping[str, int], reworded: int, language: str) -> str:
    other = N_("Key findings that changed their words or are gone: {reworded}.")
    words = other if reworded else N_("No key finding changed its words.")
    text = N_("Of {all} numbers, {large} moved by a point or more and {small} by less; new: {new}.")
    texts = {name: number(n, language) for name, n in counts.items()}
    return " ".join(
        (
            translate(words, language, reworded=number(reworded, language)),
            translate(text, language, **texts),
        )
    )


def _moves(diff: pd.DataFrame) -> pd.DataFrame:
    """What both runs show, the largest moves first: shares in points, anything else against its own size."""
    both = diff[diff["before"].notna() & diff["after"].notna()]
    size = both["before"].abs().where(both["before"] != 0, 1.0)
    size = size.where(both["unit"] != "share", 1.0) if "unit" in both else size
    move = both["after"] - both["before"]
    return both.assign(move=move, size=move.abs() / size).sort_values("size", ascending=False)


def _cards(counts: Mapping[str, int], language: str) -> str:
    cards = (
        tag("span", html(number(n, language)), class_="lead", style="display:block")
        + html(translate(words, language))
        for words, n in counts.items()
    )
    return tag("div", *(tag("p", card, class_="finding") for card in cards), class_="cards")


def _grid_of(heads: Mapping[str, str], rows: Sequence[Sequence[str]], title: str, language: str) -> str:
    columns = [{"label": translate(head, language), "align": side} for head, side in heads.items()]
    words, grid = translate(title, language), {"columns": columns, "rows": rows, "row_headers": 1}
    return tag("h2", html(words)) + scrolling(grid, "", words) if rows else ""


def _place(row: Mapping[Any, Any], language: str) -> list[str]:
    """What a number is of, and of whom: the base, the answers then and now where they differ."""
    by, level, base, *others = (
        str(row.get(name) or "") for name in ("by", "level", "base", "category", "period")
    )
    name = _BREAKDOWNS.get(by) or by.replace("_", " ").replace(",", ", ").capitalize()
    group = f"{translate(name, language)}: {_level(level, row.get('statistic'), language)}" if by else ""
    of = ", ".join(filter(None, (str(row.get("title") or row["id"]), group, *others)))
    answers = (row.get(key, np.nan) for key in ("n_before", "n"))
    counts = " → ".join(dict.fromkeys(number(int(n), language) for n in answers if np.isfinite(n)))
    return [of, " · ".join(filter(None, (translate(base, language), counts and f"n {counts}")))]


def _level(level: str, statistic: object, language: str) -> str:
    """A group in words; of a pair both, the first against the second."""
    parts = level.split("-")
    at = len(parts) // 2 if statistic in PAIRED and len(parts) % 2 == 0 else 0
    groups = ("-".join(parts[:at]), "-".join(parts[at:]))
    named = (", ".join(_LEVELS.get(name, name) for name in group.split(",")) for group in groups if group)
    return " − ".join(each(group, language) for group in named)


def _lost(row: Mapping[Any, Any], language: str) -> str:
    return reason_text(str(row.get("reason") or ""), language) or translate("not in the new run", language)


def _change(row: Mapping[Any, Any], why: Sequence[str], language: str) -> list[str]:
    """One row: what it is of, then and now, rounded, the difference and its reason."""
    form: dict[str, Any] = {"unit": str(row.get("unit") or ""), "language": language}
    form["decimals"] = 0 if form["unit"] in ("share", "count") else 1
    statistic = str(row.get("statistic") or "share")
    then, now = (value_text(float(row[key]), statistic=statistic, **form) for key in ("before", "after"))
    step = value_text(float(row["move"]), **{**form, "statistic": "diff"})
    ends = interval_text(row.get("ci_low", np.nan), row.get("ci_high", np.nan), **form)
    cause = _CAUSES.get(str(row.get("cause")))
    reason = translate(cause, language) if cause else ", ".join(why)
    return [*_place(row, language), then, now, ends, step, reason]
