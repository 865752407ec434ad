"""How fast is the table engine? 100 yes/no indicators by 6 breakdowns: 3,100 estimates with SE, interval,
df and n.

    python benchmarks/table_engine.py --sizes 3000 30000 --peers /path/to/python-with-svy-samplics-numba

Each contender runs in a process of its own on the same rows, and is timed without loading its data: the
median of the runs that fit ten seconds, R once. A peer stops after 300 seconds; it is then timed on the
indicators it finished and marked `scaled`. Peak growth is memory above the loaded data, as a multiple of the
data. At the largest sizes only our engine runs, against a compiled pass (numba) over the same rows, sorted
by PSU and cell. The ratios, last, are of wall times and of CPU times: the latter say more on a busy machine.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

INDICATORS, STRATA, PSUS = 100, 60, 1200
BREAKDOWNS = ["age3", "gender", "residence", "region", "ses", "gender,age3"]
LEVELS = {"age3": 3, "gender": 2, "residence": 2, "region": 12, "ses": 5}
BUDGET = 300.0
R_SCRIPT = """
suppressMessages(library(survey)); args <- commandArgs(TRUE)
n <- as.integer(args[2]); k <- as.integer(args[3])
read <- function(name, count) readBin(file.path(args[1], name), "double", count)
frame <- as.data.frame(matrix(read("y.bin", n * k), n)); names(frame) <- paste0("q", seq_len(k))
for (name in c("weight", "stratum", "psu", "age3", "gender", "residence", "region", "ses"))
  frame[[name]] <- read(paste0(name, ".bin"), n)
design <- svydesign(~psu, strata = ~stratum, weights = ~weight, data = frame, nest = TRUE)
by <- list(~age3, ~gender, ~residence, ~region, ~ses, ~gender + age3); start <- proc.time(); done <- 0
for (q in paste0("q", seq_len(k))) {
  y <- as.formula(paste0("~", q)); confint(svymean(y, design, na.rm = TRUE))
  for (b in by) confint(svyby(y, b, design, svymean, na.rm = TRUE))
  done <- done + 1; if ((proc.time() - start)[["elapsed"]] > 300) break
}
used <- proc.time() - start
cat(sprintf('{"wall": %f, "cpu": %f, "done": %d}', used[["elapsed"]], used[[1]] + used[[2]], done))
"""


def draw(folder: Path, size: int) -> None:
    """One synthetic file, rows sorted by PSU and cell: 3 % missing, each fifth indicator filtered."""
    rng = np.random.default_rng(20111117)
    stratum = rng.integers(0, STRATA, size)
    psu = stratum * (PSUS // STRATA) + rng.integers(0, PSUS // STRATA, size)
    code = {name: rng.integers(0, count, size) for name, count in LEVELS.items()}
    code |= {"residence": stratum % 2, "region": stratum // 5}
    cell = np.ravel_multi_index([code[name] for name in LEVELS], list(LEVELS.values()))
    order = np.lexsort((cell, psu))
    np.save(folder / "cell.npy", cell[order])
    columns = {"weight": rng.gamma(4, 0.25, size), "stratum": stratum, "psu": psu, **code}
    for name, values in columns.items():
        np.save(folder / f"{name}.npy", values[order])
    y = np.lib.format.open_memmap(folder / "y.npy", mode="w+", dtype=np.float32, shape=(INDICATORS, size))
    effect = rng.normal(0, 0.4, PSUS)[psu[order]]
    for i in range(INDICATORS):
        base = np.log((0.03 + 0.9 * i / INDICATORS) / (0.97 - 0.9 * i / INDICATORS))
        y[i] = rng.random(size) < 1 / (1 + np.exp(-base - effect))
        y[i][rng.random(size) < (0.6 if i % 5 == 4 else 0.03)] = np.nan


def load(folder: Path, *names: str) -> list[np.ndarray]:
    return [np.load(folder / f"{name}.npy") for name in names]


def memory(field: str) -> float:
    """Resident memory in bytes, now (VmRSS) or at its peak (VmHWM)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return float(line.split()[1]) * 1024
    return float("nan")


def timed(task: Callable[[], int], data_bytes: float, repeat: bool = True) -> dict[str, float]:
    """Wall, CPU and peak growth of a task that says how many indicators it finished."""
    Path("/proc/self/clear_refs").write_text("5")
    before, walls, cpus = memory("VmRSS"), [], []
    while True:
        wall, cpu = time.perf_counter(), time.process_time()
        done = task()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
        if not repeat or sum(walls) > 10 or len(walls) == 7:
            break
    growth = (memory("VmHWM") - before) / data_bytes
    return {"wall": statistics.median(walls), "cpu": statistics.median(cpus), "done": done, "growth": growth}


