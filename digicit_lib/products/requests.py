"""What a command line asks for: reports first, then the products that rest on them.

What cannot be made is refused before anything starts; products are planned when the reports stand.
"""

from collections.abc import Sequence
from pathlib import Path

from digicit_lib.errors import DigicitError, EvidenceError, PublicationRefused, did_you_mean, suggest
from digicit_lib.products.kinds import COMPARISON, KINDS
from digicit_lib.products.planning import (
    PHASES,
    ProductJob,
    compared,
    evidence_of,
    notebook_of,
    plan_comparison,
    plan_product,
    signed_in,
)
from digicit_lib.project import ProjectFolder
from digicit_lib.runner import plan
from digicit_lib.runner.freshness import Hashes
from digicit_lib.runner.jobs import Job, StudyFacts
from digicit_lib.runner.plan import Refusal

EVERY = "products"


def split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Phases and products among the words of a command line; an unknown word is left to the phases.

    Examples
    --------
    >>> split(["quantitative", "forum_pack"])
    (['quantitative'], ['forum_pack'])
    """
    names_of_products = (*KINDS, EVERY, COMPARISON)
    for word in words:
        hint = None if word in (*names_of_products, *PHASES) else did_you_mean(word, names_of_products)
        if hint and not suggest(word, PHASES):
            raise DigicitError(
                "Unknown phase or product.", got=word, allowed=", ".join(names_of_products), next=hint
            )
    return [w for w in words if w not in names_of_products], [w for w in words if w in names_of_products]


def plan_reports(
    root: Path,
    hashes: Hashes,
    study: str | None,
    phases: Sequence[str],
    names: Sequence[str],
    language: str | None,
) -> tuple[list[Job], list[Refusal]]:
    """The reports that a command asks for (one that names products only asks for none), and refused studies.

    A study that is named alone is refused by an error.
    """
    if study == COMPARISON or (names and not phases):
        return [], []
    if study is None:
        return plan.plan_all(root, hashes, phases=phases, language=language)
    planned = plan.load_study(study, root, hashes)
    if not planned.phases and not phases:
        allowed = "data: with landscape, survey or interviews"
        hint = f"name them there, or run: digicit new {planned.slug} --survey FILE"
        raise DigicitError("The study has no data yet.", where=planned.file, allowed=allowed, next=hint)
    return plan.plan_jobs(planned, root, hashes, phases=phases, language=language), []


class Products:
    """The products that a run is asked for: what cannot be made is refused at once, before any report is.

    Parameters
    ----------
    root : Path
    hashes : Hashes
    study : str, optional
        A slug, a params file, or ``comparison``; without it every study.
    names : sequence of str
        As `split` gives them; without any: none of a named study, all of every study.
    language : str, optional
    demonstration : bool
        Whether products of invented data are wanted.
    alone : bool
        Whether every study is run with phases named, which asks for no product.

    Raises
    ------
    PublicationRefused
        A product of invented data, asked for by its name without `demonstration`.
    DigicitError
        Of names, languages and notebooks, as in `plan.plan_jobs`.
    """

    def __init__(
        self,
        root: Path,
        hashes: Hashes,
        study: str | None = None,
        names: Sequence[str] = (),
        *,
        language: str | None = None,
        demonstration: bool = False,
        alone: bool = False,
    ) -> None:
        self.root, self.hashes, self.language, self.demonstration = root, hashes, language, demonstration
        self.every, self.named = study is None, bool(names) or study == COMPARISON
        whole = self.every and not names and not alone
        self.comparison = whole or study == COMPARISON or COMPARISON in names
        self.names = list(KINDS) if whole or EVERY in names else [n for n in names if n in KINDS]
        if study not in (None, COMPARISON) and self.comparison:
            what = "The comparison is one of all studies."
            raise DigicitError(what, got=str(study), next="digicit run comparison")
        self.which = [study] if study not in (None, COMPARISON) else []
        self.notes: list[str] = []
        self._check()

    def _check(self) -> None:
        """Everything that can be refused before the reports are there."""
        studies = self._studies() if self.names else []
        invented = [study.slug for study in studies if study.synthetic]
        if invented and self.named and not self.demonstration and len(invented) == len(studies):
            _refuse(invented)
        for study in studies:
            plan.languages_of(study, self.language)
            for name in self.names if self.demonstration or not study.synthetic else ():
                notebook_of(self.root, study.slug, name)
                if self.which:  # of every study, one that is refused must not stop the others
                    from digicit_lib.products.directives import check_texts

                    check_texts(self.root, study.slug, name)

    def _studies(self) -> list[StudyFacts]:
        """The studies that are asked for and speak the language."""
        slugs = self.which or ProjectFolder(self.root).studies() if self.which or self.every else []
        studies: list[StudyFacts]
        studies, refused = plan.collect_or_raise(slugs, self._study)
        if refused and self.which:
            raise refused[0].error
        if not self.every or self.language in (None, "all"):
            return studies
        spoken = sorted({code for study in studies for code in study.languages})
        plan.require_known(str(self.language), spoken, "language", "all studies")
        return [study for study in studies if self.language in study.languages]

    def _study(self, which: str) -> StudyFacts:
        return plan.load_study(which, self.root, self.hashes, data=False)

    def jobs(self) -> list[ProductJob]:
        """The jobs, from the evidence as it stands now; `notes` then tells what is left out.

        Raises
        ------
        EvidenceError
            A named study that has published no evidence.
        """
        hashes = self.hashes = Hashes(self.root)
        studies = self._studies() if self.names else []
        jobs = [
            plan_product(study, self.root, hashes, name, code)
            for study in studies
            if self._ready(study)
            for name in self.names
            for code in plan.languages_of(study, self.language)
        ]
        waiting = [s.slug for s in studies if s.synthetic and not self.demonstration]
        if waiting:
            message = f"Products of invented data are left out ({', '.join(waiting)})"
            self.notes.append(f"{message}; --demonstration makes them.")
        jobs += self._comparison() if self.comparison else []
        hashes.save()
        return jobs

    def _ready(self, study: StudyFacts) -> bool:
        """Whether a study's products can be made; for a study that was named, why not is an error."""
        if study.synthetic and not self.demonstration:
            return False
        published = bool(evidence_of(self.root, study.slug))
        if not self.every and not published:
            what, where = "The study has published no evidence.", f"outputs/{study.slug}"
            raise EvidenceError(what, where=where, next=f"digicit run {study.slug}")
        has_signatures = bool(study.synthetic) or signed_in(self.root, study).is_file()
        if published and (has_signatures or not self.every):
            return True
        lacks = "numbers that a person has signed" if published else "published evidence"
        self.notes.append(f"Products of {study.slug} are left out: it has no {lacks}.")
        return False

    def _comparison(self) -> list[ProductJob]:
        try:
            members = compared(self.root, self.hashes)
            jobs = plan_comparison(members, self.root, self.hashes, self.language)
        except DigicitError:
            if self.named:
                raise
            return []
        slugs = [m.slug for m in members if bool(m.synthetic) == jobs[0].synthetic]
        if jobs[0].synthetic:
            if self.named and not self.demonstration:
                _refuse(slugs)
            return jobs if self.demonstration else []
        unsigned = [m.slug for m in members if m.slug in slugs and not signed_in(self.root, m).is_file()]
        if unsigned and not self.named:
            message = "The comparison is left out: nobody has signed numbers of "
            self.notes.append(f"{message}{', '.join(unsigned)}.")
        return [] if unsigned and not self.named else jobs


def _refuse(slugs: Sequence[str]) -> None:
    what = "Products of invented data are made only as a demonstration."
    hint = "add --demonstration; every page then says SYNTHETIC"
    raise PublicationRefused(what, got=", ".join(slugs), next=hint)
