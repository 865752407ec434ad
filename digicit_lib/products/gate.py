"""The gate: which published numbers may stand in a public product, and who has signed them.

Products read what runs have published (`evidence.parquet`, `statements.json`), never respondents. A number
passes when reliability and privacy let it, when it is a core indicator, and when a person has signed this
very value in `params/<study>.review.yaml`. A demonstration's numbers are nobody's to sign: they pass without,
once the demonstration has been asked for, and every product of them says what it is.
"""

import datetime as dt
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from digicit_lib.codebook import Indicator, catalogue, split_id
from digicit_lib.disclosure.reasons import reason_text
from digicit_lib.errors import DigicitError, EvidenceError, PublicationRefused, suggest
from digicit_lib.evidence import Estimate, Evidence, checked_records, load, row_dicts
from digicit_lib.evidence.marks import read_file, review_file
from digicit_lib.params import PHASES
from digicit_lib.safe import fingerprint, has_come, inside
from digicit_lib.workbook.statements import FILE

CORE = ("C", "C/A")
SHOWN = ("ok", "caution")
_LIKE_THE_CATALOGUE = re.compile(r"[A-Z]{3}-(?:\d+|[A-Z])", re.IGNORECASE)
SIGN_OFF = ("name", "date", "value")
# What is not for the youngest: how common sexual abuse and its forerunners are.
NOT_FOR_YOUNGEST, YOUNGEST = 34, "children_9_11"


def value_hash(estimate: Estimate) -> str:
    """What a sign-off signs: the number with its interval, base, mark and definition.

    Parameters
    ----------
    estimate : Estimate

    Returns
    -------
    str
        ``v`` and twelve hex digits; another estimate, base or definition gives another one.
    """
    numbers = (estimate.estimate, estimate.ci_low, estimate.ci_high, estimate.n)
    facts = [estimate.id, *(f"{x:.6g}" for x in numbers), estimate.quality, estimate.definition_sha]
    return "v" + fingerprint(facts)[:12]


@contextmanager
def with_place(where: str) -> Iterator[None]:
    """Errors from inside tell the file and line from which they were asked."""
    try:
        yield
    except DigicitError as error:
        error.where = f"{where} ({error.where})" if error.where else where
        raise


class Published:
    """What a study has published: estimates of all its phases, quotations and legal answers.

    Parameters
    ----------
    root : Path
        The project folder.
    study : str
        Slug.
    phases : sequence of str
        Those to read.

    Raises
    ------
    EvidenceError
        When none of them has been published.
    """

    def __init__(self, root: Path, study: str, *, phases: Sequence[str] = PHASES) -> None:
        self.study = study
        folders = {phase: inside(root, "outputs", study, phase) for phase in phases}
        here = {phase: f for phase, f in folders.items() if (f / "evidence.parquet").is_file()}
        if not here:
            what = "The study has published no evidence."
            raise EvidenceError(what, where=f"outputs/{study}", next=f"digicit run {study}")
        self.frames = {phase: load(folder) for phase, folder in here.items()}
        self.statements = [s for folder in here.values() for s in _statements(folder / FILE)]
        self._stores: dict[str, Evidence] = {}

    def store(self, phase: str) -> Evidence:
        """The evidence of one phase; empty where it has published none."""
        if phase not in self._stores:
            store = self._stores[phase] = Evidence(self.study, phase)
            if phase in self.frames:
                store.rows = {str(row["id"]): row for row in row_dicts(self.frames[phase])}
        return self._stores[phase]

    def find(self, token: str) -> Estimate:
        """The estimate of a token: an id, ``phase/tail`` or a tail such as ``ACC-03/share/gender=girl``.

        Raises
        ------
        EvidenceError
            Unknown: with the nearest ids.
        """
        tail = token.removeprefix(f"{self.study}/")
        head, _, rest = tail.partition("/")
        phase, tail = (head, rest) if head in PHASES else (_phase(head), tail)
        store = self.store(phase)
        try:
            return store[tail]
        except EvidenceError:
            near = self._near(store, tail)
            what = "No published evidence with this id."
            raise EvidenceError(
                what, where=f"{self.study}/{phase}", got=token, allowed=near or "nothing is published"
            ) from None

    def _near(self, store: Evidence, tail: str) -> str:
        """The nearest tails that may be shown: those of the same indicator or its variants first."""
        tails = [name.split("/", 2)[2] for name, row in store.rows.items() if row["quality"] in SHOWN]
        plain = split_id(tail.partition("/")[0])[0]
        same = [name for name in tails if split_id(name.partition("/")[0])[0] == plain]
        small = {name.lower(): name for name in same or tails}
        return ", ".join(small[n] for n in difflib.get_close_matches(tail.lower(), small, n=3, cutoff=0.0))

    def rows(self, names: list[str], by: str = "") -> pd.DataFrame:
        """Survey estimates of some indicators for all or by a breakdown, in the order of the names."""
        frame = self.frames.get("quantitative")
        if frame is None:
            raise EvidenceError("The study has published no survey.", where=f"outputs/{self.study}")
        rows = frame[frame["indicator"].isin(names) & (frame["by"] == by) & (frame["statistic"] != "diff")]
        order = {name: i for i, name in enumerate(names)}
        return rows.sort_values("indicator", key=lambda c: c.map(order), kind="stable", ignore_index=True)

    def said(self, kind: str) -> list[dict[str, Any]]:
        """Statements of a kind: quotation, consent or law."""
        return [s for s in self.statements if s["kind"] == kind]