def frame(folder: Path) -> Any:
    import pandas as pd

    (y,) = load(folder, "y")
    data = pd.DataFrame(y.T, columns=[f"q{i}" for i in range(len(y))], copy=False)
    design = pd.DataFrame(
        dict(zip(["weight", "stratum", "psu"], load(folder, "weight", "stratum", "psu"), strict=True))
    )
    for name, count in LEVELS.items():
        design[name] = pd.Categorical.from_codes(load(folder, name)[0], [f"{name}{i}" for i in range(count)])
    return pd.concat([design, data], axis=1)


def ours(folder: Path) -> dict[str, float]:
    """The whole call of `table`: coding, sums, estimates, logit intervals, the frame."""
    from digicit_lib.survey import SurveyDesign, table

    data = frame(folder)
    names = [f"q{i}" for i in range(INDICATORS)]
    design = SurveyDesign(data, weight="weight", strata="stratum", psu="psu")

    def task() -> int:
        assert len(table(design, names, by=["", *BREAKDOWNS], ci="logit")) == 3100
        return INDICATORS

    return timed(task, data.memory_usage().sum())


def svy(folder: Path, how: str) -> dict[str, float]:
    import polars as pl
    import svy as library

    columns = dict(
        zip(
            ["weight", "stratum", "psu", *LEVELS],
            load(folder, "weight", "stratum", "psu", *LEVELS),
            strict=True,
        )
    )
    (y,) = load(folder, "y")
    data = pl.DataFrame({**columns, **{f"q{i}": one.astype(float) for i, one in enumerate(y)}}).with_columns(
        pl.col(f"q{i}").fill_nan(None) for i in range(len(y))
    )
    names = [f"q{i}" for i in range(len(y))]
    sample = library.Sample(data, library.Design(wgt="weight", stratum="stratum", psu="psu"))
    estimate = getattr(sample.estimation, how)

    def task() -> int:
        for by in [None, *(b.split(",") for b in BREAKDOWNS)]:
            estimate(names, by=by, drop_nulls=True)
        return len(names)

    return timed(task, float(data.estimated_size()))


def samplics(folder: Path) -> dict[str, float]:
    """Its archived last version; missing answers are filled, as it deletes them otherwise."""
    import warnings

    warnings.simplefilter("ignore")
    from samplics import TaylorEstimator
    from samplics.utils.types import PopParam

    weight, stratum, psu, *codes = load(folder, "weight", "stratum", "psu", *LEVELS)
    (y,) = load(folder, "y")
    code = dict(zip(LEVELS, codes, strict=True))
    code["gender,age3"] = code["gender"] * 3 + code["age3"]

    def task() -> int:
        start, done = time.perf_counter(), 0
        for one in y:
            answers = np.nan_to_num(one).astype(float)
            for by in [None, *(code[b].astype(str) for b in BREAKDOWNS)]:
                TaylorEstimator(PopParam.mean).estimate(answers, weight, stratum=stratum, psu=psu, domain=by)
            done += 1
            if time.perf_counter() - start > BUDGET:
                break
        return done

    return timed(task, y.nbytes, repeat=False)


def compiled(folder: Path) -> dict[str, float]:
    """The yardstick: sums of w y, w, n and yes by (PSU x cell), on rows already sorted and coded."""
    import numba

    psu, cell, weight, y = load(folder, "psu", "cell", "weight", "y")
    key = psu * (cell.max() + 1) + cell
    starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1], [True]]))

    @numba.njit(cache=False)
    def sums(y: np.ndarray, weight: np.ndarray, starts: np.ndarray, out: np.ndarray) -> None:
        for i in range(y.shape[0]):
            for g in range(len(starts) - 1):
                wy = w = n = yes = 0.0
                for r in range(starts[g], starts[g + 1]):
                    value = y[i, r]
                    if value == value:
                        w += weight[r]
                        n += 1.0
                        wy += weight[r] * value
                        yes += value
                out[0, i, g], out[1, i, g], out[2, i, g], out[3, i, g] = wy, w, n, yes

    out = np.empty((4, len(y), len(starts) - 1))
    sums(y[:, :1000], weight[:1000], np.array([0, 1000]), out)

    def task() -> int:
        sums(y, weight, starts, out)
        return len(y)

    return timed(task, y.nbytes)


