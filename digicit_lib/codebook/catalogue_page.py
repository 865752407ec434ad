"""The catalogue as a page: docs/catalogue.md, and with a project's own indicators `digicit catalogue`."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from html import escape
from pathlib import Path

from digicit_lib.codebook import (
    CONSTRUCTS,
    FOLDER,
    MODULES,
    SCALES,
    Indicator,
    catalogue,
    instrument,
    instruments,
    is_own,
    split_id,
)
from digicit_lib.codebook.own import project_indicators, project_instruments
from digicit_lib.safe import load_yaml

TEXTS = load_yaml(FOLDER / "catalogue_page.yaml")[0]


def catalogue_markdown(root: Path | None = None) -> str:
    """The page as Markdown: a table of contents, then each indicator folded behind its name.

    Parameters
    ----------
    root : Path, optional
        A project folder: its own indicators come first, marked as own, with the instruments that map them.

    Raises
    ------
    InstrumentError
        What is wrong in the project's files, with its lines.

    Examples
    --------
    >>> page = catalogue_markdown()
    >>> page.count("- Definition: "), page.count("<details")
    (194, 213)
    """
    body = "".join(_own(root) if root else ()) + "".join(_sections()) + "".join(_instruments())
    return str(TEXTS["head"]) + _contents(body) + body


def _contents(body: str) -> str:
    """The parts of the page, each with a link and how many entries it has."""
    parts = [part.partition("\n") for part in body.split("\n## ")[1:]]
    lines = (f"- [{head}](#{_anchor(head)}): {text.count('<details')}" for head, _, text in parts)
    return "\n" + str(TEXTS["contents"]) + "\n" + "\n".join(lines) + "\n"


def _anchor(head: str) -> str:
    """The address of a heading, as GitHub and Sphinx make it."""
    return re.sub(r"[^\w-]", "", head.lower().replace(" ", "-"))


def _folded(name: str, title: str, lines: str) -> str:
    """An entry behind its name; the blank lines make its list Markdown again."""
    words = f"<b>{escape(name)}</b> {escape(title)}".rstrip()
    return f'\n<details id="{escape(name)}"><summary>{words}</summary>\n\n{lines}\n</details>\n'


def _own(root: Path) -> Iterator[str]:
    tools = project_instruments(root)
    indicators = project_indicators(root)
    if indicators:
        yield "\n" + TEXTS["own"].format(n=len(indicators))
    for name, indicator in indicators.items():
        yield _entry(indicator, [t.name for t in tools if name in {split_id(k)[0] for k in t.indicators}])


def _sections() -> Iterator[str]:
    where = {name: instrument(name) for name in instruments() if name != "digicit"}
    base = {section: [i for i in catalogue().values() if i.section == section] for section in CONSTRUCTS}
    parts = {
        f"\n## {s.replace('_', ' and ').capitalize()}\n": [i for i in tools if not i.module]
        for s, tools in base.items()
    }
    for name in MODULES:
        questions = [i for i in catalogue().values() if i.module == name]
        parts["\n" + TEXTS["module"].format(name=name, n=len(questions))] = questions
    for head, indicators in parts.items():
        yield head
        for one in indicators:
            also = [n for n, tool in where.items() for key in tool.indicators if split_id(key)[0] == one.id]
            yield _entry(one, list(dict.fromkeys(also)))


def _entry(indicator: Indicator, tools: list[str]) -> str:
    of_project = is_own(split_id(indicator.id)[0])
    answers = [text for code, text in SCALES.get(indicator.scale, {}).items() if code in indicator.yes]
    facts = {
        "Counts": indicator.numerator + (f" (answers: {'; '.join(answers)})" if answers else ""),
        "Base": "; ".join(filter(None, (indicator.base_text, indicator.period))),
        "Question": indicator.question or f"derived from {', '.join(_parts(indicator))}",
        "Items": "; ".join(item.question for item in indicator.items),
        "Own": "an indicator of this project" if of_project else "",
        "Kind": f"{indicator.type}, scale {indicator.scale or 'none'}, {indicator.competence}, "
        f"tier {indicator.tier}, sensitivity {indicator.sensitivity}, certainty {indicator.certainty}",
        "Rights": f"CRC {', '.join(map(str, indicator.crc))}; GC25 {', '.join(map(str, indicator.gc25))}"
        if indicator.crc or indicator.gc25
        else "",
        "Section": indicator.section.replace("_", " and ") if indicator.module or of_project else "",
        "Source": indicator.source,
        "Topic read in": "; ".join(map(_passage, indicator.read)),
        "Asked in" if of_project else "Also in": ", ".join(tools)
        + " (as a variant)" * bool(tools and not of_project),
        "Note": indicator.note,
        "Definition": f"`{indicator.definition_sha}`",
    }
    lines = "".join(f"- {name}: {text}\n" for name, text in facts.items() if text)
    return _folded(indicator.id, indicator.title, lines)


@cache
def topic_passages() -> Mapping[str, Mapping[str, object]]:
    """Passages on the topics of the modules that were read: citation, where, on (day), quote.

    Examples
    --------
    >>> topic_passages()["gc25_42"]["on"].isoformat()
    '2026-11-28'
    """
    return dict(load_yaml(FOLDER / "read.yaml")[0])


def _passage(name: str) -> str:
    """A passage that was read: what it says, where, on which day."""
    passage = topic_passages()[name]
    return f"{passage['citation']} (<{passage['where']}>, read {passage['on']}): “{passage['quote']}”"


def _parts(indicator: Indicator) -> list[str]:
    leaves = indicator.derived.leaves() if indicator.derived else ()
    return list(dict.fromkeys(leaf.of for leaf in leaves if leaf.of))


def _instruments() -> Iterator[str]:
    yield "\n## Instruments\n"
    for tool in map(instrument, instruments()):
        low, high = tool.population.ages
        lines = [f"- {tool.title}: {tool.population.base}, ages {low} to {high}"]
        lines += [f"- Cite: {tool.citation}", f"- Licence: {tool.licence}", f"- Get it: {tool.where}"]
        for key in tool.indicators if not tool.generated else ():
            indicator = tool.definition(key)
            note = f" *{indicator.note}*" if indicator.note else ""
            period = f" ({indicator.period})" if indicator.period else ""
            lines.append(f"- {key} {indicator.title}: {indicator.numerator}{period}.{note}")
        yield _folded(tool.name, "", "\n".join(lines) + "\n")
