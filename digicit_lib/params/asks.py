"""What children of a study agreed to ask for, and to ask, where somebody has approved it for print."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digicit_lib.errors import PublicationRefused
from digicit_lib.safe import has_come, inside, load_yaml

ASK = ("text", "group", "day", "agreed", "approved_by")
PLACEHOLDER = re.compile(r"[<\[][A-Z]+\d+[>\]]|<[^\W\d_][^<>\n]{2,}>")  # [NAME5], <title of the study>


@dataclass(frozen=True)
class Ask:
    """One ask in children's words, the group, the day, how it was agreed, and who let it be printed."""

    text: str
    group: str
    day: dt.date
    agreed: str
    approved_by: str

    def told(self, day: str) -> str:
        """The ask as it is printed, its day in words."""
        return f"{self.text} ({self.group}, {day}; {self.agreed})"


def unfilled(text: str) -> str:
    """A placeholder that still stands in a text, such as `<title of the study>` or `[NAME5]`; empty: none.

    Examples
    --------
    >>> unfilled("So said [NAME5]."), unfilled("Here <the school> helps"), unfilled("Article 12")
    ('[NAME5]', '<the school>', '')
    """
    match = PLACEHOLDER.search(text)
    return match[0] if match else ""


def check_filled(text: str, where: str) -> None:
    """Refuse a text with a placeholder.

    Raises
    ------
    PublicationRefused
    """
    if unfilled(text):
        what = "A placeholder is not filled in."
        hint = "write the real text there, or say it in words, such as [a teacher]"
        raise PublicationRefused(what, where=where, got=unfilled(text), next=hint)


def asks_file(root: Path, study: str) -> Path:
    """Where the asks of a study stand, whether or not it has any."""
    return inside(root, "params", "asks", f"{study}.yaml")


def read_asks(root: Path, study: str, key: str = "asks") -> list[Ask]:
    """What children of a study agreed on; nothing where no file records it.

    Parameters
    ----------
    root : Path
        The project folder; the file is ``params/asks/<study>.yaml``.
    study : str
    key : {"asks", "questions"}
        What they ask for, or what they ask those who read of the study to talk about.

    Raises
    ------
    PublicationRefused
        An ask without text, group, day, the way it was agreed, or approval, with its line.
    """
    path = asks_file(root, study)
    if not path.is_file():
        return []
    data, lines = load_yaml(path)
    asks = data.get(key) or [] if isinstance(data, Mapping) else []
    entries = asks if isinstance(asks, list) else [asks]
    label = f"params/asks/{path.name}"
    return [_ask(entry, f"{label}:{lines.get((key, i), 1)}") for i, entry in enumerate(entries)]


def _ask(entry: Any, where: str) -> Ask:
    fields = entry if isinstance(entry, dict) else {}
    blank = [key for key in ASK if not str(fields.get(key) or "").strip()]
    other = sorted(map(str, set(fields) - set(ASK)))
    has_day = isinstance(fields.get("day"), dt.date) and has_come(fields["day"])
    if blank or other or not has_day:
        late = f"day is no date, or in the future: {fields.get('day')}"
        got = f"no {', '.join(blank)}" if blank else f"unknown key {other[0]}" if other else late
        what = "An ask of children needs its group, its day, how it was agreed, and approval."
        allowed = "{text: …, group: …, day: 2026-10-01, agreed: …, approved_by: …}"
        raise PublicationRefused(what, where=where, got=got, allowed=allowed)
    text, group, agreed, approved = (str(fields[key]) for key in ("text", "group", "agreed", "approved_by"))
    check_filled(" ".join((text, group)), where)
    return Ask(text, group, fields["day"], agreed, approved)
