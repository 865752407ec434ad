"""Stored outputs of workbooks are stripped: on save by the server of `digicit lab`, and by a git filter.

``git config filter.digicit.clean ".venv/bin/python -m digicit_lib.runner.stored_outputs"`` sets the filter.
"""

import json
import sys
from typing import Any


def strip(notebook: dict[str, Any]) -> bool:
    """Take outputs and execution counts from a notebook's cells; whether there was any.

    Examples
    --------
    >>> notebook = {"cells": [{"cell_type": "code", "outputs": [{}], "execution_count": 3}]}
    >>> strip(notebook), strip(notebook)
    (True, False)
    """
    cells = [cell for cell in notebook.get("cells", []) if cell.get("cell_type") == "code"]
    full = [cell for cell in cells if cell.get("outputs") or cell.get("execution_count") is not None]
    for cell in full:
        cell["outputs"], cell["execution_count"] = [], None
    return bool(full)


def before_save(model: dict[str, Any], path: str = "", **_: object) -> None:
    """Jupyter's `pre_save_hook`: a workbook is saved without its outputs, any other file as it is."""
    if model["type"] == "notebook" and path.lstrip("/").startswith("workbooks/"):
        strip(model["content"])


def stripped(text: str) -> str:
    """A notebook file without outputs; byte for byte the same where it has none, or is no notebook."""
    try:
        notebook = json.loads(text)
    except ValueError:
        return text
    if not isinstance(notebook, dict) or not strip(notebook):
        return text
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(stripped(sys.stdin.read()))
