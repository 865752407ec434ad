"""Law and rights on a page: the state of the legal answers, and the rights map article by article."""

from collections.abc import Collection, Iterator
from typing import Any

from digicit_lib.codebook import rights
from digicit_lib.errors import EvidenceError
from digicit_lib.evidence import Estimate
from digicit_lib.language import N_, mid_sentence, number
from digicit_lib.products.page_parts import Sheet
from digicit_lib.products.rights_map import ArticleEntry, Cell, rights_map
from digicit_lib.products.templates import Piece
from digicit_lib.workbook.choosing import SHOWN, Statement
from digicit_lib.workbook.findings import norm
from digicit_lib.workbook.statements import RESERVED

UNVERIFIED = N_("not verified: to be confirmed by the country team")


def print_laws(product: Sheet, words: str, heading: Piece | None, rows: list[Piece]) -> None:
    """The state of the answers of the legal checklist; nothing where no desk review is published."""
    laws = {s["item"]: s for s in product.published.said("law")}
    items = _wanted(words, laws, "No such item of the legal checklist.") if laws else []
    if items:
        source = product.say("Register of law and policy of the study")
        heads = (N_("Question"), N_("Norm"), N_("Answer today"))
        body = [_law(product, laws[item]) for item in items]
        title = N_("National law: the state of the answers")
        product._grid(title, heads, body, synthetic=False, source=source)


def _law(product: Sheet, law: dict[str, Any]) -> list[Any]:
    day = product.say("verified by {name}, {day}", name=law["verified_by"], day=law["verified_on"])
    text = f"{product.say(law['answer'])} ({law['citation']}; {day})"
    answer = text if law["verified"] else product.say(UNVERIFIED)
    cell = {"text": answer, "id": law["id"], "value": None, "quality": "ok"}
    return [product.say(str(law["title"])), norm(law["norm"], product.voice), cell]


def print_rights(product: Sheet, words: str, heading: Piece | None, rows: list[Piece]) -> None:
    """Article by article, what a survey may show of it; of the named ones only, with 12, 13, 15 and 17."""
    entries = rights_map(product.choice, cleared=product.params.ethics.clearance is not None)
    if words:
        articles = _wanted(words, [e.article for e in entries], "No such article in the rights map.")
        always = [a["article"] for a in rights.articles() if a.get("always")]
        entries = [e for e in entries if e.article in (*always, *articles)]
    heads = (N_("Article"), N_("Enjoyment shown"), N_("Gap or harm shown"), N_("Voices and law"))
    notes = (
        N_("Value [interval], answers. A survey shows what children report, never a breach by the State."),
        N_("Which indicators speak to an article is a proposal that no lawyer has confirmed yet."),
    )
    note = " ".join(product.say(text) for text in notes)
    product._grid(N_("Rights, article by article"), heads, [_right(product, one) for one in entries], note)


def _right(product: Sheet, entry: ArticleEntry) -> list[Any]:
    paragraphs = product.say("General Comment 25: {list}", list=spans(entry.paragraphs))
    name = product.say("Article {n}: {right}", n=entry.article, right=product.say(entry.right))
    sides = [_cells(product, cells) for cells in (entry.enjoyment, entry.gap)]
    return [f"{name}. {paragraphs}", *sides, " ".join(_beside(product, entry))]


def _cells(product: Sheet, cells: list[Cell]) -> Any:
    """The first number that is there, else the state of what would speak to the article."""
    for cell in cells:
        if cell.estimate and cell.estimate.by:
            return _difference(product, cell.estimate)
        if cell.estimate:
            figure = product.figure_cell(cell.estimate)
            return {**figure, "text": f"{figure['text']}, {number(cell.estimate.n, product.language)}"}
    states = list(dict.fromkeys(cell.state for cell in cells))
    return "; ".join(product.say(state) for state in states) or product.say("not evidenced by this study")


def _difference(product: Sheet, estimate: Estimate) -> dict[str, Any]:
    """A tested difference between groups, in a sentence of its own."""
    form = product.choice.forms[estimate.indicator]
    statement = Statement(
        "difference" if estimate.verdict in SHOWN else "none",
        estimate.id,
        estimate.indicator,
        form.section,
        estimate.by,
    )
    parts = product.choice.tell(statement).parts
    text = "".join(part if isinstance(part, str) else str(part["text"]) for part in parts)
    value, quality = estimate.estimate, estimate.quality
    return {"text": text, "id": product.use(estimate).id, "value": value, "quality": quality}


def _beside(product: Sheet, entry: ArticleEntry) -> Iterator[str]:
    """Voices and law of an article, each as a sentence."""
    voices = ", ".join(dict.fromkeys(product.say(str(s["label"])) for s in entry.voices))
    yield product.say("Voices: {list}.", list=voices or product.say("none"))
    if entry.laws:
        yield product.say("Law verified: {n} of {all}.", n=entry.verified, all=len(entry.laws))
    if entry.reserved:
        yield product.voice.capital(product.say(RESERVED)) + "."


def articles_text(product: Sheet, articles: list[int]) -> str:
    """Articles in brackets, a single one with the right's name; nothing where there is none."""
    text = _articles(product, articles)
    if product.language != "en":  # which writes a treaty's Articles with a capital
        text = ": ".join(mid_sentence(part, product.language) for part in text.split(": "))
    return f" ({text})" if articles else ""


def _articles(product: Sheet, articles: list[int]) -> str:
    rights_by_article = {a["article"]: product.say(str(a["right"])) for a in rights.articles()}
    if len(articles) == 1 and articles[0] in rights_by_article:
        return product.say("Article {n}: {right}", n=articles[0], right=rights_by_article[articles[0]])
    return product.say("Articles {list}", list=", ".join(map(str, articles)))


def norms_text(product: Sheet, crc: tuple[int, ...], gc25: tuple[int, ...]) -> str:
    parts = [_articles(product, list(crc))] if crc else []
    comment = N_("General Comment 25, paragraph {list}")
    if len(gc25) > 1:
        comment = N_("General Comment 25, paragraphs {list}")
    parts += [product.say(comment, list=spans(list(gc25)))] if gc25 else []
    return "; ".join(parts)


def _wanted(words: str, numbers: Collection[int], what: str) -> list[int]:
    """The numbers of a line of its own, each of which must be there."""
    there = {str(n): n for n in numbers}
    for word in words.split():
        if word not in there:
            raise EvidenceError(what, got=word, allowed=spans(sorted(numbers)))
    return [there[word] for word in words.split()]


def spans(numbers: list[int]) -> str:
    """Numbers in order, runs of three or longer by their ends.

    Examples
    --------
    >>> spans([9, 10, 11, 44])
    '9–11, 44'
    """
    runs: list[list[int]] = []
    for n in numbers:
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return ", ".join(f"{r[0]}–{r[-1]}" if len(r) > 2 else ", ".join(map(str, r)) for r in runs)
