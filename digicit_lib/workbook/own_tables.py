"""Tables that a researcher makes with pandas or pingouin: looked through, then printed as ours.

Of a `Result` every number and every word with a figure stands in it, so disclosure has seen it. Of a `Sample`
there are statistics only, unweighted, of enough answers: never rows, never what a handful answered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

import pandas as pd

from digicit_lib.disclosure.additions import records
from digicit_lib.disclosure.judging import SENSITIVE
from digicit_lib.errors import PublicationRefused
from digicit_lib.exhibits import tables
from digicit_lib.exhibits.cell_text import NOT_PUBLISHED
from digicit_lib.language import N_
from digicit_lib.language.codes import label_table
from digicit_lib.survey.whole_sample import VERDICTS, WholeSample, tells_its_base
from digicit_lib.workbook.result import MOST_ROWS, Result
from digicit_lib.workbook.survey_guards import BREAKDOWNS
from digicit_lib.workbook.voice import Voice

if TYPE_CHECKING:
    from digicit_lib.data import Sample
    from digicit_lib.params import Publication

HEADS = label_table("own tables") | {"p_unc": "p", "np2": "η²"}
SHARES = ("estimate", "ci_low", "ci_high")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
LONGEST = 80  # characters of a word
EXTREMES, COUNTS = {"min", "max"}, {"count", "size", "sum", "nunique"}
DEGREES = ("df", "dof", "ddof", "bound")
NEXT = "wb.estimate(…) for estimates, or a statistic of the whole sample, run again"


def made_of(frame: Any, of: Any, voice: Voice, rules: SampleRules | None) -> Result:
    """A frame that a notebook made of a result or of a sample, as a table of its own.

    Raises
    ------
    PublicationRefused
        What `of_result` and `of_sample` refuse.
    """
    if getattr(frame, "holds_rows", False):
        _refuse("rows of the sample", "statistics: plain frames such as pingouin's")
    if isinstance(of, Result):
        of.refuse_changed()
        return of_result(frame, of, voice)
    if rules is None or of is None:
        _refuse("a frame without what it was made of", "wb.table(frame, of=result)")
    return of_sample(frame, of, voice, rules)


def of_result(frame: pd.DataFrame, of: Result, voice: Voice) -> Result:
    """A frame reshaped from a result, as a table of its own.

    Raises
    ------
    PublicationRefused
        A number, or a word with a figure in it, that does not stand in the result.
    """
    flat = _flat(frame)
    numbers, words = _numbers(of.frame, voice), {str(cell) for row in records(of.frame) for cell in row}
    labels = _labels(of.frame)
    cells: dict[str, list[Any]] = {}
    for name in flat:
        head = labels.get(name) or voice.say(HEADS.get(name, name))
        if _has_figure(name) and name not in {*words, *of.frame}:
            _refuse("a column whose name holds a number", "names of columns and words of the result")
        head = name if head in cells else head
        cells[head] = [voice.cell(_cell(cell, numbers, words, labels)) for cell in flat[name].tolist()]
    missing = bool(flat.isna().to_numpy().any())
    notes = [voice.say("An empty cell: not shown, or not asked.")] if missing else []
    ids = [str(name) for name in of.frame.get("id", ()) if name]
    return _printed(cells, flat, of.title, (*of.notes, *notes), of.source, ids)


def _printed(
    cells: Mapping[str, list[Any]],
    flat: pd.DataFrame,
    title: str,
    notes: tuple[str, ...],
    source: str,
    ids: list[str],
) -> Result:
    pairs = zip(cells, flat, strict=True)
    sides = {head: "left" if flat[name].dtype.kind in "OUT" else "right" for head, name in pairs}
    options = {"table": {"provenance": ids, "align": sides}, "csv": flat}
    return Result(pd.DataFrame(cells, dtype=object), title, notes=notes, source=source, options=options)


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its index as columns, one line of heads, and no more rows than a page can hold."""
    plain = pd.DataFrame(frame)
    if not isinstance(plain.index, pd.RangeIndex) and (plain.index.name or plain.index.dtype.kind in "OUT"):
        plain = plain.reset_index()
    plain.columns = [" · ".join(map(str, c)) if isinstance(c, tuple) else str(c) for c in plain.columns]
    if len(plain) > MOST_ROWS:
        _refuse(f"{len(plain)} rows", f"at most {MOST_ROWS}")
    return plain


