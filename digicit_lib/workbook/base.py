"""The part of a workbook that every phase shares: opening, findings, closing."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from digicit_lib import evidence as ev
from digicit_lib.disclosure.reasons import reason_text
from digicit_lib.errors import DigicitError, EvidenceError, PublicationRefused, suggest
from digicit_lib.language import check_language, date, each
from digicit_lib.params import Assumption, Helpline, Params, find_root, load_params
from digicit_lib.safe import fingerprint, inside, load_yaml, write_atomic
from digicit_lib.workbook import sentences
from digicit_lib.workbook.exhibits import Desk

STAGE, RUN = "DIGICIT_STAGE", "DIGICIT_RUN"
TEXTS = Path(__file__).parents[1] / "codebooks" / "texts.yaml"
TREATIES = ("CRC", "OPSC", "OPIC", "Lanzarote", "Budapest")
SYNTHETIC_NOTE = (
    "Everything in this report that looks like a result is invented: answers, interviews, quotations. It was "
    "drawn from one population model, the same for every country, to show how the workbook works. It says "
    "nothing about children in any real country."
)


def _read_texts_one_by_one() -> None:
    """Words are read cell by cell, which pandas does several times sooner on Python's own strings."""
    import pandas as pd

    pd.set_option("mode.string_storage", "python")


