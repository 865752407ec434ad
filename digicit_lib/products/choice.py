"""Which statements of a study a reader is told: lists by audience, said in the words of what was asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from digicit_lib.codebook import CONSTRUCTS, FOLDER, Indicator, Instrument, catalogue, split_id
from digicit_lib.codebook.indicators import is_own
from digicit_lib.codebook.own import study_instrument
from digicit_lib.codebook.people import ADULT, mixed, noun_of, people_name
from digicit_lib.evidence import Estimate
from digicit_lib.language import number, translate
from digicit_lib.params import Params
from digicit_lib.products.gate import Gate, Published
from digicit_lib.products.kinds import ProductKind
from digicit_lib.safe import load_yaml
from digicit_lib.workbook.choosing import NONE, SHOWN, Facts, Statement, choose, ends, leads, nearest_end
from digicit_lib.workbook.finding_sentences import Speaker
from digicit_lib.workbook.findings import Part
from digicit_lib.workbook.survey_guards import BREAKDOWNS, level_words

GROUP_SENSITIVITY, SENSITIVE = 1, 2
SAID = ("share", "scale")  # years and counts stay in tables
OF_CHILDREN = "HRM-01"  # the one sensitive number that the youngest are told
COMPUTED = ("difference", "change", "key", "own")  # slots that no list fills
MANY = ("key", "own")  # which give as many statements as there is room for

Row = Mapping[str, Any]


@cache
def slots() -> Mapping[str, Mapping[str, list[str]]]:
    """Indicators of each slot by audience, the first to be said first.

    Examples
    --------
    >>> slots()["school"]["all"][:2]
    ['MED-07', 'RGT-06']
    """
    data, _ = load_yaml(FOLDER / "slots.yaml")
    return dict(data)


def slot_names() -> tuple[str, ...]:
    """What `{say: …}` may ask for."""
    return (*slots(), *COMPUTED)


def instrument_of(params: Params, root: Path) -> Instrument:
    """The questionnaire of a study's survey; the own one where its answers are invented."""
    return study_instrument(str(getattr(params.data.survey, "instrument", "digicit")), root)


@dataclass(frozen=True)
class Told:
    """A statement with its sentence and the evidence that it rests on."""

    statement: Statement
    parts: list[Part]
    estimates: tuple[Estimate, ...]

    @property
    def level(self) -> Estimate | None:
        """The level of a statement that is one."""
        return self.estimates[0] if self.statement.kind == "level" else None


