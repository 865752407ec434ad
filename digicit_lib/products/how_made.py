"""How a study was made, as a product says it: in its authors' words, else from what the report knows."""

from digicit_lib.codebook.frames import frames, population_of
from digicit_lib.data.selection import design_of
from digicit_lib.language import N_
from digicit_lib.products.page_parts import Sheet
from digicit_lib.products.templates import Piece
from digicit_lib.workbook.survey_methods import UNWEIGHTED, sampling_strategy

HOW = (
    (N_("What was done"), "collection_strategy", "recruitment"),
    (N_("How they were asked"), "method_and_mode", "mode"),
    (N_("When"), "dates", "fieldwork"),
    (N_("Who paid for it and did it"), "sponsor_and_conductor", "sponsor"),
    (N_("Limits"), "limits", ""),
)


def print_how(product: Sheet, words: str, heading: Piece | None, rows: list[Piece]) -> None:
    """Who was asked, how, when and by whom, and the limits; what nobody reported is named as such."""
    tool, disclosure = product.choice.tool, product.params.disclosure
    real = product.params.data.survey is not None and not product.synthetic
    whom = product.say(population_of(product.params.population.base, tool.respondents))
    block = {"kind": "definitions", "title": None, "stated": True}  # a base may name grades or ages
    product.show({**block, "rows": [[product.say(N_("Who was asked")), whom]]})
    facts = {}
    of_report = _known(product) if real and not product.kind.words else {}
    for term, key, of_tool in HOW[-1 if product.kind.words else 0 :]:
        of_instrument = getattr(tool, of_tool) if of_tool and real else ""
        facts[term] = getattr(disclosure, key) or of_instrument or of_report.get(key, "")
    gaps = "; ".join(product.say(term) for term, text in facts.items() if not text)
    lines = [[product.say(term), product.say(text)] for term, text in facts.items() if text]
    lines += [[product.say(N_("Not reported")), gaps]] if gaps else []
    product.definitions("", lines)


def _known(product: Sheet) -> dict[str, str]:
    """What the report says where the authors say nothing."""
    unweighted = design_of(product.choice.tool, product.params).get("unweighted")
    limits = [*([UNWEIGHTED] if unweighted else []), frames()["caution"]["ratings"]]
    strategy = sampling_strategy(product.choice.tool, product.say)
    return {"collection_strategy": strategy, "limits": " ".join(map(product.say, limits))}
