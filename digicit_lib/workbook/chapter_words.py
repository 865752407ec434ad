"""Words of the chapter on interviews that are true of every study."""

from __future__ import annotations

from digicit_lib.language import N_

NOT_TWICE = N_("Agreement: no text was coded by two people")
RIGHTS_HEADS = (
    N_("Article"),
    N_("Right"),
    N_("General Comment 25, paragraphs"),
    N_("Codes that speak to it"),
)
LIMITS = (
    N_("Discussions show what matters and why. They do not show how common it is."),
    N_("Those who did not come, and what was not said in front of others, are not heard here."),
    N_("A moderator's words and the group's mood shape what is said."),
    N_("Codes are the coders' reading; another team might read otherwise."),
)
