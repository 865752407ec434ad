"""What every study says about itself: what is invented, what it assumes, who may help, how it was made."""

from digicit_lib.language import N_
from digicit_lib.language.codes import label_table
from digicit_lib.params import Assumption, Params
from digicit_lib.workbook.voice import Voice

REPORT_NAMES = label_table("reports")
RATINGS = {"red": N_("red"), "amber": N_("amber"), "green": N_("green")}
DEMONSTRATION = N_("demonstration")  # the wave of a study that draws its data
SYNTHETIC_NOTE = N_(
    "Everything in this report that looks like a result is invented: answers, interviews, quotations. It was "
    "drawn from one population model, the same for every country, to show how the workbook works. It says "
    "nothing about children in any real country."
)


def rated(assumption: Assumption, voice: Voice) -> list[str]:
    """An assumption with the quality of its ground and what it matters for."""
    quality, impact = (voice.say(RATINGS[x]) for x in (assumption.quality, assumption.impact))
    rating = voice.say("quality: {q}; impact: {i}", q=quality, i=impact)
    return [voice.say(assumption.what), rating]


def help_services(params: Params, voice: Voice, synthetic: bool) -> list[list[str]]:
    """Verified helplines of the study; a demonstration prints none."""
    if synthetic or not params.helplines:
        text = N_("No help service has been verified for this study.")
        return [[voice.say("Help service"), voice.say(text)]]
    rows = []
    for line in params.helplines:
        verified = voice.say("verified {day}", day=voice.date(line.verified_on))
        rows.append([line.name, f"{line.number} {line.hours} ({line.source}; {verified})"])
    return rows


def citation(params: Params, voice: Voice, title: str, country: str, report: str = "") -> str:
    """Title, country unless the title names it, report, wave unless it is the year, year."""
    wave, year = str(params.study.wave), str(params.study.date.year)
    place = title if country in title else f"{title}: {country}"
    when = "" if wave == year else voice.capital(voice.say(wave))
    return ". ".join(filter(None, (place, report, when, year))) + "."


def provenance(
    params: Params, voice: Voice, phase: str, inputs: list[list[str]], run: str, cited: str
) -> list[list[str]]:
    """Terms and facts by which a report can be made, traced and cited again."""
    slug = params.slug
    target = slug if params.file == f"params/{slug}.yaml" else params.file
    other = f" --language {voice.language}" if voice.language != params.study.languages[0] else ""
    return [
        [voice.say("Parameters"), params.file],
        *inputs,
        [voice.say("Run"), run],
        [voice.say("Build it again"), f"digicit run {target} {phase}{other}"],
        [voice.say("Trace a number"), f"digicit trace {slug}/{phase}/…"],
        [voice.say("Cite as"), cited],
    ]
