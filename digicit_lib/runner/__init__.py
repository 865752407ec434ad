"""Runs workbooks: what must run, in worker processes, staged, published whole, recorded.

::

    params ─> plan ─> inputs (fresh?) ─> pool of workers ─> execute: papermill, checks, pages, run.json
                                                        └─> publish: one rename, or .failed/

Light to import: papermill, nbformat and pandas load in workers only.
"""

from __future__ import annotations

from digicit_lib.runner.batch import Batch, Outcome
from digicit_lib.runner.freshness import Hashes, State, state_of
from digicit_lib.runner.jobs import Job, StudyFacts
from digicit_lib.runner.plan import load_study, plan_all, plan_jobs

__all__ = [
    "Batch",
    "Hashes",
    "Job",
    "Outcome",
    "State",
    "StudyFacts",
    "load_study",
    "plan_all",
    "plan_jobs",
    "state_of",
]
