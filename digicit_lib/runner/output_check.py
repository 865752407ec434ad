"""Output checking: what a run on children's answers would publish, read as a stranger reads it.

Before anything is published each file is looked through for rows of respondents and for values that point to
one of them; `digicit check --publish` does the same with what stands. Kinds of files that nobody knows how to
read are refused. The answers that are looked for never stand in a message.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from digicit_lib.errors import DigicitError, PublicationRefused
from digicit_lib.params import load_params

if TYPE_CHECKING:
    import pandas as pd

    from digicit_lib.params import Params
    from digicit_lib.runner.plan import Job

TEXTS = (".html", ".ipynb", ".csv", ".json", ".svg", ".md", ".txt")
PACKED = (".docx", ".xlsx", ".pptx")
# Pages of the same notebook that is read as text: whatever stands in them stands there too.
COPIES = (".pdf", ".png")
WINDOW = 8  # neighbouring answers of one respondent that make a row
LONG = 5  # characters from which a value may point to somebody
MOST_CELLS = 2_000_000  # of a larger file only the columns that the study reads are looked at
# Written by the runner itself, after the workbook: sizes, hashes, versions.
DESCRIPTIONS = ("run.json", "ro-crate-metadata.json")
# Coordinates are no answers; pictures in base64 are copies of drawings that are read.
_DRAWN = re.compile(
    r'\b(?:d|points|transform|viewBox|x|y|x1|x2|y1|y2|cx|cy|r|width|height|style)="[^"]*"'
    r"|data:[a-z]+/[-+.a-z]+;base64,[A-Za-z0-9+/=]+"
)
_TAG = re.compile(r"<[^<>]*>")
_WORD = re.compile(r"[^\W_](?:[\w.\-]*[^\W_])?")


class Identifying:
    """What points to a respondent: values of columns that no report prints, runs of rare answers.

    Parameters
    ----------
    raw : DataFrame
        The survey as it stands in its file.
    printed : set of str
        Columns that estimates and groups are made of: their values may be printed, their runs may not.
    design : set of str
        Ids, weights, strata, clusters.
    rare : int
        The smallest cell: a run of answers that as many share points to nobody.
    known : set of str
        Words that may be printed whatever the file holds: those of the params.
    """

    def __init__(
        self, raw: pd.DataFrame, printed: set[str], design: set[str], rare: int, known: set[str]
    ) -> None:
        self.names = set(map(str, raw))
        columns = {str(name): raw[name].dropna().astype(str) for name in raw if raw[name].notna().any()}
        self.values: set[str] = set()
        self.phrases: set[tuple[str, ...]] = set()
        for name, texts in columns.items():
            distinct = set(texts.unique())
            if name not in printed and (name in design or len(distinct) > max(20, len(raw) // 20)):
                self._remember(distinct)
        self.values -= known
        self.rows = _rare_runs(raw, rare)

    def _remember(self, texts: set[str]) -> None:
        for text in texts:
            words = _words(text)
            self.values |= {word for word in words if _pointing(word)}
            self.phrases |= {tuple(words[i : i + 4]) for i in range(len(words) - 3)}

    def found_in(self, text: str) -> list[str]:
        """What is wrong with a text, in words that hold no answer."""
        read = _DRAWN.sub(" ", text)
        words = _words(read)
        wrong = []
        if self.values & set(words):
            wrong.append("values of columns that point to respondents (ids, weights, clusters, free text)")
        if self.phrases and any(tuple(words[i : i + 4]) in self.phrases for i in range(len(words) - 3)):
            wrong.append("free text of respondents")
        # Of a row only the answers: neither the tags of its cells nor the names of its columns.
        answers = [word for word in _words(_TAG.sub(" ", read)) if word not in self.names]
        if any(run in self.rows for run in _runs(answers)):
            wrong.append("rows of respondents")
        return wrong


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _pointing(word: str) -> bool:
    """Long enough, and not a plain word: an id, a code, a number of six figures."""
    figures = sum(c.isdigit() for c in word)
    return len(word) >= LONG and (figures >= LONG + 1 or 0 < figures < len(word.replace(".", "")))


def _runs(words: list[str]) -> Iterator[int]:
    """Each run of neighbouring words as a number, where more than half of them are different."""
    for i in range(len(words) - WINDOW + 1):
        run = tuple(words[i : i + WINDOW])
        if len(set(run)) > WINDOW // 2:
            yield hash(run)


def _rare_runs(raw: pd.DataFrame, rare: int) -> set[int]:
    """Runs of neighbouring answers that fewer than `rare` respondents share."""
    runs: Counter[int] = Counter()
    texts = [raw[name].astype(object).where(raw[name].notna(), "").astype(str).tolist() for name in raw]
    for row in zip(*texts, strict=True):
        runs.update(set(_runs([word for cell in row for word in _words(cell)])))
    return {run for run, count in runs.items() if count < rare}


def identifying(params: Params, root: Path) -> Identifying | None:
    """What the study's survey holds that may not be published; None where nobody was asked, or not here."""
    source = params.data.survey
    if source is None or source.kind == "synthetic":
        return None
    from digicit_lib.codebook.own import study_instrument
    from digicit_lib.data import files, layout_of
    from digicit_lib.data.selection import design_of

    path, facts, _ = files.find(source.files, root)
    layout = layout_of(source, facts)
    tool = study_instrument(source.instrument, root)
    leaves = (leaf for rule in tool.indicators.values() for leaf in rule.leaves())
    printed = {leaf.column for leaf in leaves if leaf.column}
    printed |= {group.column for group in tool.breakdowns.values() if group.column}
    design = {name for name in design_of(tool, params).values() if isinstance(name, str)} | set(tool.id)
    there = list(map(str, files.header(path, layout).frame.columns))
    raw = files.read(path, [name for name in there if name in printed | design], layout).frame
    if len(raw) * len(there) <= MOST_CELLS:
        raw = files.read(path, there, layout).frame
    known = set(_words(json.dumps(params.resolved(), ensure_ascii=False)))
    return Identifying(raw, printed, design, params.publication.min_cell, known)