class Choice:
    """The statements of one study for one kind of product, each said at most once.

    Parameters
    ----------
    params : Params
    root : Path
    published : Published
    gate : Gate
    kind : ProductKind
    language : str
    """

    def __init__(
        self, params: Params, root: Path, published: Published, gate: Gate, kind: ProductKind, language: str
    ) -> None:
        self.params, self.published, self.gate, self.kind = params, published, gate, kind
        self.language, self.tool = language, instrument_of(params, root)
        self.rows: dict[str, Row] = dict(published.store("quantitative").rows)
        self.levels = {
            (r["indicator"], r["by"], r["level"]): r
            for r in self.rows.values()
            if r["statistic"] in ("share", "mean") and r["id"].count("/") == 4 and not r["category"]
        }
        self._used: set[str] = set()
        self.unsigned: list[Estimate] = []

    # --- what was measured ----------------------------------------------------------------------------

    @cached_property
    def forms(self) -> dict[str, Indicator]:
        """The survey's own forms of what it measured, by id."""
        names = dict.fromkeys(str(r["indicator"]) for r in self.rows.values())
        indicators = {**catalogue(), **self.tool.own}
        mapped = self.tool.indicators
        forms = {n: self.tool.definition(n) if n in mapped else indicators.get(split_id(n)[0]) for n in names}
        return {name: one for name, one in forms.items() if one is not None}

    def forms_of(self, plain: str) -> list[str]:
        """An indicator as the survey measured it: its own definition first, then variants."""
        return self._forms_of.get(plain, [])

    @cached_property
    def _forms_of(self) -> dict[str, list[str]]:
        forms: dict[str, list[str]] = {}
        for name in sorted(self.forms):  # the plain id sorts before its variants
            forms.setdefault(split_id(name)[0], []).append(name)
        return forms

    @property
    def bands(self) -> list[str]:
        """The study's age groups of which anybody was there."""
        levels = (level for (_, by, level), r in self.levels.items() if by == "age_group" and r["n"] != 0)
        return sorted(dict.fromkeys(levels), key=lambda band: list(_ages(band)))

    @cached_property
    def group(self) -> tuple[str, str] | None:
        """Breakdown and group whose levels are told: all, or those of the reader's age; None: nobody."""
        bands = self.bands
        low, high = self.params.population.ages
        if not self.kind.ages:
            return ("age_group", bands[0]) if mixed((low, high)) and bands else ("", "")
        first, last = self.kind.ages
        inside_ = [b for b in bands if all(first <= age <= last for age in _ages(b))]
        if inside_:
            return "age_group", inside_[0]
        return ("", "") if high <= ADULT and low <= last and first <= high and not bands else None

    @cached_property
    def speaker(self) -> Speaker:
        """Whoever says the statements, in the survey's own words."""
        labels = {by: translate(text, self.language) for by, text in BREAKDOWNS.items()}
        low, high = self.params.population.ages
        for _, by, level in self.levels:
            labels[f"{by}={level}"] = translate(level_words(level, (low, high)), self.language)
        wave = str(self.tool.wave or self.params.study.wave)
        ages = f"{low}–{high}" if self.kind.ages else ""
        return Speaker(
            self.rows,
            self.forms,
            self.tool.breakdowns,
            noun_of(self.tool.respondents, self._genders(), (low, high)),
            self.tool.people,
            people_name(self.params.population.base, self.tool.respondents),
            labels,
            wave,
            self.language,
            ages,
            (low, high),
        )

    def _genders(self) -> set[str]:
        """Those of whom anybody answered; a hidden count may be anybody's."""
        return {level for (_, by, level), r in self.levels.items() if by == "gender" and r["n"] != 0}

    # --- taking ---------------------------------------------------------------------------------------

    def take(self, slot: str, room: int) -> list[Told]:
        """The next statement of a slot; of `key` and `own` as many as there is room for.

        Parameters
        ----------
        slot : str
            One of `slot_names()`.
        room : int
            How many more statements the product may hold.
        """
        if room <= 0 or self.group is None:
            return []
        candidates = self._candidates(slot)
        statements: list[Told] = []
        for statement in candidates:
            if len(statements) < (room if slot in MANY else 1) and (one := self._tell(statement)):
                statements.append(one)
        return statements

    def _candidates(self, slot: str) -> Iterator[Statement]:
        if slot == "key":
            yield from self._key()
        elif slot == "difference":
            yield from self._differences()
        elif slot == "change":
            yield from self._changes()
        elif slot == "own":
            yield from (s for form in self.forms if is_own(split_id(form)[0]) and (s := self.level(form)))
        else:
            lists = slots()[slot]
            for plain in lists.get(self.kind.audience, lists["all"]):
                yield from (s for form in self.forms_of(plain) if (s := self.level(form)))

    def level(self, form: str) -> Statement | None:
        """The level of a form that this reader may be told."""
        by, level = self.group or ("", "")
        row, of = self.levels.get((form, by, level)), self.forms[form]
        fit = of.type in SAID and of.sensitivity <= SENSITIVE and self._for_reader(of)
        if row is None or not fit or row["quality"] != "ok":
            return None
        return Statement("level", row["id"], form, of.section, by)

    def _for_reader(self, of: Indicator) -> bool:
        """The youngest are told of nothing sensitive but of what upset them."""
        return not self.kind.words or of.sensitivity < SENSITIVE or split_id(of.id)[0] == OF_CHILDREN

    def _differences(self) -> list[Statement]:
        rows = [r for r in self.rows.values() if r["statistic"] == "diff" and r["verdict"] in SHOWN]
        fit = [r for r in rows if self._fit(r)]
        return [self._statement("difference", r) for r in sorted(fit, key=lambda r: -nearest_end(r))]

    def _fit(self, row: Row) -> bool:
        """Whether a difference may reach the public, has its groups shown, is no secret and not circular."""
        of, spec = self.forms.get(row["indicator"]), self.tool.breakdowns.get(row["by"])
        groups = {g for name, by, g in self.levels if (name, by) == (row["indicator"], row["by"])}
        pair = [self.levels.get((row["indicator"], row["by"], g)) for g in ends(row["level"], groups)]
        whole = all(r is not None and r["quality"] == "ok" for r in pair)
        apart = spec and (spec.sensitivity > GROUP_SENSITIVITY or row["indicator"] in spec.contains)

        public = (
            of is not None
            and of.type in SAID
            and (of.core or is_own(split_id(of.id)[0]))
            and of.sensitivity <= SENSITIVE
        )
        return public and whole and not apart

    def _changes(self) -> list[Statement]:
        """Changes that are shown, the largest first; else the first lead's that is not."""
        rows = [r for r in self.rows.values() if r["statistic"] == "change" and r["quality"] == "ok"]
        rows = [r for r in rows if r["indicator"] in self.forms and not r["by"] and r["verdict"]]
        stand = sorted((r for r in rows if r["verdict"] in SHOWN), key=lambda r: -nearest_end(r))
        order = [name for section in CONSTRUCTS for name in leads(self.forms, section)]
        none = sorted(
            (r for r in rows if r["verdict"] == NONE and r["indicator"] in order),
            key=lambda r: order.index(r["indicator"]),
        )
        return [self._statement("change", r) for r in (*stand, *none)]

    def _key(self) -> list[Statement]:
        """The report's key findings, by its own rule."""
        frame = self.published.frames.get("quantitative")
        if frame is None:
            return []
        tool = self.tool
        secret = {by for by, spec in tool.breakdowns.items() if spec.sensitivity > GROUP_SENSITIVITY}
        open_ = [by for by in self.params.analysis.breakdowns if by not in secret]
        circular = {(name, by) for by, spec in tool.breakdowns.items() for name in spec.contains}
        columns = {name: tool.columns(name) for name in self.forms if name in tool.indicators}
        young = self.group[1] if self.group else ""
        return choose(frame, Facts(self.forms, columns, tuple(open_), frozenset(circular), young))

    def _statement(self, kind: Any, row: Row) -> Statement:
        return Statement(kind, row["id"], row["indicator"], self.forms[row["indicator"]].section, row["by"])

    # --- telling --------------------------------------------------------------------------------------

    def _tell(self, statement: Statement) -> Told | None:
        """A statement that has not been made and whose every number may be printed."""
        key = f"{statement.kind} {split_id(statement.indicator)[0]}"
        ids = self._ids(statement)
        if key in self._used or not all(self.may(name) for name in ids):
            return None
        self._used.add(key)
        return self.tell(statement, ids)

    def tell(self, statement: Statement, ids: tuple[str, ...] = ()) -> Told:
        """A statement as this kind of product says it."""
        aside, words = self.kind.interval, self.kind.words
        parts = self.speaker.say(statement) if aside else self.speaker.plain(statement, in_words=words)
        estimates = tuple(self.gate.find(name) for name in ids or self._ids(statement))
        more = self._answers(estimates[0]) if words and statement.kind == "level" else []
        return Told(statement, [*parts, *more], estimates)

    def _answers(self, of: Estimate) -> list[Part]:
        """How many answered, where no table on paper says it."""
        before, _, after = translate("{n} answered.", self.language, n="\n").partition("\n")
        count: Part = {"text": number(of.n, self.language), "id": of.id, "value": float(of.n)}
        return [f" {before}", count, after]

    def _ids(self, statement: Statement) -> tuple[str, ...]:
        """Evidence that a statement prints: what is said, and the levels beside a difference or a change."""
        row = self.rows[statement.id]
        if statement.kind in ("difference", "none"):
            key = (row["indicator"], row["by"])
            mine = {group: r for (name, by, group), r in self.levels.items() if (name, by) == key}
            return (statement.id, *(str(mine[g]["id"]) for g in ends(row["level"], mine)))
        if statement.kind == "change":
            return statement.id, str(self.levels[row["indicator"], "", ""]["id"])
        return (statement.id,)

    def may(self, name: str) -> bool:
        """Whether a number passes; one that changed since it was signed is an error, not a gap."""
        estimate = self.published.find(name)
        problem = self.gate.problem(estimate)
        if problem and self.gate.stale(estimate):
            raise problem
        if problem and self.gate.unsigned(estimate):
            self.unsigned.append(estimate)
        return problem is None


def _ages(band: str) -> list[int]:
    """The ends of an age band; none of a band that is no range.

    Examples
    --------
    >>> _ages("12-14"), _ages("adult")
    ([12, 14], [-1])
    """
    parts = band.replace("–", "-").split("-")
    return [int(p) for p in parts] if all(p.isdigit() for p in parts) else [-1]