def _numbers(frame: pd.DataFrame, voice: Voice) -> dict[float, str]:
    """Each number of a result as it is printed; a number of a row that is marked carries its brackets."""
    labels = tables.labelled(frame, language=voice.language) if "quality" in frame else frame
    texts: dict[float, str] = {}
    for name in (
        n for n in (*SHARES, *labels.select_dtypes("number")) if n in labels and n not in NOT_PUBLISHED
    ):
        for row in records(labels):
            number = getattr(row, name)
            if number == number:
                texts.setdefault(round(float(number), 9), _text(name, number, row, voice))
    return texts


def _text(name: str, number: float, row: Any, voice: Voice) -> str:
    if name not in SHARES or not hasattr(row, "unit_text"):
        return voice.number(number, 0 if number == int(number) else 3)
    form = {"unit": row.unit, "statistic": row.statistic, "language": voice.language}
    text = tables.value_text(float(number), **form)
    return f"({text})" if name == "estimate" and row.quality == "caution" else text


def _labels(frame: pd.DataFrame) -> dict[str, str]:
    """Raw names of groups and their words."""
    if not {"level", "level_label"} <= set(frame):
        return {}
    return dict(zip(frame["level"].astype(str), frame["level_label"].astype(str), strict=True))


def _cell(cell: Any, numbers: Mapping[float, str], words: set[str], labels: Mapping[str, str]) -> Any:
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, str):
        if _has_figure(cell) and cell not in words:
            _refuse("a word with a figure in it", "words of the result")
        return labels.get(cell, cell)
    if isinstance(cell, bool) or not hasattr(cell, "__float__"):
        _refuse(type(cell).__name__, "numbers and words of the result")
    number = round(float(cell), 9)
    if number not in numbers:
        _refuse("a number that the result does not hold", "numbers of result.to_frame(), chosen or reshaped")
    return {"text": numbers[number], "value": float(cell)}


def _has_figure(text: str) -> bool:
    return any(c.isdigit() for c in text)


# --- statistics of a sample -----------------------------------------------------------------------------


@dataclass(frozen=True)
class SampleRules:
    """What decides whether statistics of a sample may be printed.

    Attributes
    ----------
    publication : Publication
    sensitivity : callable
        Of a column by name.
    private : callable
        Whether a count of one of the named indicators is hidden for privacy.
    """

    publication: Publication
    sensitivity: Callable[[str], int]
    private: Callable[..., bool]

    def against(self, sample: Sample) -> str:
        """Why nothing of a sample may be printed; empty where it may."""
        least = self.publication
        if len(sample) < least.min_base:
            return f"fewer than {least.min_base} complete answers"
        if any(sample[name].nunique() < 2 for name in sample):
            return "a column in which all answers are the same"
        groups = [name for name in sample if sample[name].dtype in ("category", "object", "str")]
        if any(size < least.min_base for name in groups for size in _sizes(sample, [name])):
            return f"a group of fewer than {least.min_base}"
        if any(size < least.min_cell for size in _sizes(sample, groups)):
            return f"groups crossed of which one has fewer than {least.min_cell}"
        yes = [name for name in sample if name not in groups and set(sample[name].unique()) <= {0.0, 1.0}]
        for name in yes:
            few = least.min_cell_sensitive if self.sensitivity(name) >= SENSITIVE else least.min_cell
            if any(size < few for size in _sizes(sample, [*groups, name])):
                return f"an answer that fewer than {few} of a group gave"
        if self.private(*map(str, sample)):
            return "an indicator with a count that is hidden for privacy"
        return ""


