"""Two publications of one study: what whoever reads both would learn that neither tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Any

import pandas as pd

from digicit_lib.disclosure import HIDDEN, SENSITIVE_GROUPS, audit
from digicit_lib.disclosure.additions import SHARES
from digicit_lib.disclosure.judging import working
from digicit_lib.errors import DigicitError, PublicationRefused
from digicit_lib.evidence import load
from digicit_lib.params import Params, Publication, load_params
from digicit_lib.runner.freshness import read_record
from digicit_lib.runner.jobs import OUTPUTS, Job
from digicit_lib.runner.locks import EARLIER, staging
from digicit_lib.safe import fingerprint, inside, private_folder, write_private


def refuse_differencing(job: Job, stage: Path, params: Params) -> None:
    """Two runs whose bases differ by a few children tell what those few have answered, in whatever language.

    Raises
    ------
    PublicationRefused
        Until a person has written down in the params why this run may stand beside or after a published one.
    """
    noted = {entry.replaces for entry in params.publication.republished}
    for old in (*_published(job), *_of_one_file(job, params)):
        run, study = str(old["run"].iloc[0]), str(old["study"].iloc[0])
        if run not in noted and (why := _tells_more(old, load(stage), params.publication)):
            got = f"published run {run} of {study}"
            allowed = "the same respondents and rules, or a reason that a person has written down"
            hint = f"publication: republished: [{{replaces: '{run}', reason: …, reviewer: …, on: …}}]"
            raise PublicationRefused(why, where=params.file, got=got, allowed=allowed, next=hint)


def refuse_beside_others(job: Job) -> None:
    """`refuse_differencing` of a report that is made, before it takes its place.

    Raises
    ------
    PublicationRefused
    """
    params = load_params(job.root / job.params_file, job.root)
    if job.phase in params.phases and not params.is_synthetic(job.phase):
        refuse_differencing(job, job.stage, params)


def _published(job: Job) -> Iterator[pd.DataFrame]:
    """What the study's phase has published of observed answers, in each of its languages, now and before."""
    first = inside(job.root / OUTPUTS, job.study, job.phase)
    standing = [first, *sorted(p.parent for p in first.glob("*/evidence.parquet"))]
    before = inside(staging(job.root), EARLIER, f"{job.study}.{job.phase}")
    for path in (*standing, *sorted(before.glob("*"))):
        try:
            frame = load(path)
        except (DigicitError, OSError, ValueError):
            continue  # what cannot be read compares with nothing
        frame = frame[frame["data_kind"] == "observed"]
        if len(frame):
            if path in standing:  # whoever has read it knows it, though another run may replace it
                folder = private_folder(before / fingerprint(str(frame["run"].iloc[0]))[:16])
                write_private(folder / "evidence.parquet", (path / "evidence.parquet").read_bytes())
            yield frame


def _of_one_file(job: Job, params: Params) -> Iterator[pd.DataFrame]:
    """What other studies have published of the same survey file and of some of the same children, under the
    ids of this one."""
    if job.phase != "quantitative":
        return
    this = _asked(params.resolved(), job.inputs)
    for path in (job.root / OUTPUTS).glob("*/quantitative/run.json"):
        record = read_record(path.parent)
        with suppress(
            DigicitError, OSError, ValueError, KeyError, TypeError
        ):  # damaged: compares with nothing
            if path.parts[-3] != job.study and _overlap(this, _asked(record["params"], record["inputs"])):
                frame = load(path.parent)
                yield frame.assign(id=job.study + "/" + frame["id"].str.partition("/")[2])


def _asked(params: dict[str, Any], inputs: Mapping[str, str]) -> tuple[set[str], dict[str, Any]]:
    """The hashes of a study's survey file, and what decides which of its rows are read."""
    survey = params["data"]["survey"]
    names = [f"data {PurePath(file['name']).name}" for file in survey["files"]]
    least, most = params["population"]["ages"]
    return {inputs[name] for name in names if name in inputs}, survey["filter"] | {
        "": [*range(least, most + 1)]
    }


