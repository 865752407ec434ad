"""How long until a kernel has the libraries? `python benchmarks/kernel_start.py [--runs 9] [--write]`

From the request to the end of a cell that imports what a quantitative workbook uses: an ordinary kernel, and
one forked from the warm process, in turn. The last line is the ratio.
"""

from __future__ import annotations

import argparse
import os
import resource
import time

import measure
import nbformat

from digicit_lib.runner.kernels.fork_server import ENVIRONMENT
from digicit_lib.runner.kernels.notebook_client import Client, Manager
from digicit_lib.runner.kernels.provisioner import ADDRESS, ForkServer

IMPORTS = (
    "import matplotlib.pyplot, pingouin, pyarrow.parquet, seaborn, statsmodels.api, digicit_lib.workbook.door"
)


def ready(address: str) -> tuple[float, float]:
    """Wall seconds to a kernel with its libraries, and the kernel's CPU seconds."""
    os.environ[ADDRESS] = address
    cell = nbformat.v4.new_code_cell(IMPORTS)
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"papermill": {}})
    client = Client(Manager(notebook, None, None), None, kernel_name="python3", shutdown_kernel="immediate")
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with client.setup_kernel():
        client.execute_cell(cell, 0)
        wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    measure.shutil.rmtree(client.folder)
    return wall, client.process.usage["cpu_seconds"] if address else cpu


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=9)
    options.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    chosen = options.parse_args()
    os.environ |= ENVIRONMENT
    server = ForkServer()
    ready(server.address)
    pairs = [(ready(""), ready(server.address)) for _ in range(chosen.runs)]
    server.close()
    ordinary, forked = ([pair[i] for pair in pairs] for i in (0, 1))
    rows = [
        [name, *(f"{measure.median([run[i] for run in runs]):.3f}" for i in (0, 1))]
        for name, runs in (("ordinary", ordinary), ("forked", forked))
    ]
    wall, cpu = (measure.median([pair[0][i] / pair[1][i] for pair in pairs]) for i in (0, 1))
    rows.append(["ratio", f"{wall:.1f}", f"{cpu:.1f}"])
    text = measure.table(["kernel", "wall s", "CPU s"], rows)
    print(text)
    if chosen.write:
        measure.write_section("A kernel with its libraries", f"{chosen.runs} starts each, in turn.\n\n{text}")
    print(f"forked kernels are ready {wall:.1f} times sooner, for {cpu:.1f} times less CPU")


if __name__ == "__main__":
    main()
