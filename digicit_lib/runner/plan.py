"""What there is to run: studies, their phases and languages, the notebook of each, checked before any start.

Imports neither papermill nor nbformat nor pandas: `digicit list` and a run with nothing to do pass here only.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from digicit_lib.errors import DigicitError, as_digicit_error, did_you_mean
from digicit_lib.evidence.marks import review_file
from digicit_lib.project import ProjectFolder, workbook_label
from digicit_lib.runner.freshness import ROSTER, TEXTS, Hashes, inputs_of, read_json
from digicit_lib.runner.interview_files import neutral_names, roster_of
from digicit_lib.runner.jobs import OUTPUTS, Job, StudyFacts
from digicit_lib.runner.notebooks import check_parameters, read_notebook
from digicit_lib.safe import fingerprint, inside


class PhaseJob(Job):
    """A report of one phase of a study."""

    def inputs_now(self) -> dict[str, str]:
        hashes = Hashes(self.root)
        study = load_study(self.root / self.params_file, self.root, hashes)
        return _job(study, self.root, hashes, self.phase, self.language).inputs


def load_study(which: str | Path, root: Path, hashes: Hashes, *, data: bool = True) -> StudyFacts:
    """The facts of a study, from the cache unless its params, the defaults or the library changed.

    Parameters
    ----------
    which : str or Path
        A slug or a params file.
    root : Path
        The project folder.
    hashes : Hashes
        The cache of file hashes and study facts.
    data : bool
        Whether its data files must be there: products rest on published evidence alone. Without, the study
        has the facts of its params and no files.

    Returns
    -------
    Study

    Raises
    ------
    DigicitError
        What `params.load_params` and the data rooms refuse.
    """
    project = ProjectFolder(root)
    path = project.params(which)
    parts = [path, project.defaults]
    digests = [hashes.of(p) if p.is_file() else "" for p in parts]
    where = _data_folders(project) if data else None
    key = fingerprint([str(path), digests, hashes.library()["library"], where])
    facts = hashes.facts.get(key)
    if facts is None or not all(_same(Path(file), sha, hashes) for file, sha in facts["checked"].items()):
        hashes.when_new()
        facts = hashes.remember(key, _read_facts(path, root, hashes, data))
    files = {phase: _named(places) for phase, places in facts["files"].items()}
    files |= {"qualitative": neutral_names(files["qualitative"])} if "qualitative" in files else {}
    if (names := roster_of(facts, root)) and "qualitative" in files:
        files["qualitative"][ROSTER] = names
    plain = {name: facts[name] for name in ("slug", "file", "country", "date", "limits", "params_sha")}
    lists = ("phases", "languages", "synthetic", "open_hashes")
    several: dict[str, Any] = {name: tuple(facts[name]) for name in lists}
    return StudyFacts(**plain, **several, files=files)


def load_known(which: str | Path, root: Path, hashes: Hashes) -> StudyFacts:
    """A study for a list: where its data files are not on this machine, what its params say."""
    try:
        return load_study(which, root, hashes)
    except DigicitError:
        return load_study(which, root, hashes, data=False)


def _same(file: Path, sha: str, hashes: Hashes) -> bool:
    """Whether a data file is the one that was checked against the params."""
    return file.is_file() and hashes.of(file) == sha


def _data_folders(project: ProjectFolder) -> list[tuple[str, float]]:
    """Where data files are looked for, and when something came or went there."""
    folders = [f for folder in project.data for f in (folder, *folder.iterdir()) if f.is_dir()]
    return [(str(folder), folder.stat().st_mtime) for folder in sorted(folders)]


def _named(places: list[str]) -> dict[str, str]:
    """Name to path of each file; a folder is listed each time, for a new file changes the study too."""
    files: dict[str, str] = {}
    for place in map(Path, places):
        below = sorted(path for path in place.rglob("*") if path.is_file()) if place.is_dir() else [place]
        files |= {path.relative_to(place.parent).as_posix(): str(path) for path in below}
    return files


def _read_facts(path: Path, root: Path, hashes: Hashes, data: bool) -> dict[str, Any]:
    from digicit_lib.params import earlier_waves, load_params
    from digicit_lib.runner.inputs import input_files

    params = load_params(path, root)
    surveys = [one.data.survey for one in (params, *(earlier_waves(params, root) if data else ()))]
    files = input_files(params, root) if data else {}
    single = [Path(place) for places in files.values() for place in places if Path(place).is_file()]
    return {
        "slug": params.slug,
        "file": Path(os.path.relpath(path, root)).as_posix(),
        "country": params.study.country,
        "date": params.study.date.isoformat(),
        "phases": list(params.phases),
        "synthetic": [phase for phase in params.phases if params.is_synthetic(phase)],
        "languages": list(params.study.languages),
        "limits": params.run.model_dump(),
        "params_sha": fingerprint(params.resolved()),
        "roster": getattr(params.data.interviews, "roster", None),
        "open_hashes": [file.sha256 for s in surveys for file in getattr(s, "files", ()) if file.sha256],
        "files": files,
        "checked": {str(file): hashes.of(file) for file in single},
    }


def plan_jobs(
    study: StudyFacts, root: Path, hashes: Hashes, *, phases: Sequence[str] = (), language: str | None = None
) -> list[Job]:
    """The jobs of a study, each checked: names, notebook, parameters, data.

    Parameters
    ----------
    study : Study
    root : Path
    hashes : Hashes
    phases : sequence of str
        Empty: every phase that has data.
    language : str, optional
        A code, or ``"all"``; the study's first language when not given.

    Returns
    -------
    list of Job

    Raises
    ------
    DigicitError
        A name that is not there (with a suggestion), a notebook that cannot take the parameters.
    """
    names = phases or study.phases
    for phase in names:
        require_known(phase, study.phases, "phase", f"the phases of {study.slug} that have data")
    codes = languages_of(study, language)
    return [_job(study, root, hashes, phase, code) for phase in names for code in codes]


def languages_of(study: StudyFacts, language: str | None) -> Sequence[str]:
    """The first language of a study, the one that is asked for, or all."""
    if language in (None, "all"):
        return study.languages[: None if language else 1]
    require_known(str(language), study.languages, "language", f"languages of {study.slug}")
    return [str(language)]


def plan_all(
    root: Path,
    hashes: Hashes,
    *,
    phases: Sequence[str] = (),
    language: str | None = None,
    also_run: bool = False,
) -> tuple[list[Job], list[Refusal]]:
    """The jobs of every study in `params/`, and the studies that are refused: one stops no other.

    Parameters
    ----------
    root : Path
    hashes : Hashes
    phases, language
        As in `plan_jobs`; a study that lacks one is passed over, a word that none knows is refused.
    also_run : bool
        For a list: studies too whose params file stands elsewhere and whose reports stand in `outputs/`, and
        those whose data files are not there.

    Returns
    -------
    jobs : list of Job
    refused : list of Refusal

    Raises
    ------
    DigicitError
        A phase or a language that no study has.
    """
    files = [*ProjectFolder(root).studies(), *(run_elsewhere(root) if also_run else ())]
    load = load_known if also_run else load_study
    studies, refused = collect_or_raise(files, lambda which: load(which, root, hashes))
    if refused and not studies:
        return [], refused
    for phase in phases:
        require_known(phase, sorted({p for study in studies for p in study.phases}), "phase", "all studies")
    if language not in (None, "all"):
        spoken = sorted({code for study in studies for code in study.languages})
        require_known(language, spoken, "language", "all studies")
        studies = [study for study in studies if language in study.languages]

    def jobs_of(study: StudyFacts) -> list[Job]:
        names = [p for p in study.phases if p in phases] if phases else study.phases
        return plan_jobs(study, root, hashes, phases=names, language=language) if names else []

    planned, unplanned = collect_or_raise(studies, jobs_of)
    return [job for jobs in planned for job in jobs], [*refused, *unplanned]


@dataclass(frozen=True)
class Refusal:
    """A study that cannot be planned, and why."""

    study: str
    error: DigicitError


def collect_or_raise(items: Iterable[Any], make: Callable[[Any], Any]) -> tuple[list[Any], list[Refusal]]:
    """What can be made of each, and what is refused; whatever is wrong with one, the others go on."""
    results, refused = [], []
    for item in items:
        try:
            results.append(make(item))
        except Exception as error:  # noqa: BLE001 - also what nobody has foreseen, told as such
            slug = str(getattr(item, "slug", item))
            refused.append(Refusal(slug, as_digicit_error(error, f"params/{slug}.yaml")))
    return results, refused


def run_elsewhere(root: Path) -> list[str]:
    """Params files, not in `params/` itself, of the studies that stand in `outputs/`."""
    slugs, files = set(ProjectFolder(root).studies()), set()
    for path in (root / OUTPUTS).glob("*/*/run.json"):
        if path.parts[-3] not in slugs:
            params = read_json(path).get("params")
            file = params.get("file") if isinstance(params, dict) else None
            files |= {file} if isinstance(file, str) and (root / file).is_file() else set()
    return sorted(files)


def require_known(word: str, options: Sequence[str], kind: str, where: str) -> None:
    if word not in options:
        allowed, hint = ", ".join(options) or "none", did_you_mean(word, options) or "digicit list"
        raise DigicitError(f"Unknown {kind}.", where=where, got=word, allowed=allowed, next=hint)


def _job(study: StudyFacts, root: Path, hashes: Hashes, phase: str, language: str) -> Job:
    project = ProjectFolder(root)
    workbook, annex = project.workbook(study.slug, phase), project.annex(study.slug, phase)
    check_parameters(read_notebook(root / workbook), workbook_label(workbook))
    hash_of = hashes.of  # files of offices of statistics
    if phase != "exploratory":
        hash_of = partial(hashes.published, public=study.open_hashes)
    files = study.files.get(phase, {})
    data = {name: hash_of(Path(path)) for name, path in files.items()}
    inputs = inputs_of(root, hashes, workbook, annex, study.params_sha, data, language)
    if (review := inside(root, *review_file(study.slug, study.file).split("/"))).is_file():
        inputs["review"] = hashes.of(review)
    return PhaseJob(
        root=root,
        phase=phase,
        workbook=workbook,
        annex=annex,
        files=tuple(files.values()),
        inputs={name: sha for name, sha in inputs.items() if name != TEXTS},
        **study.of_job(language),
    )
