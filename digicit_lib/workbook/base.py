"""The part of a workbook that every phase shares: opening, findings, closing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from digicit_lib import evidence as ev
from digicit_lib.disclosure.reasons import reason_text
from digicit_lib.errors import DigicitError, EvidenceError, PublicationRefused
from digicit_lib.evidence.marks import value_of
from digicit_lib.exhibits.figures import png_bytes
from digicit_lib.language import ENGLISH, N_, check_language
from digicit_lib.params import Params, load_params
from digicit_lib.safe import fingerprint, inside, load_yaml, write_atomic
from digicit_lib.workbook import closing, findings
from digicit_lib.workbook.exhibits import Exhibits, by_cell, texts_of
from digicit_lib.workbook.own_tables import SampleRules, made_of
from digicit_lib.workbook.result import Result
from digicit_lib.workbook.voice import Voice

STAGE, RUN = "DIGICIT_STAGE", "DIGICIT_RUN"
# Stages of runs in which a cell has looked at respondents, by whichever workbook
_looked_at: set[str] = set()
TEXTS = Path(__file__).parents[1] / "codebooks" / "texts.yaml"


class BaseWorkbook:
    """What a notebook talks to: it numbers exhibits, applies language and disclosure, records evidence.

    Parameters
    ----------
    params : Params
    root : Path
        The project folder.
    language : str

    Notes
    -----
    `Workbook.open` gives one of a phase, which decides which questions it can answer.
    """

    phase: str = ""
    gap_title: ClassVar[str] = N_("Not available")
    sample_rules: SampleRules | None = None  # of a phase with respondents

    def __init__(self, params: Params, root: Path, language: str = "en") -> None:
        self.params, self.root = params, root
        self.voice = Voice(check_language(language), params.study.languages[0])
        self.publishable = True
        self.exhibits = Exhibits(
            self.voice,
            self.data_kind,
            lambda: self.source,
            self.gap_title,
            root=root if os.environ.get(STAGE) else None,
        )
        self.exhibits.given |= set(_texts_in(params.resolved()))
        context = {
            "country": params.study.country,
            "wave": str(params.study.wave),
            "data_kind": self.data_kind,
            "run": os.environ.get(RUN) or fingerprint(params.resolved())[:16],
        }
        self.evidence = ev.Evidence(params.slug, self.phase, context)

    @classmethod
    def from_study(cls, study: str, root: Path, language: str) -> BaseWorkbook:
        """A phase of a study that has data for it."""
        params = load_params(study, root)
        if cls.phase not in params.phases:
            what, allowed = "The study has no data for this phase.", ", ".join(params.phases)
            hint = f"add data for the {cls.phase} phase under `data`"
            raise DigicitError(what, where=params.file, got=cls.phase, allowed=allowed, next=hint)
        return cls(params, root, language)

    # --- words and exhibits -------------------------------------------------------------------------

    @property
    def language(self) -> str:
        return self.voice.language

    def say(self, message: str, **values: object) -> str:
        """A message in the workbook's language."""
        return self.voice.say(message, **values)

    @property
    def synthetic(self) -> bool:
        """Whether any respondent or interview behind this workbook is invented."""
        return self.params.is_synthetic(self.phase)

    @property
    def demonstration(self) -> bool:
        """Whether any phase of the study is invented, so that none of its reports is a real study's."""
        return any(self.params.is_synthetic(phase) for phase in self.params.phases)

    @property
    def data_kind(self) -> str:
        return "synthetic" if self.synthetic else "observed"

    @property
    def country(self) -> str:
        return self.voice.country(self.params.study.country)

    @property
    def title(self) -> str:
        """Title of the report; a demonstration's begins DEMONSTRATION."""
        start = self.say("DEMONSTRATION") + ": " if self.demonstration else ""
        return start + self.say(self.params.study.title)

    @property
    def source(self) -> str:
        """The line under every exhibit that says where its data come from."""
        return ""

    def show(self, shown: Any, *, of: Result | None = None, title: str = "", key: bool = False) -> None:
        """Display a block; or, numbered, a chart that you drew `of` a result: `Exhibits.drawing`."""
        if of is None:
            self.exhibits.show(shown)
        else:
            self.exhibits.drawing(shown, of, title=title, key=key)

    def note(self, text: str, *, tone: str = "info", title: str = "", key: bool = False) -> None:
        """A boxed remark; `tone` is info, warning, gap or synthetic; `key`: in the summary too."""
        self.exhibits.note(text, tone=tone, title=title, key=key)

    def gaps(self, *results: Result) -> None:
        """Say what was asked for and is not there, each thing once."""
        self.exhibits.gaps(*results)

    def definitions(self, title: str, rows: list[list[str]]) -> None:
        """A list of terms and what they mean."""
        self.exhibits.definitions(title, rows)

    def bullets(self, items: list[str], *, title: str = "", key: bool = False) -> None:
        """A plain list; `key`: in the summary too."""
        self.exhibits.bullets(items, title=title, key=key)

    def figure(
        self, result: Result, *, title: str = "", kind: str = "", key: bool = False, **options: Any
    ) -> None:
        """Draw a result; its gaps where there is nothing to draw: `Exhibits.figure`."""
        self.exhibits.figure(result, title=title, kind=kind, key=key, **options)

    def table(self, result: Any, *, of: Any = None, title: str = "", **options: Any) -> None:
        """Print a result, or its gaps, or a frame that you made `of` one; one estimate is a sentence."""
        if not isinstance(result, Result):
            table = made_of(result, of, self.voice, self.sample_rules)
            self.exhibits.refuse_unwritten(texts_of(table.frame), texts_of(getattr(of, "frame", of)))
            result = table
        if sentence := self.exhibits.table(result, title=title, **options):
            self._found("row", sentence, key=False)

    def facts(self) -> None:
        """The cover: what was studied, where, when, on whom; the SYNTHETIC banner where it applies."""
        study, say = self.params.study, self.say
        day = self.voice.date(study.date)
        dated = [[say("Wave"), say(str(study.wave))], [say("Date of this report"), day]]
        state = {"status": say("draft, not reviewed"), "languages": list(study.languages)}
        embargo = {"embargo": study.embargo.isoformat() if study.embargo else ""}
        name = closing.REPORT_NAMES[self.phase]
        self.show(self._cover(name, [*dated, *self._facts()], **state, **embargo))
        if self.synthetic:
            self.note(closing.SYNTHETIC_NOTE, tone="synthetic", title=N_("SYNTHETIC demonstration data"))
        if study.coverage:
            self.note(study.coverage, title=N_("Coverage"))

    def _cover(self, name: str, facts: list[list[str]], **state: Any) -> dict[str, Any]:
        """The block of the cover: what was studied, where, when, on whom."""
        study = self.params.study
        words = {"title": self.title, "subtitle": f"{self.country} · {self.say(name)}", "facts": facts}
        place = {"country": self.country, "study": self.params.slug, "phase": self.phase}
        when = {"date": study.date.isoformat(), "wave": str(study.wave), "synthetic": self.synthetic}
        return {"kind": "cover", **words, **place, **when, **state}

    def _own(self, name: object) -> str:
        """A code or a theme as the team called it; those of a demonstration are ours to translate."""
        return self.say(str(name)) if self.synthetic else str(name)

    def _facts(self) -> list[list[str]]:
        return []

    # --- findings -----------------------------------------------------------------------------------

    def find(self, token: str) -> ev.Estimate:
        """The estimate that a token names.

        Raises
        ------
        EvidenceError
        """
        return self.evidence[token]

    def finding(self, template: str, *, key: bool = True) -> None:
        """Say a sentence whose numbers come from evidence; a hidden number leaves a note instead.

        Parameters
        ----------
        template : str
            Such as ``"{ACC-03} of children who use the internet go online every day."``
        key : bool
            Whether it belongs among the key findings of the summary.

        Raises
        ------
        EvidenceError
            A typed number, an unknown token or form.
        """
        if by_cell(1):
            self.exhibits.refuse_unwritten([findings.TOKEN.sub(" ", template)])
        try:
            parts = findings.render(template, self.find, self.language)
        except findings.NotShown as hidden:
            self.show(
                {"kind": "note", "tone": "gap", "title": self.say("Not shown"), "text": str(hidden) + "."}
            )
            return
        self._found(template, parts, key)

    def _found(self, template: str, parts: list[findings.Part], key: bool) -> None:
        """Record and show a sentence; one about invented children begins with the mark."""
        invented = self._invented(parts)
        if invented:
            parts = [self.say("[SYNTHETIC]") + " ", *parts]
        ids = tuple(part["id"] for part in parts if isinstance(part, dict))
        text = "".join(part if isinstance(part, str) else part["text"] for part in parts)
        lang = "en" if f"{ENGLISH} " in parts else None
        block = {"kind": "finding", "key": key, "parts": parts, "exhibit": None, "lang": lang}
        block |= {"synthetic": True} if invented else {}
        entry = ev.Finding(template, text, ids, key, value_of(block))
        self.evidence.findings.append(entry)
        self.show({**block, "name": entry.name, "caution": template == "caution"})

    def _invented(self, parts: list[findings.Part]) -> bool:
        return self.synthetic

    # --- closing ------------------------------------------------------------------------------------

    def methods(self) -> None:
        """How the study was done, what it assumes, who may be helped: the same for every phase."""
        rows = [[self.say(term), text] for term, text in self._methods()]
        self.definitions(N_("How this was done"), rows)
        if self.params.assumptions:
            ratings = [closing.rated(one, self.voice) for one in self.params.assumptions]
            self.definitions(N_("Assumptions, rated"), ratings)
        self.definitions(N_("Getting help"), closing.help_services(self.params, self.voice, self.synthetic))

    def _methods(self) -> list[tuple[str, str]]:
        return self._texts("methods")

    def _texts(self, kind: str) -> list[tuple[str, str]]:
        """Terms and prose of the closing cells, filled with the study's values."""
        rows = load_yaml(TEXTS)[0][kind][self.phase]
        return [(term, self.say(text, **self._values())) for term, text in rows]

    def _values(self) -> dict[str, object]:
        return {}

    def glossary(self) -> None:
        """The words that a reader may not know."""
        self.definitions(N_("Glossary"), [[self.say(term), text] for term, text in self._texts("glossary")])

    def _look(self) -> None:
        """A cell has asked for rows: nothing of its run is published, also by another workbook of its."""
        self.publishable = False
        _looked_at.add(os.environ.get(STAGE, ""))

    def close(self, save: str = "") -> None:
        """Check the run; write evidence and exhibits when a run or `save` asks for it.

        Parameters
        ----------
        save : str
            A folder below the project; empty: nothing is written when you work by hand.

        Raises
        ------
        PublicationRefused
            When respondents were looked at.
        EvidenceError
            When the workbook has produced no evidence at all.
        """
        if not len(self.evidence):
            raise EvidenceError(
                "The workbook has produced no evidence.", where=self.params.slug, next="add an estimate"
            )
        stage = os.environ.get(STAGE)
        if stage and (stage in _looked_at or not self.publishable):
            what = "Respondents were looked at in this run."
            raise PublicationRefused(what, got="wb.respondents()", next="remove the call, run again")
        if not stage and save:  # a run makes its pictures when it renders
            self.exhibits.files |= {n: png_bytes(b) for n, b in self.exhibits.figures.items()}
        target = Path(stage) if stage else inside(self.root, save) if save else None
        if target:
            self._write(target)
        self.show({"kind": "provenance", "rows": self._provenance()})

    def _write(self, folder: Path) -> None:
        self.evidence.save(folder, reason_text)
        for name, content in self.exhibits.files.items():
            write_atomic(inside(folder, name), content)

    def _provenance(self) -> list[list[str]]:
        report = self.say(closing.REPORT_NAMES[self.phase])
        cited = closing.citation(self.params, self.voice, self.title, self.country, report)
        run = self.evidence.context["run"]
        return closing.provenance(self.params, self.voice, self.phase, self._inputs(), run, cited)

    def _inputs(self) -> list[list[str]]:
        return []


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts_in(inner)
    elif isinstance(value, str):
        yield value
