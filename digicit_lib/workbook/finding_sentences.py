"""Statements as whole sentences: the frame of type, breakdown and verdict, its slots filled from evidence."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from digicit_lib.codebook import Breakdown, Indicator
from digicit_lib.codebook.frames import base_of, ends_of, fits, frames, parents_of, short_of, they_of
from digicit_lib.codebook.people import GROWN, VAGUE, grown, young
from digicit_lib.language import number, percent, share_in_words, translate
from digicit_lib.workbook.choosing import NONE, Statement, ends
from digicit_lib.workbook.findings import Part, points

_SLOT = re.compile(r"\{(\w+)\}")
_ASIDE = re.compile(r"\[[^\[\]]*\]")
_CLOSING = re.compile(r"\s*[(.;:)]|$")  # what follows a clause without a verb of its own
OLDEST = 99  # an upper age that means "and over"
LONGEST = 90  # characters of a headline
_OF_ALL_AGES = {"girl": "female", "boy": "male"}  # which the frames call women and men
_KINDS = {"share": "share", "scale": "score", "numeric": "number"}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Speaker:
    """What is needed to say a statement of one survey.

    Attributes
    ----------
    rows : mapping
        Evidence rows by id.
    indicators : mapping
        The survey's own forms.
    breakdowns : mapping
        The instrument's, for the words of their groups.
    noun, whole, name : str
        The respondents' noun, the whole population in the survey's words, and what these call its people.
    labels : mapping
        Words of breakdowns and of their levels, in the language.
    wave, language : str
    ages : str
        Of everyone asked, where a level for all must name them.
    span : (int, int), optional
        Ages of the survey's population; a level that is of fewer names them.
    """

    rows: Mapping[str, Row]
    indicators: Mapping[str, Indicator]
    breakdowns: Mapping[str, Breakdown] = field(default_factory=dict)
    noun: str = "children"
    whole: str = ""
    name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    wave: str = ""
    language: str = "en"
    ages: str = ""
    span: tuple[int, int] | None = None

    def say(self, statement: Statement) -> list[Part]:
        """The sentence of a statement, its numbers with their evidence; no interval where there is none."""
        frame, slots = self._frame(statement), self._slots(statement)
        whole = all(part["value"] == part["value"] for part in slots.values() if isinstance(part, dict))
        return self._fill(frame if whole else _ASIDE.sub("", frame), slots)

    def plain(self, statement: Statement, *, in_words: bool = False) -> list[Part]:
        """The sentence without its interval; `in_words`: a share for those who do not read percent."""
        frame, slots = self._frame(statement), self._slots(statement)
        share = slots.get("share")
        if in_words and statement.kind == "level" and isinstance(share, dict) and "{they}" in frame:
            frame = translate(frames()["words"]["share"], self.language)
            slots["share"] = {**share, "text": share_in_words(float(share["value"]), self.language)}
        return self._fill(_ASIDE.sub("", frame), slots)

    def headline(self, statement: Statement) -> list[Part]:
        """A statement as the title of an exhibit: without interval, at most `LONGEST` characters."""
        frame, slots = self._frame(statement), self._slots(statement)
        parts = self._fill(_ASIDE.sub("", frame).rstrip(".").strip(), slots)
        if len(words(parts)) <= LONGEST:
            return parts
        kind = {"difference": "two", "none": "two", "change": "change"}.get(statement.kind, "level")
        return self._fill(translate(frames()["headline"][kind], self.language), slots)

    # --- the frame -----------------------------------------------------------------------------------------

    def _frame(self, statement: Statement) -> str:
        row, of = self.rows[statement.id], self.indicators[statement.indicator]
        kind = _KINDS[of.type]
        if statement.kind == "level":
            name = _level_frame(row)
            frame = frames()[name][kind]
            sentence = of.says.level if name == "level" and fits(of.says.level, self.language) else ""
            return translate(sentence or frame, self.language)
        verdict = "none" if row["verdict"] == NONE else str(row["verdict"])
        if statement.kind == "change":
            return translate(frames()["change"][kind][verdict], self.language)
        name, turned = self._ends(statement)
        verdict = {"more": "less", "less": "more"}.get(verdict, verdict) if turned else verdict
        return translate(frames()[name][kind][verdict], self.language)

    def _ends(self, statement: Statement) -> tuple[str, bool]:
        first, last = (row["level"] for row in self._groups(statement))
        if self._parents(statement, first) and self._parents(statement, last):
            return "other", False
        if self._are_young(first):
            return "other", False
        if self.span and grown(self.span):
            first, last = (_OF_ALL_AGES.get(level, level) for level in (first, last))
        return ends_of(statement.by, (first, last), self.breakdowns.get(statement.by))

    def _are_young(self, level: str) -> bool:
        return self.span is not None and young(self.span) and level in GROWN

    def _parents(self, statement: Statement, level: str) -> str:
        """A group by the children's traits, where their parents answered."""
        return parents_of(statement.by, level, self.language) if self.noun == "parents" else ""

    def _groups(self, statement: Statement) -> tuple[Row, Row]:
        """The levels of the two groups of a difference, as its id names them."""
        row = self.rows[statement.id]
        mine = {
            r["level"]: r
            for r in self.rows.values()
            if (r["indicator"], r["by"], r["period"]) == (row["indicator"], row["by"], "")
            and r["statistic"] in ("share", "mean")
        }
        first, last = ends(row["level"], mine)
        return mine[first], mine[last]

    # --- the slots -----------------------------------------------------------------------------------------

    def _slots(self, statement: Statement) -> dict[str, Part]:
        row, of = self.rows[statement.id], self.indicators[statement.indicator]
        slots: dict[str, Part] = {"short": short_of(of, self.language), "they": they_of(of, self.language)}
        by_age = row["by"] == "age_group" and statement.kind == "level"
        ages = self._asked(of, row["level"].replace("-", "–") if by_age else self.ages)
        indicators, whole = self.indicators, self.whole
        slots["base"] = base_of(
            of, self.noun, self.language, ages=ages, known=indicators, whole=whole, name=self.name
        )
        if statement.kind == "level":
            low, high = self._interval(row)
            slots |= {"share": self._number(row, "estimate"), "low": low, "high": high, "n": self._n(row)}
            return slots
        if statement.kind == "change":
            return slots | self._change(row) | self._distance(row)
        turned = self._ends(statement)[1]
        first, last = self._groups(statement)[:: -1 if turned else 1]
        groups = {"a": self._number(first, "estimate"), "b": self._number(last, "estimate")}
        return slots | groups | self._names(statement, first, last) | self._distance(row, turned=turned)

    def _asked(self, of: Indicator, ages: str) -> str:
        """The ages that a level is of: its group's or everyone's, as far as they were asked.

        Children are of all the study's ages where none are named; people would be of any.
        """
        band = re.fullmatch(r"(\d+)–(\d+)", ages)
        whole = (int(band[1]), int(band[2])) if band else None if ages else self.span
        if whole is None:
            return ages
        low, high = max(whole[0], of.ages[0]), min(whole[1], of.ages[1])
        of_any_age = self.noun in VAGUE and (not self.name or self.noun in self.name)
        ages_go_unsaid = ages or not of_any_age or high >= OLDEST
        if low > high or ((low, high) == whole and ages_go_unsaid):
            return ages
        return str(low) if low == high else f"{low}–{high}"

    def _names(self, statement: Statement, first: Row, last: Row) -> dict[str, Part]:
        spec = self.breakdowns.get(statement.by)
        if spec is not None and spec.says:
            return {
                "first": translate(spec.says[0], self.language),
                "last": translate(spec.says[1], self.language),
            }
        parents = [self._parents(statement, row["level"]) for row in (first, last)]
        if all(parents):
            return dict(zip(("first", "last"), parents, strict=True))
        if called := frames()[self._ends(statement)[0]].get("names"):
            names = zip(("first", "last"), called, strict=True)
            return {side: translate(name, self.language) for side, name in names}
        label = {
            name: self.labels.get(f"{statement.by}={r['level']}", str(r["level"]))
            for name, r in (("first", first), ("last", last))
        }
        if self._are_young(str(first["level"])):
            return {name: text[:1].lower() + text[1:] for name, text in label.items()}
        if self._ends(statement)[0] != "other":
            return {name: text.replace("-", "–") for name, text in label.items()}
        group, by = frames()["words"]["group"], self.labels.get(statement.by, statement.by)
        return {name: translate(group, self.language, level=text, by=by) for name, text in label.items()}

    def _change(self, row: Row) -> dict[str, Part]:
        now = next(
            r
            for r in self.rows.values()
            if (r["indicator"], r["by"], r["period"]) == (row["indicator"], "", "")
            and r["statistic"] in ("share", "mean")
        )
        then = {**row, "estimate": now["estimate"] - row["estimate"]}
        shares = {"share": self._number(now, "estimate"), "share0": self._number(then, "estimate")}
        return shares | {"now": self.wave or str(now.get("wave", "")), "then": str(row["period"])}

    def _distance(self, row: Row, *, turned: bool = False) -> dict[str, Part]:
        """A difference in points, and its interval in the sentence's own direction."""
        scale = 100 if row["unit"] == "share" else 1
        size, low, high = (scale * row[name] for name in ("estimate", "sim_low", "sim_high"))
        if turned if row["verdict"] == NONE else row["verdict"] == "less":
            size, low, high = -size, -high, -low
        texts = points(abs(size), low, high, scale=1, language=self.language)
        numbers = zip(("d", "low", "high"), texts, (abs(size), low, high), strict=True)
        return {name: {"text": text, "id": row["id"], "value": x} for name, text, x in numbers}

    def _number(self, row: Row, column: str, *, bare: bool = False) -> Part:
        """A level or an end of its interval; `bare` without the sign of percent."""
        x = float(row[column])
        if row["unit"] != "share":
            text = number(x, self.language, 0 if row["unit"].startswith("score") else 1)
        else:
            text = number(100 * x, self.language) if bare else percent(x, self.language)
        return {"text": text, "id": row["id"], "value": x}

    def _interval(self, row: Row) -> list[Part]:
        """The ends of a level's interval: none is so narrow as whole percents that are alike would say."""
        ends, scale = ("ci_low", "ci_high"), 100 if row["unit"] == "share" else 1
        parts = [self._number(row, name, bare=True) for name in ends]
        if row[ends[0]] == row[ends[1]] or words(parts[:1]) != words(parts[1:]):
            return parts
        texts = (number(scale * float(row[name]), self.language, 1) for name in ends)
        pairs = zip(texts, ends, strict=True)
        return [{"text": text, "id": row["id"], "value": float(row[name])} for text, name in pairs]

    def _n(self, row: Row) -> Part:
        return {"text": number(row["n"], self.language), "id": row["id"], "value": float(row["n"])}

    def _fill(self, frame: str, slots: Mapping[str, Part]) -> list[Part]:
        parts: list[Part] = []
        for i, piece in enumerate(_SLOT.split(re.sub(r"[\[\]]", "", frame))):
            if i and not i % 2 and isinstance(parts[-1], str) and _CLOSING.match(piece):
                parts[-1] = parts[-1].rstrip(",")  # a clause that nothing follows
            if piece.startswith(":") and parts and str(parts[-1]).endswith("?"):
                piece = piece.removeprefix(":")  # a question ends with its own mark
            parts.append(slots[piece] if i % 2 else piece)
        return _capital([part for part in parts if part], self.language)


def _level_frame(row: Row) -> str:
    """Why a level asks for caution: all or none is the answer itself, and many answers are not few."""
    reasons = {reason.split("?")[0] for reason in str(row.get("reason") or "").split(";")}
    if row["quality"] == "ok" or reasons == {"none_or_all"}:
        return "level"
    return "few" if "some_answers" in reasons or reasons == {""} else "imprecise"


def words(parts: list[Part]) -> str:
    """The parts as one text."""
    return "".join(part if isinstance(part, str) else str(part["text"]) for part in parts)


def _capital(parts: list[Part], language: str) -> list[Part]:
    first = parts[0]
    if not isinstance(first, str):
        return parts
    start = "İ" if language == "tr" and first.startswith("i") else first[:1].upper()
    return [start + first[1:], *parts[1:]]
