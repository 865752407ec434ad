"""500 transcripts of 50,000 characters, 60,000 selections: read and every table, time and memory.

    python benchmarks/qualitative.py [python of another environment ...]

Beside it, where installed here or there: pyrefiqda reads the same archive, krippendorff computes one alpha
of 2,000 turns and three coders, scaled up to the bootstrap.
"""

from __future__ import annotations

import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np

TRANSCRIPTS, CHARACTERS, SELECTIONS, CODES = 500, 50_000, 60_000, 50
WORDS = (
    "я",
    "потом",
    "телефон",
    "мама",
    "сообщение",
    "друг",
    "группа",
    "школа",
    "видео",
    "написал",
    "игра",
    "😀",
)


def make(path: Path) -> None:
    """A project as a program would write it: code points, LF, two coders, nested codes."""
    rng = np.random.default_rng(1)
    codes = "".join(f'<Code guid="c{i}" name="code {i}" isCodable="true"/>' for i in range(CODES))
    parts = [
        '<Project xmlns="urn:QDA-XML:project:1.0" name="b" origin="benchmark">',
        '<Users><User guid="u0" name="A"/><User guid="u1" name="B"/></Users>',
        f"<CodeBook><Codes>{codes}</Codes></CodeBook><Sources>",
    ]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(TRANSCRIPTS):
            text, edges = _transcript(rng)
            archive.writestr(f"sources/s{number}.txt", text)
            place = f'name="T{number:03d}.txt" plainTextPath="internal://s{number}.txt"'
            parts.append(f'<TextSource guid="s{number}" {place}>')
            parts += [_selection(rng, f"{number}-{i}", edges) for i in range(SELECTIONS // TRANSCRIPTS)]
            parts.append("</TextSource>")
        archive.writestr("project.qde", "\n".join([*parts, "</Sources></Project>"]))


def _transcript(rng: np.random.Generator) -> tuple[str, np.ndarray]:
    lines, size = [], 0
    while size < CHARACTERS:
        line = f"P{int(rng.integers(1, 8))}: " + " ".join(rng.choice(WORDS, 18)) + "."
        lines.append(line)
        size += len(line) + 1
    text = "\n".join(lines)[:CHARACTERS]
    return text, np.flatnonzero(np.frombuffer(text.encode("utf-32-le"), "<u4") == 32)


def _selection(rng: np.random.Generator, guid: str, edges: np.ndarray) -> str:
    at = int(rng.integers(0, len(edges) - 30))
    start, end = int(edges[at]) + 1, int(edges[at + int(rng.integers(2, 28))])
    codings = "".join(
        f'<Coding guid="k{guid}-{i}" creatingUser="u{int(rng.integers(0, 2))}">'
        f'<CodeRef targetGUID="c{int(rng.integers(0, CODES))}"/></Coding>'
        for i in range(1 + int(rng.random() < 0.375))
    )
    place = f'startPosition="{start}" endPosition="{end}"'
    return f'<PlainTextSelection guid="x{guid}" {place}>{codings}</PlainTextSelection>'


def ours(path: Path) -> None:
    """Every step with its time; the peak of the whole process last."""
    from digicit_lib import qualitative as q

    total, work = time.perf_counter(), time.process_time()
    project = _timed("read, offsets detected", lambda: q.read(path))
    steps = {
        "codebook": lambda: q.codebook(project),
        "frequency by source": lambda: q.frequency(project, "source"),
        "framework": lambda: q.framework(project),
        "co-occurrence, overlap": lambda: q.cooccurrence(project),
        "co-occurrence, same turn": lambda: q.cooccurrence(project, "turn"),
        "agreement, 1,000 resamples": lambda: q.agreement(project),
        "unitizing": lambda: q.unitizing(project, replicates=100),
        "saturation, 1,000 orders": lambda: q.saturation(project),
        "quotations": lambda: q.quotations(project),
    }
    for name, step in steps.items():
        _timed(name, step)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    total, work = time.perf_counter() - total, time.process_time() - work
    print(
        f"{len(project.segments):,} segments: {total:.1f} s ({work:.1f} s of one core), {peak:.0f} MB at most"
    )


def _timed(name, step):  # type: ignore[no-untyped-def]
    start = time.perf_counter()
    result = step()
    print(f"  {name:<28} {time.perf_counter() - start:6.2f} s")
    return result


def others(path: Path) -> None:
    """The same work by other packages, where this environment or one named beside it has them."""
    code = (
        "import sys, time, tempfile; from pyrefiqda import RefiProject; s = time.perf_counter();"
        "RefiProject.load(sys.argv[1], extract_dir=tempfile.mkdtemp());"
        "print(f'  pyrefiqda (no texts, no quotes) {time.perf_counter() - s:6.2f} s')"
    )
    for python in (sys.executable, *sys.argv[1:]):
        done = subprocess.run([python, "-c", code, str(path)], check=False, capture_output=True, text=True)
        print(done.stdout.rstrip() or f"  pyrefiqda is not installed in {Path(python).parent.parent.name}")
    try:
        import krippendorff
    except ImportError:
        print("  krippendorff is not installed here")
        return
    ratings = np.random.default_rng(1).integers(0, 2, (3, 2000))
    once = time.perf_counter()
    krippendorff.alpha(reliability_data=ratings, level_of_measurement="nominal")
    spent = (time.perf_counter() - once) * 1000 * CODES
    print(f"  krippendorff, 1,000 resamples of {CODES} codes: about {spent:.0f} s")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "benchmark.qdpx"
        # The file is made elsewhere: its making would count in the peak of memory.
        maker = multiprocessing.get_context("spawn").Process(target=make, args=(file,))
        maker.start()
        maker.join()
        print(f"{file.stat().st_size / 1e6:.1f} MB archive")
        ours(file)
        others(file)
