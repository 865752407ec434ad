"""What `digicit check` looks at: params, registers, workbooks, messages, texts, and what was published."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from digicit_lib import disclosure, evidence
from digicit_lib.codebook.own import study_instrument
from digicit_lib.data import files, open_survey
from digicit_lib.data.interview_work import written_by_team
from digicit_lib.data.interviews import open_working
from digicit_lib.disclosure.reasons import reason_text
from digicit_lib.errors import CodebookError, DataError, DigicitError, EvidenceError
from digicit_lib.evidence import checked_records
from digicit_lib.landscape import load_register
from digicit_lib.language import languages
from digicit_lib.ledger import not_accepted
from digicit_lib.params import Params, load_params
from digicit_lib.params.schema import CodedInterviews, Microdata
from digicit_lib.products.directives import check_texts
from digicit_lib.products.kinds import COMPARISON, KINDS
from digicit_lib.products.messages import check_messages
from digicit_lib.products.stray_digits import cited, stray_digits, stray_on_poster
from digicit_lib.project import LIBRARY, MARKER, ProjectFolder, located
from digicit_lib.qualitative.memos import flags_of_team, not_cleared
from digicit_lib.runner.inputs import input_files
from digicit_lib.runner.output_check import check_published
from digicit_lib.starter import older_copies
from digicit_lib.workbook.findings import typed_claims
from digicit_lib.workbook.notebook_rules import UNREADABLE, problems, sections
from digicit_lib.workbook.statements import FILE as STATEMENTS
from digicit_lib.workbook.survey_estimates import SurveyEstimates
from digicit_lib.workbook.voice import Voice

Problem = dict[str, str]


def check_project(
    root: Path, chosen: Sequence[str] = (), *, strict: bool = False, publish: bool = False
) -> list[Problem]:
    """Everything that is not in order.

    Parameters
    ----------
    root : Path
        The project folder.
    chosen : sequence of str
        Studies; empty: all.
    strict : bool
        Whether an empty item of AAPOR's disclosure list is a problem.
    publish : bool
        Whether published files are looked through for respondents.

    Returns
    -------
    list of dict
        `where` and `what`; `note` where it is nothing wrong.
    """
    problems = [*_workbooks(root), *_copies(root), *_messages()]
    # Elsewhere nobody can accept the library's own sentences.
    problems += not_accepted(root, library=root == LIBRARY.parent)
    problems += _pages(root, COMPARISON, "**/*.html")
    for study in chosen or ProjectFolder(root).studies():
        try:
            params = load_params(study, root)
        except DigicitError as error:
            problems.append({"where": f"params/{study}.yaml", "what": str(error)})
            continue
        problems += [
            *_notebooks(params, root),
            *_data(params, root),
            *_registers(params, root),
            *_published(params, root),
            *_texts(params, root),
            *_words_of_team(params, root, publish),
        ]
        problems += _pages(root, params.slug, "products/*/*.html")
        problems += _undisclosed(params) if strict else []
        problems += check_published(root, params) if publish else []
    return problems


def audit_published(root: Path, chosen: Sequence[str] = ()) -> list[dict[str, Any]]:
    """What a reader of published evidence can compute of counts that are hidden for privacy.

    Parameters
    ----------
    root : Path
    chosen : sequence of str
        Studies; empty: all that have published a survey.

    Returns
    -------
    list of dict
        id, low, high, needed, safe and equations, as `disclosure.audit` gives them (None for no number), with
        the skips that the answers show where the data are at hand; withheld, why a test or a
        model over hidden counts is not printed; unread, why there is nothing of a study to check.
    """
    rows: list[dict[str, Any]] = []
    blank = dict.fromkeys(("equations", "withheld", "unread"), "")
    row = {"low": 0.0, "high": 0.0, "needed": 0.0, "safe": True} | blank
    for slug in chosen or ProjectFolder(root).studies():
        study = Path(slug).stem
        folder = root / "outputs" / study / "quantitative"
        if not (folder / "evidence.parquet").is_file() and not chosen:
            continue
        try:
            profile = load_params(slug, root).publication
            if not (folder / "evidence.parquet").is_file():
                raise EvidenceError("It has no run to check.", next=f"digicit run {slug} quantitative")
            frame = evidence.load(folder)
        except DigicitError as error:  # said beside the others' counts
            rows.append({"id": f"{study}/quantitative", **row, "safe": False, "unread": str(error)})
            continue
        verdicts = disclosure.audit(frame, profile=profile, **_relations(study, root))
        for count in verdicts.astype(object).where(verdicts.notna(), None).to_dict("records"):
            parts = ("indicator", "statistic", "by", "level", "category", "period")
            name = evidence.tail(*(count[part] for part in parts))
            rows.append({"id": f"{study}/quantitative/{name}", **{key: count.get(key, "") for key in row}})
        hidden_tests = frame[frame["statistic"].isin(disclosure.TESTS) & (frame["quality"] == "suppressed")]
        why = hidden_tests["reason"].map(reason_text)
        rows += [{"id": i, **row, "withheld": text} for i, text in zip(hidden_tests["id"], why, strict=True)]
    return rows


def _relations(study: str, root: Path) -> dict[str, Any]:
    """Which answers let a child be asked a question, skips without a rule too, and which indicators count
    answers of one column; nothing without the data."""
    with suppress(DigicitError):
        params = load_params(study, root)
        survey = SurveyEstimates(params, root, Voice("en"), evidence.Evidence(study, "quantitative"))
        return {"bases": survey.asked_of, "within": survey.within}
    return {}


def _refusals(where: str, check: Callable[..., object], *of: Any) -> Iterator[Problem]:
    """What a check says when it refuses."""
    try:
        check(*of)
    except DigicitError as error:
        yield {"where": where, "what": str(error)}


def _workbooks(root: Path) -> Iterator[Problem]:
    """Rules of the notebooks; a country's own version must not lose a section of the shared one."""
    folder = root / "workbooks"
    for path in sorted(folder.rglob("*.ipynb")):
        if ".ipynb_checkpoints" in path.parts:
            continue
        where = path.relative_to(root).as_posix()
        wrong, shared = problems(path), folder / path.name
        yield from ({"where": where, "what": text} for text in wrong)
        is_override = path.parent != folder and not path.stem.endswith("_annex") and wrong != [UNREADABLE]
        if is_override and shared.is_file():
            here = sections(path)
            missing = [title for title in sections(shared) if title not in here]
            yield from ({"where": where, "what": f"lacks the section {title!r}"} for title in missing)


