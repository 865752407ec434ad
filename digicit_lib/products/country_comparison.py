"""Questions to several studies at once: what may be compared first, then differences with intervals."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from digicit_lib.codebook import BASES, catalogue
from digicit_lib.disclosure.reasons import REASONS
from digicit_lib.errors import CodebookError, EvidenceError
from digicit_lib.evidence import DEFAULT_STATISTICS, Estimate
from digicit_lib.language import N_, alphabet, country, number
from digicit_lib.language.codes import label_table, say_codes
from digicit_lib.params import Params, load_params
from digicit_lib.products import comparison_rows
from digicit_lib.products import contrasts as room
from digicit_lib.products.choice import instrument_of
from digicit_lib.products.contrasts import WHY
from digicit_lib.products.gate import Gate, Published, read_review
from digicit_lib.products.kinds import COMPARISON, one_kind
from digicit_lib.products.page import Page
from digicit_lib.project import ProjectFolder
from digicit_lib.workbook.result import Result

MULTIPLES_UP_TO = 8  # countries; with more, a grid holds them all on one page
DIFFERENCES = N_("Differences between countries")
TITLES = label_table("studies compared")
LIMITS = tuple(label_table("limits of a comparison").values())


class Comparison(Page):
    """Published surveys of several countries, side by side and never ranked.

    Parameters
    ----------
    members : dict of str to Params
        Studies of one kind of data, in alphabetical order of their countries.
    root : Path
    language : str
    left_out : dict of str to str
        Studies that are not compared, with the reason.
    demonstration : bool
    """

    phase = COMPARISON

    def __init__(
        self,
        members: dict[str, Params],
        root: Path,
        language: str,
        *,
        left_out: dict[str, str],
        demonstration: bool,
    ) -> None:
        self.members, self.left_out = members, left_out
        self.indicators: tuple[str, ...] = ()
        newest = max(members.values(), key=lambda p: p.study.date)
        nouns = {instrument_of(params, root).respondents for params in members.values()}
        title = TITLES[nouns.pop() if len(nouns) == 1 else "people"]
        study = newest.study.model_copy(update={"title": title})
        whole = newest.model_copy(update={"slug": COMPARISON, "file": "params", "study": study})
        super().__init__(whole, root, language, name=COMPARISON, reader=N_("Comparison of countries"))
        self.gates = {
            slug: Gate(
                Published(root, slug, phases=("quantitative",)),
                read_review(root, slug, params.file),
                synthetic=params.is_synthetic("quantitative"),
                demonstration=demonstration,
                params_file=params.file,
            )
            for slug, params in members.items()
        }

    @classmethod
    def from_studies(cls, study: str, root: Path, language: str, *, demonstration: bool) -> Comparison:
        """The studies named in `study` with commas between them; empty: all that have published a survey."""
        slugs = [name.strip() for name in study.split(",") if name.strip()]
        params_by_slug = {slug: _params(slug, root) for slug in slugs or _published(root)}
        invented = {slug: p.is_synthetic("quantitative") for slug, p in params_by_slug.items()}
        kinds = {slug: "synthetic" if is_invented else "observed" for slug, is_invented in invented.items()}
        of_one_kind, out = one_kind(kinds, chosen=bool(slugs))
        by = alphabet(language)
        names = {slug: country(params_by_slug[slug].study.country, language) for slug in of_one_kind}
        order = sorted(of_one_kind, key=lambda slug: (by(names[slug]), slug))
        members = {slug: params_by_slug[slug] for slug in order}
        return cls(members, root, language, left_out=out, demonstration=demonstration)

    # --- what it is ---------------------------------------------------------------------------------

    @property
    def demonstration(self) -> bool:
        return any(params.is_synthetic("quantitative") for params in self.members.values())

    @property
    def country(self) -> str:
        return self.say("Several countries")

    @property
    def source(self) -> str:
        if self.synthetic:
            return self.say("SYNTHETIC demonstration data; no one was asked")
        return self.say("Published evidence of the studies named in the first table")

    @cached_property
    def names(self) -> dict[str, str]:
        """How each study is called: its country, with the slug where a country has several."""
        called = {slug: country(p.study.country, self.language) for slug, p in self.members.items()}
        several = {name for name in called.values() if list(called.values()).count(name) > 1}
        return {slug: f"{name} ({slug})" if name in several else name for slug, name in called.items()}

    def _facts(self) -> list[list[str]]:
        return [[self.say("Countries"), ", ".join(self.names.values())], *super()._facts()[1:]]

    # --- what may be compared -----------------------------------------------------------------------

    def comparability(self, *names: str) -> None:
        """Wave, ages, population, mode, answers and definitions of each study, before any number.

        Parameters
        ----------
        names : str
            The indicators of the comparison, all of one base; later questions are put to these, and intervals
            of differences are widened for their number.
        """
        self.indicators = names
        aligned = [room.align(self._rows(name))[0] for name in names]
        rows = [
            self._member(slug, sum(slug in set(frame["study"]) for frame in aligned), len(names))
            for slug in self.members
        ]
        heads = tuple(label_table("countries compared").values())
        absent = [f"{self._called(slug)}: {self.say(why)}" for slug, why in self.left_out.items()]
        note = self.say("Left out: {list}.", list="; ".join(absent)) if absent else ""
        self._grid(N_("What may be compared"), heads, rows, note)

    def _member(self, slug: str, same: int, of: int) -> list[Any]:
        """One study's row; its answers are those of the question that reached everyone."""
        frame = self.gates[slug].published.frames["quantitative"]
        widest = frame[frame["by"] == ""].nlargest(1, "n").to_dict("records")[0]
        facts = room.comparability_facts(self.members[slug])
        answers = {"text": number(widest["n"], self.language), "id": widest["id"], "quality": "ok"}
        shared = self.say("{n} of {all}", n=same, all=of)
        return [self.names[slug], *(self.say(text) for text in facts), answers, shared]

    def _called(self, slug: str) -> str:
        return self.names.get(slug, slug)

    def _rows(self, name: str) -> pd.DataFrame:
        """One indicator's published number of each study, in whatever variant it was measured."""
        if name not in catalogue():
            raise CodebookError("Unknown indicator.", got=name, next="see the catalogue")
        parts = []
        for slug, gate in self.gates.items():
            frame = gate.published.frames["quantitative"]
            is_it = frame["indicator"].str.partition("@")[0] == name
            level = frame["statistic"].isin(DEFAULT_STATISTICS) & (frame["id"].str.count("/") == 4)
            row = frame[is_it & level & (frame["by"] == "")]
            low, high = self.members[slug].population.ages
            parts.append(row.head(1).assign(study=slug, ages=f"{low}–{high}", country_name=self.names[slug]))
        return pd.concat(parts, ignore_index=True)

    def aligned(self, names: tuple[str, ...]) -> tuple[dict[str, pd.DataFrame], tuple[str, ...]]:
        """The comparable rows of each indicator after the gate, and what is left out with its reason."""
        unknown = [name for name in names if name not in self.indicators]
        if unknown or not self.indicators:
            what = "An indicator is compared only after the table of what may be compared."
            raise EvidenceError(what, got=", ".join(unknown) or "none", next="name it in wb.comparability(…)")
        bases = {catalogue()[name].base for name in names}
        if len(bases) > 1:
            what = "One comparison mixes children who were asked with different bases."
            raise EvidenceError(what, got=", ".join(sorted(bases)), next="one for each base")
        frames, gaps = {}, []
        for name in names:
            rows, out = room.align(self._rows(name))
            known_here = {*rows["study"], *out}
            reasons = {slug: self.say("not measured") for slug in self.members if slug not in known_here}
            for record in rows.to_dict("records"):
                self._pass({str(key): worth for key, worth in record.items()})
            title = self.say(catalogue()[name].title)
            texts = {s: say_codes(why, WHY | REASONS, self.language) for s, why in out.items()} | reasons
            gaps += [f"{title}, {self._called(slug)}: {why}" for slug, why in texts.items()]
            if len(rows) > 1:
                frames[name] = rows.assign(title=title)
        return frames, tuple(gaps)

    def _pass(self, record: dict[str, Any]) -> None:
        """Through the gate of its study, into the evidence of the comparison."""
        fields = {key: v for key, v in record.items() if key in Estimate.__dataclass_fields__}
        self.gates[str(record["study"])].check(Estimate(**fields))
        self.evidence.rows[str(record["id"])] = fields

    # --- questions ----------------------------------------------------------------------------------

    def multiples(self, *names: str, title: str = "") -> Result:
        """Countries beside one another in each indicator; a grid where there are many countries.

        Parameters
        ----------
        names : str
            Indicator ids; without any, those of `comparability`.
        title : str
        """
        frames, gaps = self.aligned(names or self.indicators)
        frame = self._joined(frames)
        frame = self._by_indicator(frame) if self.many else self._by_country(frame)
        return self._result(frame, title or N_("Each country"), "matrix" if self.many else "dots", gaps)

    @property
    def many(self) -> bool:
        """Whether the countries are too many for columns and panels."""
        return len(self.members) > MULTIPLES_UP_TO

    def _joined(self, frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
        return pd.concat(frames.values(), ignore_index=True) if frames else pd.DataFrame()

    def _by_country(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Indicators as rows, countries within them."""
        if rows.empty:
            return rows
        called = [self.names[str(slug)] for slug in rows["study"]]
        return rows.assign(level=rows["study"], level_label=called, by="studies", by_label="")

    def _by_indicator(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Countries as rows of a grid, indicators as its columns."""
        if rows.empty:
            return rows
        turned = rows.assign(level=rows["indicator"], level_label=rows["title"], by="indicator")
        called = [self.names[str(slug)] for slug in rows["study"]]
        turned = turned.assign(title=called, indicator=rows["study"])
        order = {slug: i for i, slug in enumerate(self.members)}
        return turned.sort_values("study", key=lambda c: c.map(order), kind="stable", ignore_index=True)

    def _result(
        self, frame: pd.DataFrame, title: str, kind: str, gaps: tuple[str, ...], note: str = ""
    ) -> Result:
        base = catalogue()[self.indicators[0]].base
        base = self.say(BASES[base]) if base != "ALL" else ""  # whoever all were: the first table says
        unit = str(frame["unit"].iloc[0]) if len(frame) else "share"
        return Result(frame, title, kind, base, unit, self.source, (note,) if note else (), gaps)

    def compare(self, *names: str, title: str = "") -> Result:
        """Differences between countries: every pair of up to four, beyond that each against the others' mean.

        Parameters
        ----------
        names : str
            Indicator ids; without any, those of `comparability`.
        title : str

        Returns
        -------
        Result
            Statistic ``diff``, intervals joint over all comparisons of the page.
        """
        frames, gaps = self.aligned(names or self.indicators)
        differences = {name: self.differences_of(rows) for name, rows in frames.items()}
        frame = self._joined(differences)
        if len(frame):
            ends = zip(frame["ci_low"], frame["ci_high"], strict=True)
            verdicts = ("more" if low > 0 else "less" if high < 0 else "not shown" for low, high in ends)
            frame = frame.assign(verdict=list(verdicts))  # a figure colours only what is shown
            title = title or self._shown_in(frame)
        if self.many and len(frame):
            turned = frame.assign(level=frame["indicator"], level_label=frame["title"], by="indicator")
            frame = turned.assign(indicator=frame["level"], title=frame["level_label"])
        note = self.say("An interval that meets zero shows no difference. Countries are not ranked.")
        kind = "" if self.many else "dots"
        return self._result(frame, title or DIFFERENCES, kind, gaps, note)

    def _shown_in(self, frame: pd.DataFrame) -> str:
        """In how many of the comparisons a difference is shown."""
        counts = {"n": int((frame["verdict"] != "not shown").sum()), "all": len(frame)}
        topic = self.say(DIFFERENCES)
        return self.say("{title}: shown in {n} of {all}", title=topic, **counts)

    def differences_of(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The differences of one indicator, recorded as evidence."""
        contrasts = room.country_differences(rows, indicators=len(self.indicators)).assign(**self.like(rows))
        labels = [self.pair(level) for level in contrasts["level"]]
        return self.evidence.add(contrasts.assign(statistic="diff", level_label=labels))

    def pair(self, level: str) -> str:
        first, _, last = level.rpartition("-")
        others = self.say("mean of the others")
        return f"{self.names[first]} − {self.names.get(last, others)}"

    def like(self, rows: pd.DataFrame) -> dict[str, str]:
        """What computed rows share with those that they come from."""
        first = rows.iloc[0]
        kind = "synthetic" if self.synthetic else "observed"
        same = {key: str(first[key]) for key in ("indicator", "title", "unit", "base", "definition_sha")}
        return {**same, "data_kind": kind, "country": "", "quality": "ok"}

    def values(self) -> None:
        """Each country's number with base and year, by indicator; what is not comparable, with the reason."""
        comparison_rows.values(self)

    def differences(self) -> None:
        """Every comparison of the page with its interval, base, years and whether a difference is shown."""
        comparison_rows.difference_rows(self)

    def regional(self) -> None:
        """What is shown, indicator by indicator; what is not, once; the mean of three countries or more."""
        comparison_rows.regional(self)

    def limits(self) -> None:
        """What a comparison cannot say."""
        self.bullets([self.say(text) for text in LIMITS])

    def _provenance(self) -> list[list[str]]:
        return [[self.say(N_("Cite as")), f"{self.title}. {self.params.study.date.year}."]]


def _published(root: Path) -> list[str]:
    """Studies of the project that have published a survey; an example is compared when it is named."""
    folder = root / "outputs"
    evidence = Path("quantitative", "evidence.parquet")
    return [slug for slug in ProjectFolder(root).studies() if (folder / slug / evidence).is_file()]


def _params(slug: str, root: Path) -> Params:
    example = root / "params" / "examples" / f"{slug}.yaml"
    is_own = slug in ProjectFolder(root).studies() or not example.is_file()
    return load_params(slug if is_own else str(example), root)
