"""`digicit new`: a params file, a proposed mapping of a survey, or the questionnaire to collect with."""

import datetime as dt
from contextlib import suppress
from pathlib import Path

import click

from digicit_lib.cli.next_command import reachable
from digicit_lib.errors import DigicitError, LandscapeError
from digicit_lib.project import SLUG, find_root
from digicit_lib.safe import write_atomic
from digicit_lib.starter import starting_text

_FILE = click.Path(path_type=Path)


@click.command(short_help="Begin a study, or write its questionnaire.")
@click.argument("study")
@click.option("--country", help="ISO 3166 code or English name; else the study's name is tried.")
@click.option("--survey", type=_FILE, help="Your survey file, here or in a folder of DIGICIT_DATA.")
@click.option(
    "--questionnaire", type=_FILE, help="XLSForm, LimeSurvey, Qualtrics, DDI, or a sheet with labels."
)
@click.option("--interactive", is_flag=True, help="Walk through the doubtful guesses in the terminal.")
@click.option("--form", is_flag=True, help="Write the questionnaire as an XLSForm instead of params.")
@click.option("--core", is_flag=True, help="With --form: only its core questions.")
@click.option("--legal-age", type=int, default=0, help="With --form: age that the law sets for a profile.")
@click.option("--module", "modules", multiple=True, help="With --form: a module of docs/catalogue.md.")
def new(
    study: str,
    country: str | None,
    survey: Path | None,
    questionnaire: Path | None,
    interactive: bool,
    form: bool,
    core: bool,
    legal_age: int,
    modules: tuple[str, ...],
) -> None:
    """\b
    digicit new kenya --survey data/kenya2026.sav --interactive
    digicit new kenya --form --core --module ai

    Begin a study: a params file, a proposed mapping of your survey, or the questionnaire to collect with.
    """
    root = find_root()
    if not SLUG.fullmatch(study):
        raise DigicitError("A study's name is its slug.", got=study, allowed="a-z, 0-9, _ (kenya_2026)")
    code = _country(country or study.split("_")[0], study)
    if form:
        _write_form(root, study, code, modules, core, legal_age)
        return
    if (root / "params" / f"{study}.yaml").exists():
        what, where = "The study has a params file already.", f"params/{study}.yaml"
        raise DigicitError(what, where=where, next="edit it, or delete it to begin again")
    if survey is None:
        _write_desk(root, study, code)
        return
    _write_study(root, study, code, survey, questionnaire, interactive)


def _country(name: str, study: str) -> str:
    """The ISO 3166 code of a country; a word that is none leads to the option."""
    from digicit_lib.landscape import match

    try:
        code = match(name.replace("-", " "))[0]
    except LandscapeError:
        code = ""
    if not code:
        hint = f"digicit new {study} --country KEN (the study's country)"
        allowed = "an ISO 3166 code or an English name of a country"
        raise DigicitError("Unknown country.", got=name, allowed=allowed, next=hint)
    return code


def _write_form(
    root: Path, study: str, code: str, modules: tuple[str, ...], core: bool, legal_age: int
) -> None:
    from digicit_lib.data.xlsform import minutes, write_form

    target = root / "outputs" / "forms" / f"{study}.xlsx"
    path = write_form(target, country=code, modules=modules, core=core, legal_age=legal_age)
    click.echo(path.relative_to(root))
    lengths = minutes(modules, core=core)
    lengths_said = ", ".join(f"{name} {length:.0f}" for name, length in lengths.items())
    click.echo(f"About {sum(lengths.values()):.0f} minutes, guessed by questions: {lengths_said}.", err=True)
    click.echo("Pilot it with children, and have every translation read by a native speaker.", err=True)


def _write_desk(root: Path, study: str, code: str) -> None:
    name = f"params/{study}.yaml"
    write_atomic(root / name, starting_text("desk.txt", code=code, date=dt.date.today()))
    click.echo(name)
    click.echo(reachable(f"Next: digicit run {study} exploratory"), err=True)


def _write_study(
    root: Path, study: str, code: str, survey: Path, questionnaire: Path | None, interactive: bool
) -> None:
    from digicit_lib.data.confirming import confirm
    from digicit_lib.data.propose import propose

    proposal = propose(survey, slug=study, country=code, questionnaire=questionnaire)
    for note in proposal.notes:
        click.echo(note, err=True)
    if interactive:
        proposal = confirm(proposal, _line, lambda text: click.echo(text, err=True))
    for name in proposal.write(root):
        click.echo(name)
    if proposal.tools:
        click.echo("The file is of a survey that digicit knows: its instrument is in force.", err=True)
    else:
        summary = (
            f"{len(proposal.certain)} certain guesses are in force, {len(proposal.doubtful)} wait for you"
        )
        click.echo(f"{summary}{'' if interactive else ' (--interactive walks through them)'}.", err=True)
        if {"weight", "strata", "psu", "replicates"} & set(proposal.doubtful):
            click.echo("The design is one of them: until you confirm it, the report is unweighted.", err=True)
    click.echo(reachable(f"Next: digicit run {study} quantitative"), err=True)


def _line(prompt: str) -> str:
    """A line that the person writes; the end of input is an empty one."""
    with suppress(click.Abort):
        return str(click.prompt(prompt, default="", show_default=False, err=True))
    return ""