def _sizes(sample: Sample, names: list[str]) -> list[int]:
    """How many share each group of each column, and of all columns together."""
    several = [[name] for name in names] + ([names] if len(names) > 1 else [])
    return [int(size) for some in several for size in sample.groupby(some, observed=True).size().to_numpy()]


def of_sample(frame: Any, of: Sample, voice: Voice, rules: SampleRules) -> Result:
    """Statistics of a sample, as a table that says whom they describe.

    Parameters
    ----------
    frame : DataFrame
        As pingouin gives it: plain, not a `Sample`. Pairs in a cell become two columns.

    Raises
    ------
    PublicationRefused
        Rows of respondents in whatever form, too few answers behind it.
    """
    from digicit_lib.data.respondents import Sample

    if not isinstance(of, Sample):
        _refuse(f"a table of a {type(of).__name__}", "of=result, or of=wb.sample(…)")
    if not isinstance(frame, pd.DataFrame | pd.Series):
        _refuse(f"a {type(frame).__name__}", "a frame of statistics such as pingouin's")
    if why := rules.against(of):
        _refuse(why, "statistics of enough answers: `if wb.may_print(sample):`")
    few = rules.publication.min_cell
    if _grouped_otherwise(frame, of, few):
        _refuse(f"groups of your own, or of fewer than {few}", "columns of the sample: wb.sample(…, group)")
    flat = _two_columns(_flat(frame)).apply(_numbers_in)
    if _rests_on_few(flat, rules.publication.min_base):
        _refuse(f"a test of fewer than {rules.publication.min_base} answers", "larger parts of the sample")
    if len(flat) > len(of) // few:
        _refuse(f"{len(flat)} rows", f"at most one row for {few} answers")
    if EXTREMES & ({str(x) for x in frame.index} | set(flat)):
        _refuse("the smallest and the largest answer", "statistics of all answers")
    if not _base_is_known(flat, of, rules.publication):
        least = rules.publication.min_base
        _refuse(
            "a number of which nobody can count the answers that it rests on",
            f"means, shares and tests of all answers or of groups of {least} or more; tests with n or dof",
        )
    if not _says_of_what(flat, of):
        _refuse("rows or columns without a name", "statistics whose rows are named in words")
    if any(_counts_few(flat[name], of, few) for name in flat):
        _refuse(f"a count below {few}", "larger groups")
    _check_words(flat, of)
    text = N_("Unweighted: it describes these {n} complete answers, not the population.")
    note = voice.say(text, n=voice.number(len(of)))
    columns = {name: [_statistic(name, cell, voice) for cell in flat[name].tolist()] for name in flat}
    cells = {voice.say(HEADS.get(name, name)): column for name, column in columns.items()}
    result = _printed(cells, flat, "", (), "", [])
    return replace(result, options={**result.options, "always": (note,)})


def _base_is_known(flat: pd.DataFrame, of: Sample, rule: Publication) -> bool:
    """Whether each number is one of all answers or of whole groups, or of a test that tells its base."""
    if tells_its_base(flat, of.columns):
        return True
    if not {n for n in flat if flat[n].dtype == bool} <= VERDICTS:
        return False
    whole = WholeSample(of, rule.min_base, rule.min_cell)
    return whole.tells(flat.select_dtypes("number").stack())


def _grouped_otherwise(frame: pd.DataFrame | pd.Series, of: Sample, few: int) -> bool:
    """Whether pandas has grouped by something else than columns of the sample, or crossed them too finely."""
    levels = [(n, {*axis.get_level_values(k)}) for axis in frame.axes for k, n in enumerate(axis.names)]
    groups = {name: values - {"All"} for name, values in levels if name is not None}
    in_sample = all(name in of and values <= {*of[name]} for name, values in groups.items())
    return not in_sample or any(size < few for size in _sizes(of, [*groups]))


