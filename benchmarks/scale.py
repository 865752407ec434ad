"""From three reports to hundreds: `python benchmarks/scale.py [--sizes 3 60 300] [--write]`

Invented studies (one country each, the demonstration population, a seed), all three phases. Time and the
highest memory of all processes together, on this machine; and the middle size on a local Dask cluster of as
many worker processes. `--respondents 300000` adds one large survey. The last line gives time a report at the
largest size over that at the middle one, memory likewise, and the cluster's time over the pool's.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import measure
import yaml


def studies(root: Path, count: int) -> Path:
    """A project with the first `count` invented studies."""
    from digicit_lib.landscape.countries import un_members
    from digicit_lib.safe import load_yaml

    measure.project(root)
    text = load_yaml(root / "params" / "turkey.yaml")[0]
    for name in ("turkey", "ukraine", "russia"):
        (root / "params" / f"{name}.yaml").unlink()
        measure.shutil.rmtree(root / "workbooks" / name, ignore_errors=True)
    for number, code in enumerate(un_members()[:count]):
        own = text | {"study": text["study"] | {"country": code, "languages": ["en"]}}
        own["data"] = {
            "survey": {"kind": "synthetic", "seed": number, "n": 1200},
            "interviews": {"kind": "synthetic", "seed": number},
            "landscape": {"kind": "files"},
        }
        (root / "params" / f"{code.lower()}.yaml").write_text(yaml.safe_dump(own), encoding="utf-8")
    return root


def local(size: int, jobs: int) -> measure.Cost:
    with tempfile.TemporaryDirectory() as folder:
        root = studies(Path(folder, "project"), size // 3)
        return measure.cost([*measure.DIGICIT, "run", "--all", "--jobs", str(jobs)], root, watch=True)


def on_cluster(size: int, jobs: int) -> float:
    """Wall seconds on workers that have done one job before."""
    from distributed import LocalCluster

    with (
        tempfile.TemporaryDirectory() as folder,
        LocalCluster(n_workers=jobs, threads_per_worker=1, dashboard_address=None) as cluster,
    ):
        root = studies(Path(folder, "project"), size // 3)
        command = [*measure.DIGICIT, "run", "--scheduler", cluster.scheduler_address]
        subprocess.run([*command, "afg"], cwd=root, capture_output=True, check=True)
        start = time.perf_counter()
        subprocess.run([*command, "--all", "--force"], cwd=root, capture_output=True, check=True)
        return time.perf_counter() - start


def large(respondents: int) -> list[Any]:
    """Wall seconds, and the kernel's own CPU seconds and memory, of one quantitative workbook."""
    with tempfile.TemporaryDirectory() as folder:
        root = measure.project(Path(folder, "project"))
        params = root / "params" / "turkey.yaml"
        params.write_text(params.read_text(encoding="utf-8").replace("n: 1200", f"n: {respondents}"))
        made = measure.cost([*measure.DIGICIT, "run", "turkey", "quantitative"], root)
        record = root / "outputs" / "turkey" / "quantitative" / "run.json"
        kernel = json.loads(record.read_text(encoding="utf-8"))["kernel"]
        return [f"{respondents:,}", f"{made.wall:.0f}", f"{kernel['cpu_seconds']:.0f}", kernel["peak_mb"]]


def plot(sizes: list[int], walls: list[float]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3), layout="constrained")
    axes = figure.subplots()
    axes.plot(sizes, walls, "o-", color="#12436D")
    axes.set(
        xlabel="reports", ylabel="seconds", xlim=0, ylim=0, title="Time grows with the number of reports"
    )
    path = measure.PAGE.parent / "pictures" / "scale.svg"
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sizes", type=int, nargs="+", default=[3, 60, 300])
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--respondents", type=int, default=300_000)
    options.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    chosen = options.parse_args()
    sizes = sorted(chosen.sizes)
    costs = [local(size, chosen.jobs) for size in sizes]
    cluster = on_cluster(sizes[-2], chosen.jobs)
    rows = [
        [size, f"{c.wall:.0f}", f"{c.cpu:.0f}", f"{c.wall / size:.2f}", f"{c.peak_mb:.0f}"]
        for size, c in zip(sizes, costs, strict=True)
    ]
    rows.append([f"{sizes[-2]}, Dask", f"{cluster:.0f}", "", f"{cluster / sizes[-2]:.2f}", ""])
    text = measure.table(["reports", "wall s", "CPU s", "wall s a report", "memory MB"], rows)
    big = measure.table(
        ["respondents", "wall s", "kernel CPU s", "kernel memory MB"], [large(chosen.respondents)]
    )
    print(f"{text}\n\n{big}")
    if chosen.write:
        plot(sizes, [c.wall for c in costs])
        picture = "![Seconds by number of reports](pictures/scale.svg)"
        told = f"{chosen.jobs} workers, one run a size; memory is the highest sum over all processes."
        measure.write_section("Many reports, many respondents", f"{told}\n\n{text}\n\n{picture}\n\n{big}")
    last, middle = costs[-1], costs[-2]
    print(
        f"time a report x{last.wall / sizes[-1] / (middle.wall / sizes[-2]):.2f}, "
        f"memory x{last.peak_mb / middle.peak_mb:.2f}, cluster x{cluster / middle.wall:.2f}"
    )


if __name__ == "__main__":
    main()