def problems(folder: Path, what: Identifying | None) -> Iterator[tuple[Path, str]]:
    """Files of a folder that may not be published, each with why.

    Parameters
    ----------
    folder : Path
    what : Identifying, optional
        Without it only the kinds of the files are looked at.
    """
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        try:
            texts = list(_texts(path))
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            yield path, f"cannot be read ({type(error).__name__})"
            continue
        if not texts and path.suffix not in COPIES:
            yield path, "is of a kind that no report has"
        read = what.found_in if what and path.name not in DESCRIPTIONS else (lambda _: [])
        wrong = dict.fromkeys(words for text in texts for words in read(text))
        yield from ((path, f"holds {words}") for words in wrong)


def _texts(path: Path) -> Iterator[str]:
    """The text of a file, however it is packed; nothing for kinds that are copies or unknown."""
    if path.suffix in TEXTS:
        yield path.read_text(encoding="utf-8")
    elif path.suffix == ".parquet":
        import pandas as pd

        yield pd.read_parquet(path).to_csv(index=False)
    elif path.suffix in PACKED:
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
            for name in archive.namelist():
                if name.endswith((".xml", ".svg")):
                    yield _TAG.sub(" ", archive.read(name).decode("utf-8"))


def check_outputs(job: Job, stage: Path) -> None:
    """The gate of reports on people who were asked; products rest on what has passed it.

    Raises
    ------
    PublicationRefused
    """
    params = load_params(job.root / job.params_file, job.root) if job.params_file else None
    if params is None or job.phase not in params.phases or params.is_synthetic(job.phase):
        return
    refuse_leaks(job, stage, params)
    refuse_differencing(job, stage, params)


def refuse_leaks(job: Job, stage: Path, params: Params) -> None:
    """The gate of a run on observed answers, over all that it has produced.

    Raises
    ------
    PublicationRefused
        With the files, and what they hold, in words.
    """
    found = list(problems(stage, identifying(params, job.root) if job.phase == "quantitative" else None))
    if found:
        told = "; ".join(f"{path.relative_to(stage)} {why}" for path, why in found[:3])
        raise PublicationRefused(
            "The run would publish what may point to respondents.", got=told,
            allowed="estimates, through wb.table, wb.figure and wb.finding",
            next="take the cell out that shows or writes them",
        )  # fmt: skip


def check_published(root: Path, params: Params) -> list[dict[str, str]]:
    """What `digicit check --publish` says of a study's outputs, against its own data."""
    folder = root / "outputs" / params.slug
    try:
        what = identifying(params, root)
    except DigicitError as error:
        return [{"where": params.file, "what": f"its outputs are not compared with its data: {error.what}"}]
    return [{"where": path.relative_to(root).as_posix(), "what": why} for path, why in problems(folder, what)]


# --- two publications of one study --------------------------------------------------------------------


def refuse_differencing(job: Job, stage: Path, params: Params) -> None:
    """Two runs whose bases differ by a few children tell what those few have answered.

    Raises
    ------
    PublicationRefused
        Until a person has written down in the params why this run may replace the published one.
    """
    from digicit_lib.evidence import load
    from digicit_lib.runner.freshness import read_record

    published = read_record(job.target)
    if not published or not (job.target / "evidence.parquet").is_file():
        return
    try:
        old, new = load(job.target), load(stage)
    except (DigicitError, OSError, ValueError):
        return  # what cannot be read compares with nothing
    few = few_apart(old, new, params.publication.min_base)
    run = str(published.get("run", ""))
    if few and run not in {entry.replaces for entry in params.publication.republished}:
        raise PublicationRefused(
            f"{few} bases differ from those of the published run by fewer than "
            f"{params.publication.min_base} children, so both runs together tell their answers.",
            where=params.file, got=f"published run {run}",
            allowed="the same respondents, or a reason that a person has written down",
            next=f"publication: republished: [{{replaces: '{run}', reason: …, reviewer: …, on: …}}]",
        )  # fmt: skip


def few_apart(old: pd.DataFrame, new: pd.DataFrame, least: int) -> int:
    """How many estimates that both runs show have bases that differ by 1 to `least` - 1.

    Examples
    --------
    >>> import pandas as pd
    >>> frames = [pd.DataFrame({"id": ["a", "b"], "n": n}) for n in ([60, 90], [59, 30])]
    >>> few_apart(*frames, 25)
    1
    """
    both = old[["id", "n"]].merge(new[["id", "n"]], on="id")
    apart = (both["n_x"] - both["n_y"]).abs()
    return int(((apart > 0) & (apart < least)).sum())