def _two_columns(flat: pd.DataFrame) -> pd.DataFrame:
    """Pairs in a cell, such as the ends of an interval, as two columns."""
    parts = {}
    for name in flat:
        pairs = [cell for cell in flat[name] if hasattr(cell, "__len__") and not isinstance(cell, str)]
        if not pairs:
            parts[name] = flat[name]
            continue
        if len(pairs) < len(flat) or any(len(pair) != 2 for pair in pairs):
            _refuse("a cell that holds a list", "numbers, words, and pairs such as an interval")
        parts |= {f"{name} {end}": pd.Series([p[k] for p in pairs]) for k, end in enumerate(("low", "high"))}
    return pd.DataFrame(parts)


def _numbers_in(column: pd.Series) -> pd.Series:
    """Numbers that are told as text, as pingouin does with Bayes factors, as numbers."""
    if column.dtype.kind not in "OUT":
        return column
    numbers = pd.to_numeric(column, errors="coerce")
    return numbers if len(column) and numbers.notna().eq(column.notna()).all() else column


def _check_words(flat: pd.DataFrame, of: Sample) -> None:
    """A word is short; with a figure in it, it is a column or a group of the sample."""
    levels = {str(x) for name in of if of[name].dtype.kind not in "iufb" for x in of[name].unique()}
    names = {*map(str, of), *levels}
    texts = {cell for name in flat for cell in flat[name] if isinstance(cell, str)}
    if any(len(text) > LONGEST for text in texts):
        _refuse("a long text", f"words of up to {LONGEST} characters")
    if any(_has_figure(part) and part not in names for text in texts for part in text.split(" * ")):
        _refuse("a word with a figure in it", "names of columns and groups of the sample")


def _says_of_what(flat: pd.DataFrame, of: Sample) -> bool:
    """Whether rows are told apart by words, or by all values of a column, as rows of respondents are not.

    A column that is a number is one of many alike, unless all are the values of a column.
    """
    values = {name: sorted(map(str, of[name].unique())) for name in of}
    plain = [name for name in flat if _NUMBER.fullmatch(name)]
    if plain and sorted(plain) not in values.values():
        return False
    words = [n for n in flat if flat[n].dtype.kind in "OUT" or sorted(map(str, flat[n])) == values.get(n)]
    return len(flat) < 2 or (bool(words) and not flat[words].astype(str).duplicated().any())


def _counts_few(column: pd.Series, of: Sample, few: int) -> bool:
    """Whether a column of counts has one below the smallest cell; degrees of freedom are no counts."""
    name = str(column.name)
    if name.lower().startswith(DEGREES) or column.dtype.kind not in "iuf":
        return False
    values = column.dropna()
    is_count = column.dtype.kind in "iu" or ({name} & ({*map(str, of)} | COUNTS) and (values % 1 == 0).all())
    return bool(is_count and (values.abs() < few).any())


def _rests_on_few(flat: pd.DataFrame, least: int) -> bool:
    """Whether the number of answers, or the degrees of freedom, tell that a test rests on too few answers."""
    free = {"n": 0, "ddof2": 2, **({"dof": 2} if {"T", "bound"} & set(flat) else {})}
    tests = [flat[name].dropna() + fewer for name, fewer in free.items() if name in flat]
    tests += [pd.Series(flat["DF"].sum() + 1)] if "DF" in flat else []
    return any(bool((answers < least).any()) for answers in tests)


def _statistic(name: str, cell: Any, voice: Voice) -> Any:
    """A statistic in the language's form; a p-value below a thousandth says so."""
    if isinstance(cell, str | bool) or cell is None or cell != cell or not hasattr(cell, "__float__"):
        parts = [] if cell is None or cell != cell else str(cell).split(" * ")
        return " × ".join(voice.say(HEADS.get(part) or BREAKDOWNS.get(part, part)) for part in parts)
    number = float(cell)
    is_p = name.replace("_", "-").split("-")[0] in ("p", "pval")
    if is_p and number < 0.001:
        return {"text": "< " + voice.number(0.001, 3), "value": number}
    places = 0 if number == int(number) and not is_p else 3
    return {"text": voice.number(number, places), "value": number}


def _refuse(got: str, allowed: str) -> NoReturn:
    raise PublicationRefused("The table may not be printed.", got=got, allowed=allowed, next=NEXT)
