"""A random sample of messages for eyes that did not write them: `python benchmarks/translations.py ru 7`.

Prints a sheet (id, English, translation), drawn with a seed (the one below, unless another follows the
language) from the ids in their order, so that a reading can be repeated. What readings found stands in
`benchmarks/translations.md`.
"""

from __future__ import annotations

import csv
import random
import sys

from digicit_lib.language import catalogue_texts, message_id

SEED, SIZE = 20261129, 200


def sample(language: str, seed: int = SEED) -> list[tuple[str, str, str]]:
    """Id, English and translation of the messages drawn."""
    rows = sorted((message_id(english), english, text) for english, text in catalogue_texts(language).items())
    return sorted(random.Random(seed).sample(rows, SIZE))


if __name__ == "__main__":
    csv.writer(sys.stdout, lineterminator="\n").writerows(sample(sys.argv[1], *map(int, sys.argv[2:])))
