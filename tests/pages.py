"""The blocks of a documentation page as one shell script: a page is tried as a reader would try it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

BLOCK = re.compile(r"^```(sh|python|yaml)\n(.*?)^```$", re.M | re.S)


def script(page: Path) -> str:
    """Commands as they stand, Python from its standard input, and YAML that names its file written to it."""
    steps = ["set -e"]
    for kind, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        named = re.match(r"# file: (\S+)\n", text)
        if kind == "sh":
            steps.append(text)
        elif kind == "python":
            folders = {
                str(Path(name).parent) for name in re.findall(r'"((?:data|params|workbooks)/[\w./]+)"', text)
            }
            steps.append(f"mkdir -p {' '.join(sorted(folders))}\npython - <<'BLOCK'\n{text}BLOCK\n")
        elif named:
            steps.append(f"mkdir -p {Path(named[1]).parent}\ncat > {named[1]} <<'BLOCK'\n{text}BLOCK\n")
    return "\n".join(steps)


if __name__ == "__main__":
    print(script(Path(sys.argv[1])))
