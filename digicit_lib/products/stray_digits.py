"""The proof that no digit of a product stands without evidence: what a page says outside its evidence.

Numbers sit in ``<data class="evidence">``; exhibits and quotations name their evidence as a whole. What is
left may hold years, dates, ages, articles and paragraphs of treaties, and ids, in any language.
"""

import re
from functools import lru_cache

from bs4 import BeautifulSoup

from digicit_lib.language import N_, catalogue_texts, languages
from digicit_lib.language.translation_gate import word_pattern

# Words beside which a number needs no evidence; each language lists its own, `*` is the rest of a word.
PLACE = N_("article, articles, paragraph, paragraphs, section, figure, table")
COMMENT = N_("general comment")
AGED = N_("age, aged, ages, under, ages of, grade, grades")
YEARS = N_("year, years, year-old, year-olds, month, months")
BETWEEN = N_("and, to")
LISTS = (PLACE, COMMENT, AGED, YEARS, BETWEEN)


@lru_cache
def _allowed() -> re.Pattern[str]:
    """Dates, and numbers beside the words that some language lists."""
    place, comment, aged, years, between = map(_words, LISTS)
    several = rf"\d+(?:\.?(?:, | (?:{between}) |–|-)\d+)*"
    span = rf"\d+(?:\s*(?:{between}|–|-)\s*\d+)?"
    return re.compile(
        r"\b\d{1,2}\.?\s+\w+\s+(?:19|20)\d\d\b|\b(?:19|20)\d\d-\w+-\d{1,2}\b"
        r"|\b(?:19|20)\d\d\b"
        rf"|(?:{place})\s*{several}|\b{several}\.?\s+(?:{place})"
        rf"|(?:{comment})(?:\s*[^\s\d]{{1,3}})?\s*\d+(?::\s*{several}(?!\s*\w))?|\b\d+\s+\S+\s+(?:{comment})"
        rf"|(?:{aged})\s+{span}"
        rf"|\b{span}[\s-]*(?:{years})"
        r"|\b[a-z]{3}-(?:\d\d|[a-z])(?:@\w+)?\b|\b[a-z][a-z0-9_]*/[a-z]+/\S+",
        re.IGNORECASE,
    )


def _words(message: str) -> str:
    """The words of all languages as one pattern."""
    lists = (message, *(text for code in languages() for text in catalogue_texts(code, message).values()))
    return word_pattern({word for text in lists for word in text.split(", ") if word}).pattern


# Elements whose digits are evidence, exhibits that name theirs, facts of the study from its params, verified
# helplines, titles of sources, and what says where a page comes from. A sentence with evidence has none
# but its definition's ("past 12 months").
_SETTLED = (
    "data.evidence, svg, style, script, nav, a.number, code, dl.facts, dl.stated, .provenance, .downloads, "
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
    >>> stray("General Comment 25: 9–11"), stray("General Comment 25: 60 children")
    ([], ['60'])
    """
    return re.findall(r"\d+(?:[.,]\d+)*", _allowed().sub(" ", text))


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
    >>> stray_digits('<dl class="digicit definitions stated"><dt>Child line</dt><dd>116 111</dd></dl>')
    []
    >>> stray_digits('<p>duties (paragraphs <span class="whole">35–39</span>)</p>')
    []
    """
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
    for node in soup.select("span.whole"):  # a range that no line breaks is words of its sentence
        node.unwrap()
    soup.smooth()
    strays = []
    for text in soup.find_all(string=True):
        block = text.find_parent(["p", "li", "dd", "td", "th", "h1", "h2", "h3", "div"])
        words = " ".join((block or text).get_text().split())
        strays += [f"{digits}: {words[:90]}" for digits in stray(str(text))]
    return strays


def cited(page: str) -> list[str]:
    """Evidence ids that the numbers of a page name, each once.

    Examples
    --------
    >>> cited('<p><data class="evidence" data-id="a/b/c">45%</data> of <data class="evidence">12</data></p>')
    ['a/b/c', '']
    """
    nodes = BeautifulSoup(page, "html.parser").select("data.evidence")
    return list(dict.fromkeys(str(node.get("data-id", "")) for node in nodes))


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
    nodes = BeautifulSoup(page, "html.parser").select("data.evidence")
    digits_cited = {digits for node in nodes for digits in stray(node.get_text())}
    words = (node.get_text() for node in BeautifulSoup(drawing, "html.parser").find_all("text"))
    return [digits for digits in stray(" ".join(words)) if digits not in digits_cited]
