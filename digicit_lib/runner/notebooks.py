"""Workbooks as plain JSON: found, checked and composed without nbformat, whose import costs a second."""

import ast
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from digicit_lib.errors import DigicitError
from digicit_lib.language import ENGLISH, is_translated, message_id, plural, translate
from digicit_lib.safe import refuse_special

PARAMETERS = ("study", "language", "params_file")
_NAME = re.compile(r"[a-z_]+")


def read_notebook(path: Path) -> dict[str, Any]:
    """A notebook as plain JSON with the sources joined."""
    try:
        notebook = json.loads(refuse_special(path).read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            cell["source"] = "".join(cell["source"])
            cell["source"].encode()  # half a character is written nowhere
            cell.setdefault("metadata", {}).get("tags")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DigicitError(
            "The notebook cannot be read.", where=path.name, next="open it in JupyterLab"
        ) from error
    if notebook.get("nbformat") != 4:
        raise DigicitError("The notebook's format is not 4.", where=path.name, next="save it in JupyterLab")
    return dict(notebook)


def tags(cell: dict[str, Any]) -> list[str]:
    """A cell's tags."""
    return list(cell["metadata"].get("tags", []))


def check_parameters(notebook: dict[str, Any], where: str, extra: Iterable[str] = ()) -> None:
    """Papermill pastes parameter names as code and only warns of unknown ones, so both are refused here."""
    cells = [c for c in notebook["cells"] if c["cell_type"] == "code" and "parameters" in tags(c)]
    if len(cells) != 1:
        raise DigicitError(
            "A workbook has one cell with the tag parameters.", where=where, got=f"{len(cells)} of them"
        )
    try:
        body = ast.parse(cells[0]["source"]).body
    except SyntaxError as error:
        raise DigicitError("The parameters cell is not Python.", where=where) from error
    names = {t.id for s in body if isinstance(s, ast.Assign) for t in s.targets if isinstance(t, ast.Name)}
    names |= {s.target.id for s in body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)}
    wrong = [name for name in (*PARAMETERS, *extra) if name not in names or not _NAME.fullmatch(name)]
    if wrong:
        what, got = "The workbook does not take a parameter.", ", ".join(sorted(names)) or "none"
        allowed, hint = ", ".join((*PARAMETERS, *extra)), f'add: {wrong[0]} = ""'
        raise DigicitError(what, where=f"{where}, cell parameters", got=got, allowed=allowed, next=hint)


def compose(workbook: Path, annex: Path | None, language: str = "en") -> dict[str, Any]:
    """The notebook to execute: the workbook with the annex's cells before the closing ones, no outputs.

    Its prose speaks the language of the report; what has no translation stays English, marked and counted.
    """
    notebook = read_notebook(workbook)
    cells = notebook["cells"]
    if annex:
        extra = [c for c in read_notebook(annex)["cells"] if not _by_hand(c)]
        ids = {cell.get("id") for cell in cells}
        for cell in extra:
            cell["id"] = f"annex-{cell.get('id', '')}"[:64] if cell.get("id") in ids else cell["id"]
        closing = next((i for i, cell in enumerate(cells) if "closing" in tags(cell)), len(cells))
        cells[closing:closing] = extra
    for cell in cells:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    if language != "en":
        _speak(cells, language)
    return notebook


def _speak(cells: list[dict[str, Any]], language: str) -> None:
    prose = [cell for cell in cells if cell["cell_type"] == "markdown" and cell["source"].strip()]
    untranslated = 0
    for cell in prose:
        source = cell["source"].strip()
        if is_translated(source, language):
            cell["source"], cell["metadata"]["said"] = translate(source, language), message_id(source)
        elif "lab" not in tags(cell):
            cell["source"], cell["metadata"]["said"] = _marked(source), message_id(source)
            cell["metadata"]["lang"] = "en"
            untranslated += 1
    if untranslated:
        text = plural(
            "{n} passage of this report is still in English; it is marked {mark}.",
            "{n} passages of this report are still in English; each is marked {mark}.",
            untranslated,
            language,
            mark=ENGLISH,
        )
        cells.append({"id": "english-left", "cell_type": "markdown", "metadata": {}, "source": text})


def _marked(source: str) -> str:
    """Prose with the mark before its first sentence; a heading alone carries it at its end."""
    heading, blank, prose = source.partition("\n\n") if source.startswith("#") else ("", "", source)
    return f"{heading}{blank}{ENGLISH} {prose}" if prose else f"{heading} {ENGLISH}"


def _by_hand(cell: dict[str, Any]) -> bool:
    """Cells that an annex needs only when someone opens it alone."""
    return bool({"parameters", "by-hand"} & set(tags(cell)))
