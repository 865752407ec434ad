"""What cells may leave behind: blocks. Anything else may hold respondents, and never reaches the disk."""

import logging
import re
from collections.abc import Mapping
from typing import Any

from digicit_lib.errors import PublicationRefused
from digicit_lib.exhibits.blocks import MIME, RENDERERS, SEAL, block_seal

LOG = logging.getLogger("digicit.run")
FORMS = {MIME, "text/html", "text/markdown", "text/plain"}  # a block, and how JupyterLab shows it
# Of the notebook itself: what widgets hold, and whatever else came with it, is no part of a report.
METADATA = {"kernelspec", "language_info", "papermill"}
# A place is a file of Python and a kind is named as kinds are: a cell may give either the words of a row.
_WARNING = re.compile(r"^\S*?([\w-]+\.py:\d+): ((?:[A-Z][a-z]+)+Warning):", re.M)


def keep_blocks(notebook: Any) -> None:
    """Leave blocks only in an executed notebook, before it is saved; what describes them goes too.

    Parameters
    ----------
    notebook : NotebookNode
        Changed in place: a cell that showed anything else loses it and carries `refused` in its metadata, in
        words that quote nothing; warnings go to the log by kind and place. Errors stay: a failed run forgets
        their words.
    """
    for key in set(notebook.metadata) - METADATA:
        del notebook.metadata[key]
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type != "code":
            continue
        _log_warnings(cell, number)
        outputs, cell.outputs, refused = cell.outputs, [], []
        for output in outputs:
            if output.output_type == "error" or _is_block(output):
                cell.outputs.append(_bare(output))
            elif kind := _kind(output):
                refused.append(kind)
        if refused:
            cell.metadata["refused"] = ", ".join(dict.fromkeys(refused))


def check_blocks(notebook: Any) -> None:
    """Refuse a notebook of which a cell showed anything but blocks.

    Raises
    ------
    PublicationRefused
        With the kind of output, never the output.
    """
    for cell in notebook.cells:
        if kinds := cell.metadata.get("refused"):
            what = "A cell shows something else than an exhibit or a finding, which could hold respondents."
            allowed = "wb.figure, wb.table, wb.finding, wb.note and their like"
            hint = "end the line with `;` or drop it, run again"
            raise PublicationRefused(what, got=kinds, allowed=allowed, next=hint)


def _is_block(output: Any) -> bool:
    data = output.get("data", {})
    block = data.get(MIME)
    is_known = isinstance(block, Mapping) and block.get("kind") in RENDERERS and set(data) <= FORMS
    return is_known and output.get("metadata", {}).get(SEAL) == block_seal(data)


def _bare(output: Any) -> Any:
    """A block without what a notebook may write beside it."""
    if output.output_type != "error":
        output.metadata = {SEAL: output.metadata[SEAL]}  # looked for at the next saving too
        output.data.pop("text/plain", None)
    return output


def _kind(output: Any) -> str:
    """The kind of an output that no run publishes; empty for what is written to stderr."""
    if output.output_type == "stream":
        return "printed text" if output.name != "stderr" else ""
    kinds = sorted(set(output.get("data", {})) - {"text/plain"})
    return ", ".join(kinds) or "the value of an expression"


def _log_warnings(cell: Any, number: int) -> None:
    """Kind and place of what a cell wrote to stderr; its text may quote an answer."""
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stderr":
            places = [f"{kind} at {place}" for place, kind in _WARNING.findall(output.text)]
            LOG.warning("cell %d wrote to stderr: %s", number, "; ".join(places) or "text, left out")
