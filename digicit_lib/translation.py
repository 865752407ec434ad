"""Every message that a reader may see, with its places: code, codebook, templates, workbooks, studies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from digicit_lib.codebook import BASES, CONSTRUCTS, FOLDER, Indicator, catalogue, instrument, instruments
from digicit_lib.language.literals import PAIR, Found, is_words, python_messages, source_messages
from digicit_lib.products.templates import shipped_messages
from digicit_lib.runner.notebooks import read_notebook, tags
from digicit_lib.safe import load_yaml

LIBRARY = FOLDER.parent
ROOMS = (
    "disclosure", "exhibits", "language", "products", "qualitative", "report",
    "workbook",
)  # fmt: skip
# Further files that speak, in rooms whose other words are names of columns and kinds.
SPEAKING = (
    "codebook/rights.py", "data/quality.py", "landscape/words.py", "runner/notebooks.py", "survey/design.py",
    "survey/tests.py",
)  # fmt: skip
# Words that code puts together from names; the place is where it does.
MADE = {
    "workbook/base.py": (
        "Exploratory", "Quantitative", "Qualitative", "Exploratory report", "Quantitative report",
        "Qualitative report", "Communication", "Advocacy", "Forum", "Comparison", "Communication report",
        "Advocacy report", "Forum report", "Comparison report", "red", "amber", "green", "demonstration",
        "CRC", "OPSC", "OPIC", "Lanzarote", "Budapest", "WeProtect Model National Response",
    ),
    "workbook/review_tables.py": (
        "state", "civil society and research", "children", "industry and media", "international",
        "probability", "opt-in", "purposive", "administrative", "commercial", "desk review", "unknown",
        "partly", "not yet reviewed", "to be confirmed", "definition changed", "mixed reference years",
        "vintages disagree", "opt-in source", "purposive source", "commercial source", "unknown source",
        "desk review source", "press report", "definition break",
        "supportive", "neutral", "opposed", "policy", "connectivity", "research", "verified",
    ),
    "workbook/survey_models.py": ("as delivered", "calibrated", "calibrated and trimmed"),
    "workbook/comparison.py": ("Children's digital citizenship and safety, compared",),
    "workbook/qualitative.py": (
        "agrees", "widens", "contradicts", "not judged yet", "AC1", "child", "parent", "teacher", "girl",
        "boy", "adult", "focus group", "group interview", "interview", "urban", "rural", "female", "male",
        "Role, age band, area",
    ),
    "products/__init__.py": ("invented data never stand beside real ones", "real data, alone of their kind"),
    "workbook/template_product.py": ("Residence", "Ses"),
    "data/quality.py": (
        "Item non-response", "Straight-lining", "Twin interviews", "Age heaping", "Interview length",
        "Rows left out by a filter", "Weights", "look", "Check", "What", "Value", "Mark",
    ),
    "survey/design.py": ("Taylor", "calibrated", "unweighted"),
    "qualitative/displays.py": (
        "day of the interview", "month of the interview", "order of the files", "other",
    ),
    "qualitative/coders.py": (
        "interval: undefined in too many resamples", "no source was coded by two coders",
        "fewer than two coders rated a unit", "unused", "one source", "digicit tables",
        "characters within turns",
    ),
    "codebooks/instruments/digicit.yaml": ("The own questionnaire of digicit", "the study's own"),
    "codebook/__init__.py": ("score 0-100", "years", "median", "mean", "share", "diff", "total", "ratio"),
    "landscape/pilot.py": ("those who took part in the pilot",),
    "params/schema.py": (
        "Collection strategy", "Sponsor and conductor", "Instruments", "Population", "Sample recruitment",
        "Method and mode", "Dates", "Sample sizes and precision", "Weighting", "Processing and checks",
        "Limits",
    ),
    "workbook/quantitative.py": (
        "Judge", "Create", "Navigate", "Consume", "Cross", "Indicators", "domain", "design",
    ),
    "report/pages.py": (
        "observed", "synthetic", "added", "removed", "changed", "Study", "Phase or product", "Data", "State",
        "Read", "Files", "fresh", "stale", "failed", "never",
    ),
}  # fmt: skip
# Literals that flow into words and are none.
_CODES = {
    "auto", "en", "wdi", "ok", "gap", "info", "warning", "’ʼ`", "cover", "quotation", "note", "finding",
    "provenance", "definitions", "list", "left", "table", "dates", "limits", "grid", "files", "prose",
    "quality", "estimate", "title", "IT.NET.USER.ZS",
    "UNICEF.SCHOOL.CONNECTIVITY",
}  # fmt: skip
_FILE = re.compile(r"[a-z_]+\.(pdf|html|csv|ipynb)")
# Files of the codebook: the keys whose text is shown; none named: every text of the file.
_CODEBOOK: dict[str, tuple[str, ...]] = {
    "form.yaml": (), "scales.yaml": (), "texts.yaml": (), "rights.yaml": ("right",),
    "landscape/flags.yaml": ("say",), "landscape/legal.yaml": ("title",),
    "landscape/series.yaml": ("title", "base", "definition", "unit", "why", "where", "changed"),
    "synthetic/interviews.yaml": ("themes", "label", "definition", "include_when", "exclude_when"),
    "../qualitative/coreq.yaml": (),
    "frames.yaml": (
        "share", "score", "number", "headline", "people", "base", "words", "caution",
    ),
    "recommendations.yaml": ("duty_bearer", "action"),
}  # fmt: skip
_INDICATOR = ("title", "period", "unit", "question", "categories", "items", "says")
_INSTRUMENT = ("mode", "recruitment", "sponsor", "conductor", "text", "says")
_STUDY = ("title", "coverage", "base", "what", "disclosure", "coreq", "note")
_REGISTER = ("title", "base", "event", "text", "tension", "main_use", "population", "name", "rule", "size")
# Registers that cite in words of ours; the others print titles as they were published.
_CITING = dict.fromkeys(("legal", "cautions", "timeline"), ("citation",))
_SAID = re.compile(r"""\bsay\((?:"([^"]+)"|'([^']+)')""")


