"""Which articles of the Convention a phase speaks to, with the paragraphs of General Comment 25."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from digicit_lib import codebook
from digicit_lib.safe import load_yaml

RIGHTS = Path(__file__).parents[1] / "codebooks" / "rights.yaml"


def articles() -> list[dict[str, Any]]:
    """Articles in their order: article, right, paragraphs, always."""
    entries: list[dict[str, Any]] = load_yaml(RIGHTS)[0]["articles"]
    return entries


def sections_of(article: int) -> list[str]:
    """Sections of the catalogue with an indicator on the article.

    Examples
    --------
    >>> "rights" in sections_of(12)
    True
    """
    return list(dict.fromkeys(i.section for i in codebook.catalogue().values() if article in i.crc))


def rights_table(
    indicators: Mapping[int, list[str]], heads: list[str], nothing: str, say: Callable[[str], str]
) -> pd.DataFrame:
    """Article, right, paragraphs and what was found; 12, 13, 15 and 17 even when nothing was.

    Parameters
    ----------
    indicators : mapping of int to list of str
        What a phase has on each article.
    heads : list of str
        Names of the four columns.
    nothing : str
        What an empty row says.
    say : callable
        Translates the names of the rights.
    """
    listed_articles = [a for a in articles() if indicators.get(a["article"]) or a.get("always")]
    rows = [
        [
            str(a["article"]),
            say(str(a["right"])),
            ", ".join(map(str, a["paragraphs"])),
            "; ".join(indicators.get(a["article"], [])) or nothing,
        ]
        for a in listed_articles
    ]
    return pd.DataFrame(rows, columns=heads)