def _notebooks(params: Params, root: Path) -> Iterator[Problem]:
    """Every phase that has data needs a workbook: the study's own, the project's or the shipped one."""
    for phase in params.phases:
        yield from _refusals(f"{params.slug} {phase}", ProjectFolder(root).workbook, params.slug, phase)


def _data(params: Params, root: Path) -> list[Problem]:
    """What a run would refuse of its files, every answer read; files that are elsewhere are a note."""
    survey, interviews = params.data.survey, params.data.interviews
    observed = survey if isinstance(survey, Microdata) else None
    try:
        if observed:
            study_instrument(observed.instrument, root)
            files.find(observed.files, root)
        for path in interviews.paths if isinstance(interviews, CodedInterviews) else ():
            located(path, root)
    except CodebookError as error:
        return [{"where": params.file, "what": str(error)}]
    except DataError as error:
        return [{"where": params.file, "what": f"its data were not looked at: {error}", "note": "yes"}]
    try:
        input_files(params, root)
        warnings = open_survey(params, root).warnings if observed else []
    except DigicitError as error:
        return [{"where": params.file, "what": str(error)}]
    return [{"where": params.file, "what": words, "note": "yes"} for words in warnings]


def _copies(root: Path) -> Iterator[Problem]:
    """Copies of workbooks that are older than the shipped ones."""
    try:
        for name in older_copies(root):
            what = "older than the shipped workbook; `digicit init .` renews it unless it was edited"
            yield {"where": name, "what": what, "note": "yes"}
    except DigicitError as error:
        yield {"where": MARKER, "what": str(error)}