def _overlap(one: tuple[set[str], dict[str, Any]], two: tuple[set[str], dict[str, Any]]) -> bool:
    """Whether two studies have read one file, and no column or age tells that of other children."""
    rows = [
        {n: {*v} if isinstance(v, list | tuple) else {v} for n, v in some[1].items()} for some in (one, two)
    ]
    first, second = rows
    return bool(one[0] & two[0]) and all(first[name] & second[name] for name in first.keys() & second.keys())


def _tells_more(old: pd.DataFrame, new: pd.DataFrame, profile: Publication) -> str:
    """What whoever reads both runs learns that neither tells; empty: nothing."""
    if few := few_apart(old, new, profile.min_base):
        differ = f"{few} bases differ from those of the published run by fewer than {profile.min_base}"
        return f"{differ} children, so both runs together tell their answers."
    if few := answers_apart(old, new, profile):
        differ = f"{few} estimates differ from those of the published run by the answers of fewer children"
        return f"{differ} than the smallest cell, so both runs together tell them."
    together = told_together(old, new, profile)
    what = "This run and the published one hide other counts: together they tell"
    return f"{what} {together} of them." if together else ""


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


def answers_apart(old: pd.DataFrame, new: pd.DataFrame, profile: Publication) -> int:
    """How many estimates that both runs show differ by a few answers: those corrected, added or filtered out.

    Of the children whom only one of the runs counts, few said yes, or few no; or nobody came or went, and a
    few answers are others. A mean of the same number of children that moved counts too. Counts of a
    weighted survey are taken as shares of the base. What is asked in other words is not compared.
    """
    both = _shown(old, profile).merge(_shown(new, profile), on=["id", "asked"], suffixes=("", "_now"))
    pair = both[["estimate", "estimate_now"]]
    # Where a count is hidden shares have the digits of the page.
    alike = pair.where(~(pair.round(3) == pair).any(axis=1), pair.round(3))
    moved = (alike["estimate"] - alike["estimate_now"]).abs() > 1e-9
    least, is_share = both["cell"] - 0.5, both["statistic"].isin(SHARES)
    yes, came = both["n_yes"] - both["n_yes_now"], both["n"] - both["n_now"]
    few = [(parts.abs() > 0.5) & (parts.abs() < least) for parts in (yes, came - yes)]
    corrected = moved & (came == 0) & ((yes.abs() < least) | ~is_share)
    return int((corrected | is_share & (came != 0) & (few[0] | few[1])).sum())


def _shown(frame: pd.DataFrame, profile: Publication) -> pd.DataFrame:
    """The shares and means that are out: their counts, what they are asked as, their smallest cell."""
    facts = {"id": frame["id"].to_numpy(), "asked": frame["definition_sha"].fillna("").to_numpy()}
    rows = working(frame, profile, SENSITIVE_GROUPS).assign(**facts)
    return rows[rows["estimate"].notna() & rows["told"] & rows["statistic"].isin([*SHARES, "mean"])]


def told_together(old: pd.DataFrame, new: pd.DataFrame, profile: Publication) -> int:
    """How many counts that both runs hide lie closer than the rule allows for whoever reads both.

    Of the same children two runs may hide different counts, as where the breakdowns are others.
    """
    both = old[["id", "n"]].merge(new[["id", "n"]], on="id").dropna()
    if (both["n_x"] != both["n_y"]).any():
        return 0  # other children, other counts
    if not old["reason"].str.contains("privacy").any():
        return 0
    shown = old[~old["quality"].isin(HIDDEN)]
    if {*old["id"]} <= {*new["id"]} and {*shown["id"]} <= {*new.loc[~new["quality"].isin(HIDDEN), "id"]}:
        return 0  # the new one alone tells as much
    kept = new[~(new["quality"].isin(HIDDEN) & new["id"].isin(shown["id"]))]
    rest = old[~old["id"].isin({*kept["id"], *shown["id"]})]
    both = pd.concat([kept, shown[~shown["id"].isin(kept["id"])], rest], ignore_index=True)

    def unsafe(frame: pd.DataFrame) -> set[tuple[str, ...]]:
        verdicts = audit(frame, profile=profile)
        names = ["indicator", "statistic", "by", "level", "category", "period"]
        return set(verdicts.loc[~verdicts["safe"], names].itertuples(index=False, name=None))

    return len(unsafe(both) - unsafe(old) - unsafe(new))