def _phase(head: str) -> str:
    """The phase that a bare indicator belongs to, by its shape: a typing error is told its neighbours."""
    if _LIKE_THE_CATALOGUE.fullmatch(split_id(head)[0]):
        return "quantitative"
    return "qualitative" if head.startswith(("T-", "AGREEMENT")) else "exploratory"


def _statements(path: Path) -> list[dict[str, Any]]:
    shapes: dict[str, dict[str, type]] = {"consent": {"counts": list}, "quotation": {"text": str}}
    return checked_records(path, shapes, id=str, kind=str) if path.is_file() else []


# --- sign-offs ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SignOff:
    """One person's word that a value may be printed, and where it stands."""

    name: str
    date: dt.date
    value: str
    where: str


def read_review(root: Path, study: str, params_file: str = "") -> dict[str, SignOff]:
    """The sign-offs of a study by evidence id; none where nobody has signed yet.

    Parameters
    ----------
    root : Path
    study : str
        Slug.
    params_file : str
        The study's params file, where it is not ``params/<study>.yaml``: the review stands beside it, with
        the key `signoffs`.

    Returns
    -------
    dict of str to SignOff

    Raises
    ------
    DigicitError
        An entry without name, date or value, or with another key, with its line.
    """
    label = review_file(study, params_file)
    data, lines = read_file(root, label)
    signoffs = data.get("signoffs") or {}
    if not isinstance(signoffs, dict):
        line = lines.get(("signoffs",), 1)
        allowed = "signoffs: {study/phase/…: {name: …, date: …, value: …}}"
        raise DigicitError("Sign-offs stand by their evidence id.", where=f"{label}:{line}", allowed=allowed)
    return {name: _sign_off(entry, f"{label}:{lines['signoffs', name]}") for name, entry in signoffs.items()}


def _sign_off(entry: Any, where: str) -> SignOff:
    keys = set(entry) if isinstance(entry, dict) else set()
    other = sorted(keys - set(SIGN_OFF))
    if other:
        raise DigicitError(
            "Unknown key in a sign-off.", where=where, got=other[0], next=suggest(other[0], SIGN_OFF)
        )
    blank = [key for key in SIGN_OFF if key not in keys or not str(entry[key] or "").strip()]
    if blank or not isinstance(entry["date"], dt.date) or not has_come(entry["date"]):
        got = f"no {', '.join(blank)}" if blank else f"date {entry['date']}"
        what = "A sign-off needs a person, a day that has come, and the value."
        allowed = "{name: …, date: 2026-10-01, value: v0123456789ab}"
        raise DigicitError(what, where=where, got=got, allowed=allowed)
    return SignOff(str(entry["name"]), entry["date"], str(entry["value"]), where)


# --- the gate -----------------------------------------------------------------------------------------


