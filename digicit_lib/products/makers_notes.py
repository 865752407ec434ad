"""For those who make a product, never on its page: what a person signs, and how hard the text is to read."""

from collections.abc import Iterator

import pandas as pd

from digicit_lib.evidence import Estimate
from digicit_lib.language import N_
from digicit_lib.products import directives
from digicit_lib.products.gate import value_hash, with_place
from digicit_lib.products.page_parts import Sheet
from digicit_lib.products.readability import measure
from digicit_lib.products.templates import Piece
from digicit_lib.workbook.finding_sentences import words
from digicit_lib.workbook.findings import TOKEN
from digicit_lib.workbook.result import Result


def signoffs(product: Sheet) -> Result:
    """Each number that may be printed, whether it passes, and the value that a person would sign."""
    estimates = [_find_at(product, p, token) for token, p in product.named().items() if product.whole(p)]
    estimates += [e for one in product.statements for e in one.estimates] + product.choice.unsigned
    estimates += [product.published.find(token) for token in directives.chosen(product)]
    rows = [_state(product, estimate) for estimate in {e.id: e for e in estimates}.values()]
    columns = ["id", "value", "tier", "state", "sign as"]
    return Result(pd.DataFrame(rows, columns=columns), N_("Numbers and their sign-offs"))


def _find_at(product: Sheet, piece: Piece, token: str) -> Estimate:
    with with_place(product.template.where(piece)):
        return product.published.find(token)


def _state(product: Sheet, estimate: Estimate) -> list[str]:
    problem, indicator = product.gate.problem(estimate), product._definition(estimate)
    signature = product.gate.review.get(estimate.id)
    good = f"signed by {signature.name}, {signature.date}" if signature else "passes: demonstration"
    text = product._value(estimate) if estimate.shown else "(*)"
    tier = indicator.tier if indicator else ""
    return [estimate.id, text, tier, problem.what if problem else good, value_hash(estimate)]


def readability(product: Sheet) -> Result:
    """Sentence and word length of each part, with a score where the language has a formula."""
    parts = {head.text: list(_spoken(product, pieces)) for head, pieces in product.template.parts() if head}
    parts["all"] = [text for texts in parts.values() for text in texts]
    measures = {name: measure("\n".join(texts), product.language) for name, texts in parts.items() if texts}
    formula = measures["all"].formula
    heads = ["part", "sentences", "words a sentence", "longest sentence"]
    rows = [[name, r.sentences, round(r.words_per_sentence, 1), r.longest] for name, r in measures.items()]
    frame = pd.DataFrame(rows, columns=heads)
    if formula:
        frame[f"{formula}, 0 hard to 100 easy"] = [round(r.score or 0) for r in measures.values()]
    none = () if formula else (N_("No formula is settled for this language: lengths only."),)
    return Result(frame, N_("Readability"), notes=none)


def _spoken(product: Sheet, pieces: list[Piece]) -> Iterator[str]:
    """The words of pieces as they are printed."""
    for piece in pieces:
        if piece.kind == "directive":
            yield from (words(one.parts) for one in product.told.get(piece.line, ()))
        elif TOKEN.search(piece.text):
            yield from [words(product.parts_of(piece))] if product.whole(piece) else []
        elif not directives.ROW.fullmatch(piece.text):
            yield product._plain(piece)