def _registers(params: Params, root: Path) -> Iterator[Problem]:
    """Every register file of the study's desk review, read as a run reads it."""
    folder = params.data.landscape.folder if params.data.landscape else ""
    for path in sorted((root / folder).glob("*.yaml")) if folder else ():
        yield from _refusals(f"{folder}/{path.name}", load_register, root / folder, path.stem)


def _published(params: Params, root: Path) -> Iterator[Problem]:
    """No number in a published sentence without evidence that stands beside it."""
    for path in sorted((root / "outputs" / params.slug).glob("*/findings.json")):
        where = path.relative_to(root).as_posix()
        ids = {line.split(",", 1)[0] for line in _lines(path.with_name("evidence.csv"))}
        try:
            findings = checked_records(path, ids=list, template=str)
        except DigicitError as error:
            yield {"where": where, "what": str(error)}
            continue
        for finding in findings:
            unknown = [name for name in finding["ids"] if name not in ids]
            yield from ({"where": where, "what": f"no evidence row for {name}"} for name in unknown)
            claims = typed_claims(finding["template"])
            yield from ({"where": where, "what": f"{claim!r} stands without evidence"} for claim in claims)


def _messages() -> Iterator[Problem]:
    """Broken plural forms and lost tokens of the translations that there are."""
    for language in languages():
        yield from _refusals(f"messages {language}", check_messages, language)


def _texts(params: Params, root: Path) -> Iterator[Problem]:
    """The text of each product, as a run would read it: own ones first; arguments and asks."""
    for name in KINDS:
        yield from _refusals(f"{params.slug} {name}", check_texts, root, params.slug, name)


def _words_of_team(params: Params, root: Path, publish: bool) -> Iterator[Problem]:
    """Words of the codebook and of the team's paragraphs that may be a name, and that nobody has cleared."""
    if not isinstance(params.data.interviews, CodedInterviews):
        return
    try:
        project = open_working(params, root)
    except DigicitError:
        return  # told with the data
    flags = not_cleared(project, flags_of_team(project, written_by_team(params, root)))
    note = {} if publish else {"note": "yes"}
    for place, count in flags["turn"].value_counts(sort=False).items():
        what = (
            f"{count} words may tell a person: `digicit sheets {params.slug}` lists them in the sheet flags"
        )
        yield {"where": f"{params.slug} {place}", "what": f"{what}; a named person clears them there", **note}


def _pages(root: Path, study: str, pattern: str) -> Iterator[Problem]:
    """No digit on a product's page without evidence, and no evidence named that nobody has published."""
    for path in sorted((root / "outputs" / study).glob(pattern)):
        if path.name in ("changes.html", "failure.html"):
            continue
        where, page = path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")
        for digits in stray_digits(page):
            yield {"where": where, "what": f"digits without evidence: {digits}"}
        folder = path.with_name(path.stem.removeprefix("SYNTHETIC-"))
        yield from _posters(root, folder, page)
        ids = cited(page)
        folders = {root / "outputs" / Path(*name.split("/")[:2]) for name in ids}
        ids_there = set().union(*map(_ids, {folder, *folders}))
        for name in ids:
            if name not in ids_there:
                yield {"where": where, "what": f"a number names evidence that is not there: {name or 'none'}"}


def _posters(root: Path, folder: Path, page: str) -> Iterator[Problem]:
    """No digit on a poster that its page does not show as evidence."""
    for path in sorted(folder.glob("exhibits/*infographic-*.svg")):
        for digits in stray_on_poster(path.read_text(encoding="utf-8"), page):
            where = path.relative_to(root).as_posix()
            yield {"where": where, "what": f"digits without evidence: {digits}"}


def _ids(folder: Path) -> set[str]:
    """Ids of the evidence and statements that a run has published in a folder."""
    file = folder / STATEMENTS
    statements = checked_records(file, id=str) if file.is_file() else []
    rows = {line.split(",", 1)[0] for line in _lines(folder / "evidence.csv")}
    return rows | {statement["id"] for statement in statements}


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []


def _undisclosed(params: Params) -> list[Problem]:
    empty = [name for name, text in params.disclosure if not text] if params.data.survey else []
    return [{"where": params.file, "what": f"disclosure.{name} is not reported (AAPOR)"} for name in empty]
