"""Products as jobs, planned from published evidence: what each is made from, and where it stands.

Light like `plan`: neither pandas nor pydantic nor a notebook package is loaded here.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from digicit_lib.errors import DigicitError
from digicit_lib.evidence.marks import review_file
from digicit_lib.products.kinds import COMPARISON, KINDS, file_stem, one_kind
from digicit_lib.project import ProjectFolder, workbook_label
from digicit_lib.runner import plan
from digicit_lib.runner.freshness import Hashes, inputs_of
from digicit_lib.runner.jobs import OUTPUTS, Job, StudyFacts
from digicit_lib.runner.notebooks import check_parameters, read_notebook
from digicit_lib.safe import inside

PHASES = ("exploratory", "quantitative", "qualitative")
EVIDENCE = ("evidence.parquet", "statements.json")


@dataclass(frozen=True)
class ProductJob(Job):
    """One product of a study in one language, or the comparison of all."""

    extra: dict[str, str] = field(compare=False)
    synthetic: bool

    @property
    def name(self) -> str:
        return " ".join(dict.fromkeys((self.study, self.phase, self.language)))

    @property
    def folder(self) -> Path:
        """Its own files below `outputs/`; its pages stand beside this folder."""
        if self.study != COMPARISON:
            return Path(self.study, "products", self.language, self.phase)
        return Path(COMPARISON, *(() if self.main else (self.language,)), COMPARISON)

    def inputs_now(self) -> dict[str, str]:
        hashes = Hashes(self.root)
        if self.study == COMPARISON:
            jobs = plan_comparison(compared(self.root, hashes), self.root, hashes, self.language)
            return jobs[0].inputs
        study = plan.load_study(self.root / self.params_file, self.root, hashes, data=False)
        return plan_product(study, self.root, hashes, self.phase, self.language).inputs

    @property
    def shelf(self) -> Path:
        return self.target.parent

    @property
    def lock(self) -> tuple[str, str]:
        """All products of a language share a folder; the comparison's languages too."""
        return self.study, self.phase if self.study == COMPARISON else f"products.{self.language}"

    @property
    def failed(self) -> Path:
        return inside(self.root / OUTPUTS, ".failed", self.study, f"{self.phase}.{self.language}")

    @property
    def pages(self) -> dict[str, str]:
        return {"product": file_stem(self.phase, synthetic=self.synthetic)}

    @property
    def parameters(self) -> dict[str, Any]:
        study = "" if self.study == COMPARISON else self.study
        usual = {"study": study, "language": self.language, "params_file": self.params_file}
        return {**usual, **self.extra, "demonstration": self.synthetic}

    def published(self, name: str) -> Path:
        page = Path(name).stem in self.pages.values()
        return (self.shelf if page else self.target) / name


def signed_in(root: Path, study: StudyFacts) -> Path:
    """Where a person signs the numbers of a study."""
    beside = study.file if (root / study.file).is_relative_to(root) else ""
    return inside(root, *review_file(study.slug, beside).split("/"))


def evidence_of(root: Path, slug: str, phases: Sequence[str] = PHASES) -> dict[str, Path]:
    """Name to path of what a study's reports have published for products.

    Parameters
    ----------
    root : Path
    slug : str
    phases : sequence of str

    Returns
    -------
    dict
        Empty when no report stands.
    """
    folder = inside(root / OUTPUTS, slug)
    return {
        f"{phase}/{name}": folder / phase / name
        for phase in phases
        for name in EVIDENCE
        if (folder / phase / EVIDENCE[0]).is_file() and (folder / phase / name).is_file()
    }


def notebook_of(root: Path, slug: str, name: str) -> tuple[str, str | None, dict[str, str]]:
    """Workbook, annex and extra parameters of a product; the workbook takes them all."""
    kind = KINDS.get(name)
    notebook, extra = (kind.notebook, dict(kind.parameter)) if kind else (COMPARISON, {})
    project = ProjectFolder(root)
    workbook, annex = project.workbook(slug, notebook), project.annex(slug, notebook)
    check_parameters(read_notebook(root / workbook), workbook_label(workbook), (*extra, "demonstration"))
    return workbook, annex, extra