def r_survey(folder: Path, size: int) -> dict[str, float]:
    """R's svyby(svymean) with confint, one indicator after the other."""
    for name in ["y", "weight", "stratum", "psu", *LEVELS]:
        np.load(folder / f"{name}.npy").astype(float).tofile(folder / f"{name}.bin")
    script = folder / "run.R"
    script.write_text(R_SCRIPT)
    command = ["Rscript", str(script), str(folder), str(size), str(INDICATORS)]
    out = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(out.stdout)


CHILDREN: dict[str, Callable[[Path], dict[str, float]]] = {
    "digicit table": ours,
    "numba pass": compiled,
    "svy mean(list)": lambda folder: svy(folder, "mean"),
    "svy prop(list)": lambda folder: svy(folder, "prop"),
    "samplics": samplics,
}


def run(name: str, folder: Path, size: int, peers: str | None) -> dict[str, Any]:
    """One contender in its own process; a reason where it cannot run."""
    if name == "R svyby(svymean)":
        if shutil.which("Rscript") is None:
            return {"skipped": "no Rscript"}
        try:
            return r_survey(folder, size)
        except subprocess.CalledProcessError as error:
            return {"skipped": (error.stderr.strip().splitlines() or ["R failed"])[-1]}
    python = sys.executable if name == "digicit table" else peers
    if python is None:
        return {"skipped": "no --peers python"}
    command = [python, __file__, "--child", name, "--folder", str(folder)]
    threads = {f"{lib}_NUM_THREADS": "1" for lib in ("OMP", "OPENBLAS", "NUMBA")}
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **threads})
    if done.returncode and name == "digicit table":
        raise SystemExit(done.stderr)
    if done.returncode:
        return {"skipped": (done.stderr.strip().splitlines() or ["failed"])[-1][:80]}
    return json.loads(done.stdout.splitlines()[-1])


def contest(size: int, peers: str | None, peers_up_to: int) -> dict[str, dict[str, Any]]:
    names = ["digicit table", "numba pass"]
    if size <= peers_up_to:
        names += ["svy mean(list)", "svy prop(list)", "samplics", "R svyby(svymean)"]
    found = {}
    with tempfile.TemporaryDirectory() as place:
        draw(Path(place), size)
        for name in names:
            found[name] = run(name, Path(place), size, peers)
            report(size, name, found[name])
    return found


def report(size: int, name: str, got: dict[str, Any]) -> None:
    if "skipped" in got:
        print(f"{size:>9,}  {name:<18} skipped: {got['skipped']}", flush=True)
        return
    scale = INDICATORS / got["done"]
    note = "" if scale == 1 else f"scaled from {got['done']} indicators"
    growth = f"{got['growth']:.2f}" if "growth" in got else ""
    peak = f"{got['peak'] / 2**20:,.0f}" if "peak" in got else ""
    wall, cpu = got["wall"] * scale, got["cpu"] * scale
    print(f"{size:>9,}  {name:<18} {wall:>9.3f} {cpu:>9.3f} {peak:>9} {growth:>7}  {note}", flush=True)


def ratios(size: int, found: dict[str, dict[str, Any]]) -> Iterator[str]:
    """How many times longer each contender took."""
    own = found["digicit table"]
    for unit in ("wall", "cpu"):
        parts = [
            f"{name} {got[unit] * INDICATORS / got['done'] / own[unit]:.3g}"
            for name, got in found.items()
            if name != "digicit table" and "skipped" not in got
        ]
        yield f"ratios at {size:,} (contender / digicit, {unit}): " + (", ".join(parts) or "nobody else ran")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[3000, 30000])
    parser.add_argument(
        "--peers", default=os.environ.get("DIGICIT_PEERS"), help="python with svy, samplics, numba"
    )
    parser.add_argument("--peers-up-to", type=int, default=30000, help="largest size at which slow peers run")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if min(options.sizes) < 3000:
        parser.error("3,000 rows at least: fewer leave strata with one PSU")
    if options.child:
        got = CHILDREN[options.child](options.folder)
        print(json.dumps({**got, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
        return
    print(f"{'rows':>9}  {'contender':<18} {'wall s':>9} {'CPU s':>9} {'peak MB':>9} {'growth':>7}")
    found = {size: contest(size, options.peers, options.peers_up_to) for size in options.sizes}
    print()
    for size, got in found.items():
        print("\n".join(ratios(size, got)))


if __name__ == "__main__":
    main()
