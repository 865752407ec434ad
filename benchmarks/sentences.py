"""Accept, after review, the fixed sentences that `digicit check` refuses.

`python benchmarks/sentences.py WHO [KIND]`: without WHO they are listed with their places, and nothing is
written. KIND is a (true of every study) or b (said only where the study's own files show it). Rows of
sentences that no page prints any more are taken out.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from digicit_lib.ledger import COLUMNS, FILE, KINDS, ledger, sentence_hash
from digicit_lib.translation import fixed_messages


def main(who: str = "", kind: str = "a") -> int:
    """Write the ledger, or list what it lacks; 1 where something is not accepted."""
    known, rows, lacking = ledger(), {}, 0
    for text, (file, line) in fixed_messages(Path()).items():
        key, plain = sentence_hash(text), " ".join(text.split())
        lacking += key not in known
        if key not in known:
            print(f"{file}, line {line}: {plain}")
        rows[key] = known.get(key) or dict(zip(COLUMNS, (key, kind, who, plain), strict=True))
    if who and kind in KINDS:
        with FILE.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows[key] for key in sorted(rows))
        return 0
    return int(lacking > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