def plan_product(study: StudyFacts, root: Path, hashes: Hashes, name: str, language: str) -> ProductJob:
    """The job of one product in one language.

    Parameters
    ----------
    study : Study
    root : Path
    hashes : Hashes
    name : str
        One of `kinds.KINDS`.
    language : str
        One of the study's.

    Returns
    -------
    ProductJob
        Fresh as long as evidence, texts, sign-offs, params, notebook and library are what they are now.

    Raises
    ------
    DigicitError
        The notebook is not there or does not take the parameters.
    """
    workbook, annex, extra = notebook_of(root, study.slug, name)
    folder = inside(root, "params")
    own_texts = (
        Path("products", f"{name}.md"),
        Path("products", study.slug, f"{name}.md"),
        Path("asks", f"{study.slug}.yaml"),
        Path("arguments", f"{study.slug}.md"),
    )
    texts = {f"text params/{path.as_posix()}": folder / path for path in own_texts}
    rests = {f"evidence {key}": path for key, path in evidence_of(root, study.slug).items()}
    rests |= {**texts, "sign-offs": signed_in(root, study)}
    inputs = inputs_of(root, hashes, workbook, annex, study.params_sha, {}, language)
    inputs |= {key: hashes.of(path) for key, path in rests.items() if path.is_file()}
    files = tuple(str(path) for path in rests.values() if path.is_file())
    return ProductJob(
        root=root,
        phase=name,
        workbook=workbook,
        annex=annex,
        files=files,
        inputs=inputs,
        extra=extra,
        synthetic=bool(study.synthetic),
        **study.of_job(language),
    )


# --- the comparison -----------------------------------------------------------------------------------


def compared(root: Path, hashes: Hashes) -> list[StudyFacts]:
    """The project's studies that have published a survey, each with whether it is invented.

    The same that the workbook compares when it is given no names; an example is compared when named there.
    """
    slugs = [slug for slug in ProjectFolder(root).studies() if evidence_of(root, slug, ("quantitative",))]
    studies = [plan.load_study(slug, root, hashes, data=False) for slug in slugs]
    return [replace(s, synthetic=tuple(p for p in s.synthetic if p == "quantitative")) for s in studies]


def plan_comparison(
    members: Sequence[StudyFacts], root: Path, hashes: Hashes, language: str | None = None
) -> list[ProductJob]:
    """The comparison of the studies that have published a survey, in the first of their languages or others.

    Parameters
    ----------
    members : sequence of Study
        As `compared` gives them.
    root : Path
    hashes : Hashes
    language : str, optional
        A code, or ``"all"``.

    Returns
    -------
    list of ProductJob

    Raises
    ------
    DigicitError
        Fewer than two studies of one kind of data, or a language that none of them speaks.
    """
    slugs, _ = one_kind({s.slug: "synthetic" if s.synthetic else "observed" for s in members}, chosen=False)
    alike = [study for study in members if study.slug in slugs]
    newest = max(alike, key=lambda study: study.date)
    spoken = tuple(dict.fromkeys(code for study in alike for code in study.languages))
    whole = replace(newest, slug=COMPARISON, file="", country="", synthetic=alike[0].synthetic)
    whole = replace(whole, languages=spoken)
    codes = plan.languages_of(whole, language)
    workbook, annex, _ = notebook_of(root, COMPARISON, COMPARISON)
    rests = {key: path for study in members for key, path in _rests_on(study, root)}
    evidence = {key: hashes.of(path) for key, path in sorted(rests.items()) if path.is_file()}
    files = tuple(str(path) for path in rests.values() if path.is_file())
    return [
        ProductJob(
            root=root,
            phase=COMPARISON,
            workbook=workbook,
            annex=annex,
            files=files,
            extra={},
            synthetic=bool(whole.synthetic),
            inputs=inputs_of(root, hashes, workbook, annex, "", {}, code) | evidence,
            **whole.of_job(code),
        )
        for code in codes
    ]


def _rests_on(study: StudyFacts, root: Path) -> Iterator[tuple[str, Path]]:
    """What the comparison reads of a study: its survey's evidence, its params and its sign-offs."""
    for name, path in evidence_of(root, study.slug, ("quantitative",)).items():
        yield f"evidence {study.slug}/{name}", path
    yield f"params {study.slug}", root / study.file
    yield "params defaults", ProjectFolder(root).defaults
    yield f"sign-offs {study.slug}", signed_in(root, study)


def plan_everything(root: Path, hashes: Hashes) -> tuple[list[Job], list[plan.Refusal]]:
    """Every report in every language, then every product that stands or could be made; what is refused."""
    jobs, refused = plan.plan_all(root, hashes, language="all", also_run=True)
    which = [*ProjectFolder(root).studies(), *plan.run_elsewhere(root)]
    studies, _ = plan.collect_or_raise(which, lambda one: plan.load_known(one, root, hashes))
    products = could_be_made(studies, root, hashes)
    return [*jobs, *products, *could_be_made([], root, hashes)], refused


def could_be_made(studies: Sequence[StudyFacts], root: Path, hashes: Hashes) -> list[ProductJob]:
    """Products of studies whose reports stand; of no study the comparison of all.

    What cannot be planned, for want of a notebook, is no row.
    """
    jobs: list[ProductJob] = []
    for study in studies:
        for name in KINDS if evidence_of(root, study.slug) else ():
            with suppress(DigicitError):
                jobs += [plan_product(study, root, hashes, name, code) for code in study.languages]
    if not studies:
        with suppress(DigicitError):
            jobs += plan_comparison(compared(root, hashes), root, hashes, "all")
    return jobs
