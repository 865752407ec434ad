"""What a worker has loaded before it is forked: imported by the fork server of `pool`, and nowhere else."""

import gc
import importlib

gc.disable()  # what is loaded stays
for _name in ("execute", "crate"):
    importlib.import_module(f"digicit_lib.runner.{_name}")
for _name in ("pandas", "pyarrow.parquet", "digicit_lib.report.exporters", "digicit_lib.evidence.store"):
    importlib.import_module(_name)
gc.freeze()  # what is loaded stays with every worker: no collection goes through it again
gc.enable()
gc.set_threshold(20_000)
