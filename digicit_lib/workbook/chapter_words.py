"""Words of the chapter on interviews that are true of every study."""

from digicit_lib.language import N_
from digicit_lib.language.codes import label_table

# By whether it is recorded where a theme was raised ("raised", else "coded"), and who spoke ("said by").
CAME_UP = label_table("themes came up")
# By whether the team has written on a theme in another language than the report's.
SILENT = {
    N_("The team has written nothing yet on: {topics}."): False,
    N_("The team has written in another language only on: {topics}."): True,
}
# What children agreed on, by its key in `params/asks/`.
ASKED = {N_("What children ask for"): "asks", N_("Questions for discussion"): "questions"}
UNCODED = N_("– hatched: not asked, or not coded yet")
NOT_TWICE = N_("Agreement: no text was coded by two people")
RIGHTS = N_("Articles of the Convention and what was said")
NO_ARTICLE = N_("Articles of the Convention: the codebook names none")
RIGHTS_HEADS = tuple(label_table("articles and codes").values())
# Why the gate withholds a quotation, in the words of the report.
WITHHELD = label_table("withheld")
CONSENT_COLUMNS = label_table("consent columns")
CONSENT_STATES = label_table("consent states")
FLAG_KINDS = label_table("flag kinds")
MEMO_KINDS = label_table("memo kinds")

# What reading a project did with a part of it, and what that part is; names of XML elements stay as they are.
OUTCOMES = {"lost": N_("lost"), "repaired": N_("repaired"), "noted": N_("noted")}
ELEMENTS = {
    **dict.fromkeys(("Coding", "coding", "codings", "segment", "highlight"), N_("coded passage")),
    **dict.fromkeys(("Code", "code"), N_("code")),
    **dict.fromkeys(("Note",), N_("memo")),
    **dict.fromkeys(("Source",), N_("document")),
    **dict.fromkeys(("quotations",), N_("proposed quotation")),
}
