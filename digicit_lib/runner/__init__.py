"""Runs workbooks: what must run, in worker processes, staged, published whole, recorded.

::

    params ─> plan ─> inputs (fresh?) ─> pool of workers ─> execute: papermill, checks, pages, run.json
                                                        └─> publish: one rename, or .failed/

Light to import: papermill, nbformat and pandas load in workers only.
"""

from __future__ import annotations

from digicit_lib.runner.batch import Batch, Outcome
from digicit_lib.runner.freshness import Hashes, state_of
from digicit_lib.runner.jobs import Job
from digicit_lib.runner.plan import load_study, plan_jobs