def messages(root: Path) -> dict[str | tuple[str, str], list[tuple[str, int]]]:
    """All messages in a fixed order, each with its places.

    Parameters
    ----------
    root : Path
        The project folder; its workbooks and studies speak too.

    Returns
    -------
    dict of str or (str, str) to list of (str, int)
        Message, or singular and plural, to files and lines: reports first, then the
        codebook, then what speaks to those who run it.
    """
    found: dict[str | tuple[str, str], list[tuple[str, int]]] = {}
    for file, line, text in _all(root):
        for words in text.split(" | "):
            if _is_message(words):
                one, _, many = words.partition(PAIR)
                places = found.setdefault((one, many) if many else one, [])
                places += [(file, line)] if (file, line) not in places else []
    return found


def _is_message(text: str) -> bool:
    return is_words(text) and text == text.strip() and text not in _CODES and not _FILE.fullmatch(text)


def _all(root: Path) -> Iterator[Found]:
    workbooks = [
        p for p in sorted((root / "workbooks").rglob("*.ipynb")) if ".ipynb_checkpoints" not in p.parts
    ]
    cells = [cell for path in workbooks for cell in _cells(root, path)]
    yield from (found for found, lab in cells if not lab)
    yield from _code()
    yield from _indicators()
    for name, keys in _CODEBOOK.items():
        path = (FOLDER / name).resolve()
        yield from _yaml(LIBRARY.parent, path, keys)
    folder = "digicit_lib/products/texts"
    yield from ((f"{folder}/{file}", line, text) for file, line, text in shipped_messages())
    for path in sorted((root / "params").glob("*.yaml")):
        if path.stem != "defaults":
            yield from _yaml(root, path, _STUDY)
    for path in sorted((root / "params" / "landscape").rglob("*.yaml")):
        yield from _yaml(root, path, (*_REGISTER, *_CITING.get(path.stem, ())))
    yield from (found for found, lab in cells if lab)