class Workbook(Desk):
    """What a notebook talks to: it numbers exhibits, applies language and disclosure, records evidence.

    Parameters
    ----------
    params : Params
    root : Path
        The project folder.
    language : str

    Notes
    -----
    Open one with `Workbook.open`; the phase decides which questions it can answer.
    """

    def __init__(self, params: Params, root: Path, language: str = "en") -> None:
        self.params, self.root, self.language = params, root, check_language(language)
        self.publishable = True
        self._files: dict[str, bytes] = {}
        self._drawn: dict[str, Mapping[str, Any]] = {}
        self._numbers = {"figure": 0, "table": 0}
        self._told = set()
        context = {
            "country": params.study.country,
            "wave": str(params.study.wave),
            "data_kind": self.data_kind,
            "run": os.environ.get(RUN) or fingerprint(params.resolved())[:16],
        }
        self.evidence = ev.Evidence(params.slug, self.phase, context)

    @staticmethod
    def open(
        study: str,
        phase: str,
        *,
        language: str = "en",
        params_file: str = "",
        root: str | Path | None = None,
        **which: str | bool,
    ) -> Workbook:
        """Open a study's phase, or a product of what it has published.

        Parameters
        ----------
        study : str
            Slug of the study (`params/<study>.yaml`).
        phase : str
            exploratory, quantitative or qualitative; or communication, advocacy, forum or comparison.
        language : {"en", "ru", "uk", "tr"}
        params_file : str
            A params file elsewhere, such as `params/examples/turkey_pisa2018.yaml`.
        root : str or Path, optional
            The project folder; found from the working directory.
        which
            Of a product: `audience`, `part`, `studies`, `demonstration`.

        Returns
        -------
        Workbook

        Raises
        ------
        DigicitError
            Unknown phase or language, or params and data that are refused.
        """
        from digicit_lib.workbook import KINDS

        if phase not in KINDS:
            close = suggest(phase, KINDS)
            hint = f"did you mean {close}?" if close else None
            raise DigicitError("Unknown phase.", got=phase, allowed=", ".join(KINDS), next=hint)
        check_language(language)
        _read_texts_one_by_one()
        folder = find_root(Path(root) if root else None)
        return KINDS[phase].opened(params_file or study, folder, language, **which)

    @classmethod
    def opened(cls, study: str, root: Path, language: str, **which: str | bool) -> Workbook:
        """A phase of a study that has data for it."""
        params = load_params(study, root)
        if cls.phase not in params.phases:
            raise DigicitError(
                "The study has no data for this phase.",
                where=params.file,
                got=cls.phase,
                allowed=", ".join(params.phases),
                next=f"add data for the {cls.phase} phase under `data`",
            )
        return cls(params, root, language, **which)

    def facts(self) -> None:
        """The cover: what was studied, where, when, on whom; the SYNTHETIC banner where it applies."""
        study = self.params.study
        rows = [
            [self.say("Country"), self.country],
            [self.say("Phase"), self.say(self.phase.capitalize())],
            [self.say("Wave"), self.say(str(study.wave))],
            [self.say("Date of this report"), date(study.date, self.language)],
            *self._facts(),
        ]
        self.show(
            {
                "kind": "cover",
                "title": self.title,
                "subtitle": f"{self.country} · {self.say(self.phase.capitalize() + ' report')}",
                "country": self.country,
                "study": self.params.slug,
                "phase": self.phase,
                "date": study.date.isoformat(),
                "wave": str(study.wave),
                "languages": list(study.languages),
                "status": self.say("draft, not reviewed"),
                "synthetic": self.synthetic,
                "facts": rows,
            }
        )
        if self.synthetic:
            self.note(SYNTHETIC_NOTE, tone="synthetic", title="SYNTHETIC demonstration data")
        if study.coverage:
            self.note(study.coverage, title="Coverage")

    def _facts(self) -> list[list[str]]:
        return []

    def speaker(self, attribution: object) -> str:
        """Who said something, word by word: role, gender, age band, area."""
        return re.sub(r"(?<=\d)-(?=\d)", "–", each(str(attribution), self.language))

    def norm(self, text: object) -> str:
        """The norms of a checklist by their names; English keeps the short forms."""
        return (
            str(text)
            if self.language == "en"
            else "; ".join(self._norm_named(part) for part in str(text).split("; "))
        )

    def _norm_named(self, part: str) -> str:
        name, _, rest = part.partition(" ")
        if name == "GC25":
            return self.say("General Comment 25: {list}", list=rest.replace("-", "–"))
        return f"{self.say(name)} {rest}".strip() if name in TREATIES else self.say(part)

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
        try:
            parts = sentences.render(template, self.find, self.language)
        except sentences.NotShown as hidden:
            self.show(
                {"kind": "note", "tone": "gap", "title": self.say("Not shown"), "text": str(hidden) + "."}
            )
            return
        self._found(template, parts, key)

    def _found(self, template: str, parts: list[sentences.Part], key: bool) -> None:
        """Record and show a sentence; one about invented children says so in its own words."""
        if self._invented(parts):
            parts = ["[SYNTHETIC] ", *parts]
        ids = tuple(part["id"] for part in parts if isinstance(part, dict))
        text = "".join(part if isinstance(part, str) else part["text"] for part in parts)
        self.evidence.findings.append(ev.Finding(template, text, ids, key))
        self.show({"kind": "finding", "key": key, "parts": parts, "exhibit": None})

    def _invented(self, parts: list[sentences.Part]) -> bool:
        return self.synthetic

    # --- closing ------------------------------------------------------------------------------------

    def methods(self) -> None:
        """How the study was done, what it assumes, who may be helped: the same for every phase."""
        rows = [[self.say(term), text] for term, text in self._methods()]
        self.definitions("How this was done", rows)
        if self.params.assumptions:
            self.definitions("Assumptions, rated", [self._rated(a) for a in self.params.assumptions])
        self.definitions("Getting help", self._help())

    def _methods(self) -> list[tuple[str, str]]:
        return self._texts("methods")

    def _texts(self, kind: str) -> list[tuple[str, str]]:
        """Terms and prose of the closing cells, filled with the study's values."""
        rows = load_yaml(TEXTS)[0][kind][self.phase]
        return [(term, self.say(text, **self._values())) for term, text in rows]

    def _values(self) -> dict[str, object]:
        return {}

    def _rated(self, assumption: Assumption) -> list[str]:
        rating = self.say(
            "quality: {q}; impact: {i}", q=self.say(assumption.quality), i=self.say(assumption.impact)
        )
        return [self.say(assumption.what), rating]

    def _help(self) -> list[list[str]]:
        if self.synthetic or not self.params.helplines:
            text = "To be confirmed by the country team before anything is printed."
            return [[self.say("Help service for children"), self.say(text)]]
        return [[line.name, self._helpline(line)] for line in self.params.helplines]

    def _helpline(self, line: Helpline) -> str:
        verified = self.say("verified {day}", day=date(line.verified_on, self.language))
        return f"{line.number} {line.hours} ({line.source}; {verified})"

    def glossary(self) -> None:
        """The words that a reader may not know."""
        self.definitions("Glossary", [[self.say(term), text] for term, text in self._texts("glossary")])

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
        if stage and not self.publishable:
            raise PublicationRefused(
                "Respondents were looked at in this run.",
                got="wb.respondents()",
                next="remove the call, run again",
            )
        if not stage and save:  # a run makes its pictures when it renders
            from digicit_lib.exhibits.figures import png_bytes

            self._files |= {name: png_bytes(block) for name, block in self._drawn.items()}
        target = Path(stage) if stage else inside(self.root, save) if save else None
        if target:
            self._write(target)
        self.show({"kind": "provenance", "rows": self._provenance()})

    def _write(self, folder: Path) -> None:
        self.evidence.save(folder, reason_text)
        for name, content in self._files.items():
            write_atomic(inside(folder, name), content)

    def _provenance(self) -> list[list[str]]:
        slug, study = self.params.slug, self.params.study
        named = slug if self.params.file == f"params/{slug}.yaml" else self.params.file
        report = self.say(f"{self.phase.capitalize()} report")
        return [
            [self.say("Parameters"), self.params.file],
            *self._inputs(),
            [self.say("Run"), self.evidence.context["run"]],
            [self.say("Build it again"), f"digicit run {named} {self.phase}"],
            [self.say("Trace a number"), f"digicit trace {slug}/{self.phase}/…"],
            [
                self.say("Cite as"),
                f"{self.title}: {self.country}. {report}, {self.say(str(study.wave))}. {study.date.year}.",
            ],
        ]

    def _inputs(self) -> list[list[str]]:
        return []
