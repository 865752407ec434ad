"""The proof that no digit of a product stands without evidence: what a page says outside its evidence.

Numbers sit in ``<data class="evidence">``; exhibits and quotations name their evidence as a whole. What is
left may hold years, dates, ages, articles and paragraphs of treaties, and ids, in any of the four languages.
"""

from __future__ import annotations

import re

_N = r"\d+(?:\.?(?:, | and | и | і | та | ve |–|-)\d+)*"
_TREATY = (
    r"articles?|paragraphs?|section|figure|table|"
    r"стать\w+|стат[тія]\w*|ст\.|пункт\w*|пп?\.|раздел\w*|розділ\w*|рис\w*|табл\w*|maddeler\w*|madde\w*|paragraf\w*"
)
_GENERAL = r"general comment|замечани\w+ общего порядка|зауважен\w+ загального порядку|genel yorum"
_AGED = r"aged?|ages|under|ages of|grades?|в возрасте|віком|у віці"
_YEARS = (
    r"years?|-?year-olds?|months?|лет|года|год|-?летн\w+|месяц\w*|класс\w*|років|роки|рік|-?річн\w+|місяц\w*|клас\w*|"
    r"yaş\w*|ay\b|sınıf\w*"
)
_ALLOWED = re.compile(
    r"\b\d{1,2}\.?\s+\w+\s+(?:19|20)\d\d\b|\b(?:19|20)\d\d-\w+-\d{1,2}\b"  # dates
    r"|\b(?:19|20)\d\d\b"
    rf"|\b(?:{_TREATY})\s*{_N}"
    rf"|\b{_N}\.?\s+(?:madde|paragraf)\w*"
    rf"|\b(?:{_GENERAL})(?:\s*(?:no\.?|№|n°))?\s*\d+|\b\d+\s+(?:no'?lu|sayılı)\s+genel yorum\w*"
    rf"|\b(?:{_AGED})\s+(?:от |від )?\d+(?:\s*(?:to|and|до|и|по|–|-)\s*\d+)?"
    rf"|\b\d+(?:\s*(?:–|-|to|до|ila|ile)\s*\d+)?\s*(?:{_YEARS})"
    r"|\b[a-z]{3}-(?:\d\d|[a-z])(?:@\w+)?\b|\b[a-z][a-z0-9_]*/[a-z]+/\S+",
    re.IGNORECASE,
)
# Elements whose digits are evidence, exhibits that name theirs, facts of the study from its params, and what
# says where a page comes from. A sentence with evidence has none but its definition's ("past 12 months").
_SETTLED = (
    "data.evidence, svg, style, script, nav, a.number, code, dl.facts, .provenance, .downloads, "
    "figure.quotation, .finding:has(data.evidence)"
)


def stray(text: str) -> list[str]:
    """Digits of a text that are no year, date, age, article, paragraph or id.

    Examples
    --------
    >>> stray("Article 12 was heard on 1 November 2026 by children aged 9 to 11; 45 spoke")
    ['45']
    >>> stray("Статьи 12 и 13, 17. madde, 9–11 лет"), stray("Стаття 12: 60 дітей")
    ([], ['60'])
    """
    return re.findall(r"\d+(?:[.,]\d+)*", _ALLOWED.sub(" ", text))


def stray_digits(page: str) -> list[str]:
    """Digits of a page or block that no evidence covers.

    Parameters
    ----------
    page : str
        HTML, as the product or its blocks are rendered.

    Returns
    -------
    list of str
        Each with the words around it; empty when every number can be followed.

    Examples
    --------
    >>> stray_digits('<p>So <data class="evidence" data-id="a/b/c">45%</data> do since 2021 in 7 towns.</p>')
    ['7: So do since 2021 in 7 towns.']
    >>> stray_digits("<h2>1 What</h2><h2>2 Why</h2><h2>45 children</h2>")
    ['45: 45 children']
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(page, "html.parser")
    for node in soup.select(".exhibit"):
        if node.select_one(".ids"):
            node.decompose()
    for node in soup.select(_SETTLED):
        node.replace_with(" ")
    for number, heading in enumerate(soup.find_all("h2"), 1):
        first = heading.find(string=True)
        if first is not None:  # a chapter's own number
            first.replace_with(str(first).removeprefix(f"{number} "))
    found = []
    for text in soup.find_all(string=True):
        block = text.find_parent(["p", "li", "dd", "td", "th", "h1", "h2", "h3", "div"])
        words = " ".join((block or text).get_text().split())
        found += [f"{digits}: {words[:90]}" for digits in stray(str(text))]
    return found


def cited(page: str) -> list[str]:
    """Evidence ids that the numbers of a page name, each once.

    Examples
    --------
    >>> cited('<p><data class="evidence" data-id="a/b/c">45%</data> of <data class="evidence">12</data></p>')
    ['a/b/c', '']
    """
    from bs4 import BeautifulSoup

    found = BeautifulSoup(page, "html.parser").select("data.evidence")
    return list(dict.fromkeys(str(node.get("data-id", "")) for node in found))


def stray_on_poster(drawing: str, page: str) -> list[str]:
    """Digits of a poster that are no year, article or the like, and that no evidence on its page shows.

    Parameters
    ----------
    drawing : str
        SVG, its words as text.
    page : str
        HTML of the product that the poster belongs to.

    Returns
    -------
    list of str

    Examples
    --------
    >>> page = '<data class="evidence" data-id="a/b/c">45%</data>'
    >>> stray_on_poster("<svg><text>45%</text><text>Article 12, 2026</text><text>7 towns</text></svg>", page)
    ['7']
    """
    from bs4 import BeautifulSoup

    shown = BeautifulSoup(page, "html.parser").select("data.evidence")
    known = {digits for node in shown for digits in stray(node.get_text())}
    words = (node.get_text() for node in BeautifulSoup(drawing, "html.parser").find_all("text"))
    return [digits for digits in stray(" ".join(words)) if digits not in known]
