"""When a product is not made: too little was measured, signed, verified or recorded; a state, no failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digicit_lib.errors import NotMade

if TYPE_CHECKING:
    from digicit_lib.products.product import Product

LACKS = {
    "statements": "{n} statements of this study may be printed; {least} are needed.",
    "ages": "The study has no numbers of children aged {ages}.",
    "opportunity": "No opportunity was measured that may be printed: risks are not said alone to children.",
    "help": "No help service has been verified for this study.",
    "gap": "No recommendation has a measured gap, and no argument has authors.",
    "voice": "No approved quotation of a child and no recorded asks of children.",
}


def check_enough(product: Product) -> None:
    """Whether a study holds what a kind of product cannot be made without.

    Raises
    ------
    NotMade
        With the reason, and what a person may sign.
    """
    kind, low = product.kind, "–".join(map(str, product.kind.ages))
    if kind.ages and product.choice.group is None:
        raise _not_made(product, LACKS["ages"], ages=low)
    if product.held < kind.least:
        raise _not_made(product, LACKS["statements"], n=product.held, least=kind.least)
    held = {
        "opportunity": "opportunities" in product.sides(),
        "help": bool(product.params.helplines) or product.synthetic,
        "gap": bool(product.recommended or product.arguments),
        "voice": bool(product.asks or any(s["role"] == "child" for s in product.published.said("quotation"))),
    }
    for need in kind.needs:
        if not held[need]:
            raise _not_made(product, LACKS[need])


def _not_made(product: Product, why: str, **values: object) -> NotMade:
    first = next(iter(product.choice.unsigned), None)
    hint = product.gate.problem(first).next if first else None  # type: ignore[union-attr]
    return NotMade(why.format(**values), where=f"{product.params.slug} {product.name}", next=hint)