class Gate:
    """What stands between evidence and the public.

    Parameters
    ----------
    published : Published
    review : dict of str to SignOff
    synthetic : bool
        Whether the study has invented respondents or interviews.
    demonstration : bool
        Whether a demonstration was asked for; it changes nothing for observed data.
    audience : str
        The sheet's reader, for what the youngest are not told.
    params_file : str
        The study's params file, beside which a person signs.
    own_indicators : mapping, optional
        The study's own indicators, which have no tier.

    Raises
    ------
    PublicationRefused
        Invented data without a demonstration.
    """

    def __init__(
        self,
        published: Published,
        review: dict[str, SignOff],
        *,
        synthetic: bool,
        demonstration: bool = False,
        audience: str = "",
        params_file: str = "",
        own_indicators: Mapping[str, Indicator] | None = None,
    ) -> None:
        if synthetic and not demonstration:
            what = "Invented data are published as a demonstration only."
            hint = "--demonstration on the command line, demonstration = True in the workbook"
            raise PublicationRefused(what, where=published.study, next=hint)
        self.published, self.review, self.audience = published, review, audience
        self.own_indicators = own_indicators or {}
        self.signed, self.file = not synthetic, review_file(published.study, params_file)
        self.used: dict[str, Estimate] = {}

    def find(self, token: str) -> Estimate:
        """The estimate of a token once it has passed.

        Raises
        ------
        EvidenceError
            Unknown id: with the nearest ones.
        PublicationRefused
            Hidden, not core, not for this reader, not signed, or changed since it was signed.
        """
        return self.check(self.published.find(token))

    def check(self, estimate: Estimate) -> Estimate:
        """The estimate itself once it has passed; raises as `find` does."""
        problem = self.problem(estimate)
        if problem:
            raise problem
        self.used[estimate.id] = estimate
        return estimate

    def problem(self, estimate: Estimate) -> PublicationRefused | None:
        """Why a number may not be printed; None: it may."""
        return self._hidden(estimate) or self._out_of_place(estimate) or self._unsigned(estimate)

    def passes(self, estimate: Estimate) -> bool:
        """Whether a number may be printed, for lists that choose what to show."""
        return self.problem(estimate) is None

    def stale(self, estimate: Estimate) -> bool:
        """Whether a number has changed since it was signed."""
        signature = self.review.get(estimate.id)
        return self.signed and signature is not None and signature.value != value_hash(estimate)

    def unsigned(self, estimate: Estimate) -> bool:
        """Whether nothing but a signature keeps a number from being printed."""
        open_ = self._hidden(estimate) or self._out_of_place(estimate)
        return self.signed and open_ is None and estimate.id not in self.review

    def _hidden(self, estimate: Estimate) -> PublicationRefused | None:
        if estimate.shown:
            return None
        why = ": ".join(filter(None, (estimate.quality, reason_text(estimate.reason))))
        near = self.published._near(self.published.store(estimate.phase), estimate.id.split("/", 2)[2])
        what = "A number that is not published stands in a product."
        return PublicationRefused(
            what, got=f"{estimate.id} ({why})", allowed=near, next="cite another number"
        )

    def _out_of_place(self, estimate: Estimate) -> PublicationRefused | None:
        plain = split_id(estimate.indicator)[0]
        indicator = self.own_indicators.get(plain) or catalogue().get(plain)
        if estimate.phase != "quantitative" or indicator is None:
            return None
        if plain not in self.own_indicators and indicator.tier not in CORE:
            got = f"{plain}, tier {indicator.tier}"
            return PublicationRefused("Only core indicators reach the public.", got=got, allowed="tier C")
        if self.audience == YOUNGEST and (NOT_FOR_YOUNGEST in indicator.crc or indicator.sensitivity > 2):
            return PublicationRefused("This number is not for the youngest readers.", got=plain)
        return None

    def _unsigned(self, estimate: Estimate) -> PublicationRefused | None:
        if not self.signed:
            return None
        signature, value = self.review.get(estimate.id), value_hash(estimate)
        entry = f"{estimate.id}: {{name: …, date: …, value: {value}}}"
        if signature is None:
            hint = f"under `signoffs:` in {self.file} write {entry}"
            return PublicationRefused("A number has no sign-off.", got=estimate.id, next=hint)
        if signature.value != value:
            what = "The number has changed since it was signed."
            then = f"signed by {signature.name} on {signature.date} as {signature.value}"
            got = f"{estimate.id}, {then}, now {value}"
            return PublicationRefused(
                what, where=signature.where, got=got, next="read it again, sign it anew"
            )
        return None
