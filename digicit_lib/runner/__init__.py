"""Runs workbooks: what must run, in worker processes, staged, published whole, recorded.

::

    params ─> plan ─> inputs (fresh?) ─> pool of workers ─> execute: papermill, checks, pages, run.json
                                                        └─> publish: one rename, or .failed/

Light to import: papermill, nbformat and pandas load in workers only.
"""

import sys
from typing import Any, cast

from digicit_lib.runner.batch import Batch, Outcome
from digicit_lib.runner.freshness import Hashes, state_of
from digicit_lib.runner.jobs import Job
from digicit_lib.runner.plan import load_study, plan_jobs

# jsonschema, which nbformat needs, compiles a grammar of international addresses when it is imported: two
# seconds, for the check of a format that no notebook holds. Where the grammar is not there it does without.
cast("dict[str, Any]", sys.modules).setdefault("rfc3987_syntax", None)