def _code() -> Iterator[Found]:
    files = sorted(path for room in ROOMS for path in (LIBRARY / room).rglob("*.py"))
    files += [LIBRARY / name for name in SPEAKING]
    yield from python_messages(LIBRARY.parent, files)
    for path in sorted((LIBRARY / "report" / "template").glob("*.j2")):
        place = path.relative_to(LIBRARY.parent).as_posix()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            yield from ((place, number, "".join(words)) for words in _SAID.findall(line))
    for file, words in MADE.items():
        yield from ((f"digicit_lib/{file}", 1, text) for text in words)
    yield from (("digicit_lib/workbook/quantitative.py", 1, _spoken(name)) for name in CONSTRUCTS)
    yield from (("digicit_lib/workbook/exploratory.py", 1, name.replace("_", " and ")) for name in CONSTRUCTS)
    from digicit_lib.products import AUDIENCES, PARTS

    readers = (*AUDIENCES.values(), *PARTS.values())
    yield from (("digicit_lib/products/__init__.py", 1, text) for text in readers)


def _spoken(name: str) -> str:
    return name.replace("_", " and ").capitalize()


def _cells(root: Path, path: Path) -> Iterator[tuple[Found, bool]]:
    """A workbook's prose, one message a cell, and what its code says; whether it speaks to who runs it."""
    place = path.relative_to(root).as_posix()
    for number, cell in enumerate(read_notebook(path)["cells"], 1):
        if cell["cell_type"] == "markdown":
            yield (place, number, cell["source"].strip()), "lab" in tags(cell)
        elif cell["cell_type"] == "code":
            yield from (
                ((place, number, text), False) for _, _, text in source_messages(cell["source"], place)
            )


def _indicators() -> Iterator[Found]:
    """Names, bases and periods of the catalogue and of every survey's own variants."""
    folder = FOLDER / "catalogue"
    for path in sorted(folder.glob("*.yaml")):
        yield from _yaml(LIBRARY.parent, path, _INDICATOR)
        where = path.relative_to(LIBRARY.parent).as_posix()
        data, lines = load_yaml(path)
        yield from ((where, lines[name,], catalogue()[name].base_text) for name in data)
    yield from (("digicit_lib/codebook/models.py", 1, text) for text in BASES.values())
    for name in instruments():
        held = instrument(name)
        file = f"digicit_lib/codebooks/instruments/{name}.yaml"
        yield from _yaml(LIBRARY.parent, LIBRARY.parent / file, _INSTRUMENT)
        for own in (held.definition(n) for n in held.indicators):
            yield from ((file, 1, text) for text in _variant(own))


def _variant(indicator: Indicator) -> Iterable[str]:
    return (indicator.title, indicator.period, indicator.base_text) if "@" in indicator.id else ()


def _yaml(root: Path, path: Path, keys: tuple[str, ...]) -> Iterator[Found]:
    data, lines = load_yaml(path)
    place = path.relative_to(root).as_posix()
    for at, text in _leaves(data, (), keys, not keys):
        line = next((lines[at[:n]] for n in range(len(at), -1, -1) if at[:n] in lines), 1)
        yield place, line, text


def _leaves(data: Any, at: tuple[Any, ...], keys: tuple[str, ...], wanted: bool) -> Iterator[tuple[Any, str]]:
    """Texts below a chosen key; the categories of a distribution are keys themselves."""
    if isinstance(data, str):
        if wanted:
            yield at, data
    elif isinstance(data, dict):
        for key, value in data.items():
            if key == "categories" and key in keys:
                yield from ((at, label) for label in value)
            elif key == "items" and key in keys:
                yield from _leaves(value, (*at, key), ("question",), False)
            else:
                yield from _leaves(value, (*at, key), keys, wanted or key in keys)
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from _leaves(value, (*at, number), keys, wanted)


def reviewers(root: Path, language: str) -> str:
    """Who has read a language's translation, as the studies name them."""
    from digicit_lib.params import load_params, studies

    named = [load_params(study, root).translation_reviewers for study in studies(root)]
    return ", ".join(sorted({name for held in named for code, name in held.items() if code == language}))
