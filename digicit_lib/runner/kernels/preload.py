"""What a worker has loaded before it is forked: imported by the fork server of `pool`, and nowhere else."""

from __future__ import annotations

import gc
import importlib
import sys
from typing import Any, cast

gc.disable()  # what is loaded stays
# jsonschema, which nbformat needs, compiles a grammar of international addresses when it is imported: most of
# a second, for the check of a format that no notebook holds. Where the grammar is not there it does without.
cast("dict[str, Any]", sys.modules).setdefault("rfc3987_syntax", None)

for _name in ("execute", "crate"):
    importlib.import_module(f"digicit_lib.runner.{_name}")
for _name in ("pandas", "pyarrow.parquet", "digicit_lib.report.exporters", "digicit_lib.evidence.store"):
    importlib.import_module(_name)
gc.freeze()  # what is loaded stays with every worker: no collection goes through it again
gc.enable()
gc.set_threshold(20_000)
