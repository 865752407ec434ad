"""Commands that look at what is there and set things up; `cli` holds those that run."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

import click

from digicit_lib import evidence
from digicit_lib.cli.publishing import news
from digicit_lib.cli.team_commands import export, registers, review, sheets
from digicit_lib.errors import DigicitError, LandscapeError, RunError, plain_text
from digicit_lib.project import SLUG, find_root
from digicit_lib.safe import write_atomic


def reachable(text: str) -> str:
    """The text with its next commands as they can be typed: by path where the shell does not find digicit."""
    called = Path(sys.argv[0])
    if which("digicit") or not called.name.startswith("digicit"):
        return text
    there = os.path.relpath(called) if called.is_relative_to(Path.cwd()) else str(called)
    return re.sub(r"(?m)^(\s*next:\s+|Next: )digicit ", lambda hit: f"{hit[1]}{there} ", text)


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(short_help="The trail of one number.")
@click.argument("evidence_id")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def trace(evidence_id: str, as_json: bool) -> None:
    """\b
    digicit trace turkey/quantitative/ACC-03
    digicit trace turkey/exploratory/IT.NET.USER.ZS/value/all/2023 --json

    The trail of one number: sentence, estimate, question, file, workbook cell, commit.
    """
    trail = evidence.trace(find_root(), evidence_id)
    if as_json:
        click.echo(json.dumps(trail, indent=1, ensure_ascii=False, default=str))
        return
    click.echo(trail["id"])
    for sentence in trail["sentences"]:
        click.echo(f"  sentence    {sentence}")
    for part in ("estimate", "definition", "run"):
        for key, value in trail[part].items():
            if value not in (None, "", float("nan")) and value == value:
                click.echo(f"  {part:<11} {key}: {value}")
    for file in trail["files"]:
        click.echo(f"  file        {file['name']}: sha256 {file['sha256']}")
    if trail["cell"]:
        click.echo(f"  cell        {trail['cell']['number']}: {trail['cell']['source'].splitlines()[0]}")


@click.command(short_help="Are params, workbooks and sentences in order?")
@click.argument("studies", nargs=-1)
@click.option("--strict", is_flag=True, help="Gaps in the study's own disclosure are problems too.")
@click.option("--publish", is_flag=True, help="Look for respondents in what is published.")
@click.option("--disclosure", is_flag=True, help="What an attacker could compute, with the equations.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def check(studies: tuple[str, ...], strict: bool, publish: bool, disclosure: bool, as_json: bool) -> None:
    """\b
    digicit check
    digicit check turkey --strict --publish

    Are params, workbooks, registers and published sentences in order? Exit code 1 when not.
    """
    from digicit_lib.checks import check_project

    if disclosure:
        _audit(studies, as_json)
    report = check_project(find_root(), studies, strict=strict, publish=publish)
    if as_json:
        click.echo(json.dumps(report, indent=1, ensure_ascii=False))
    else:
        for problem in report:
            click.echo(plain_text(f"{problem['where']}: {problem['what']}"))
    wrong = [problem for problem in report if not problem.get("note")]
    if not as_json:
        click.echo(f"{len(wrong)} problem(s)." if wrong else "All in order.", err=True)
    sys.exit(1 if wrong else 0)


def _audit(studies: tuple[str, ...], as_json: bool) -> None:
    """Each hidden count of the published surveys, between what it must lie and why; tests withheld for it."""
    from digicit_lib.checks import audit_published

    rows = audit_published(find_root(), studies)
    if as_json:
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    for row in () if as_json else sorted(rows, key=lambda row: (row["withheld"], row["safe"])):
        state, ends = "hidden  " if row["safe"] else "COMPUTED", f"{row['low']:g} to {row['high']:g}"
        line = f"{state} {row['id']}: {ends} (must be {row['needed']:g} apart)"
        click.echo(f"withheld {row['id']}: {row['withheld']}" if row["withheld"] else line)
        for equation in filter(None, row["equations"].split("; ")):
            click.echo(f"           {equation}")
    withheld, open_ = sum(bool(row["withheld"]) for row in rows), sum(not row["safe"] for row in rows)
    click.echo(f"{len(rows) - withheld} hidden counts, {open_} of them computed too closely.", err=True)
    sys.exit(1 if open_ else 0)


@click.command(short_help="Show the published pages on this machine.")
@click.option("--port", default=8000, show_default=True, help="0 takes a free one.")
def serve(port: int) -> None:
    """\b
    digicit serve
    digicit serve --port 0

    Show outputs/ in a browser, on this machine only, until Ctrl-C.
    """
    from digicit_lib.report.serve import HOST, server

    folder = find_root() / "outputs"
    if not (folder / "index.html").is_file():
        raise RunError("There are no pages yet.", where=str(folder), next="digicit run --all")
    with server(folder, port) as pages:
        click.echo(f"http://{HOST}:{pages.server_port}/index.html")
        with suppress(KeyboardInterrupt):
            pages.serve_forever()


@click.command(short_help="Estimates that changed between two runs.")
@click.argument("old", type=_FOLDER)
@click.argument("new", type=_FOLDER)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def diff(old: Path, new: Path, as_json: bool) -> None:
    """\b
    digicit diff their/outputs/turkey/quantitative outputs/turkey/quantitative
    digicit diff old new --json

    Estimates that changed between two runs of a study.
    """
    changes = evidence.diff(evidence.load(old), evidence.load(new))
    if as_json:
        click.echo(changes.to_json(orient="records", indent=1))
        return
    for row in changes.itertuples():
        click.echo(f"{row.change:<8} {row.id}  {row.before} → {row.after}")
    click.echo(f"{len(changes)} estimates changed.", err=True)


@click.command(short_help="Begin a study, or write its questionnaire.")
@click.argument("study")
@click.option("--country", help="ISO 3166 code or English name; else the study's name is tried.")
@click.option(
    "--survey", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Your survey file."
)
@click.option(
    "--questionnaire", type=_FILE, help="XLSForm, LimeSurvey, Qualtrics, DDI, or a sheet with labels."
)
@click.option("--interactive", is_flag=True, help="Walk through the doubtful guesses in the terminal.")
@click.option("--form", is_flag=True, help="Write the questionnaire as an XLSForm instead of params.")
@click.option("--core", is_flag=True, help="With --form: only its core questions.")
@click.option("--module", "modules", multiple=True, help="With --form: a module of docs/catalogue.md.")
def new(
    study: str,
    country: str | None,
    survey: Path | None,
    questionnaire: Path | None,
    interactive: bool,
    form: bool,
    core: bool,
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
        _write_form(root, study, code, modules, core)
        return
    if (root / "params" / f"{study}.yaml").exists():
        what, where = "The study has a params file already.", f"params/{study}.yaml"
        raise DigicitError(what, where=where, next="edit it")
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


def _write_form(root: Path, study: str, code: str, modules: tuple[str, ...], core: bool) -> None:
    from digicit_lib.data.xlsform import minutes, write_form

    target = root / "outputs" / "forms" / f"{study}.xlsx"
    click.echo(write_form(target, country=code, modules=modules, core=core).relative_to(root))
    lengths = minutes(modules, core=core)
    lengths_said = ", ".join(f"{name} {length:.0f}" for name, length in lengths.items())
    click.echo(f"About {sum(lengths.values()):.0f} minutes, guessed by questions: {lengths_said}.", err=True)
    click.echo("Pilot it with children, and have every translation read by a native speaker.", err=True)


def _write_desk(root: Path, study: str, code: str) -> None:
    name = f"params/{study}.yaml"
    write_atomic(root / name, _DESK.format(code=code, date=dt.date.today()))
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
    click.echo(reachable(f"Next: digicit run {study} quantitative"), err=True)


def _line(prompt: str) -> str:
    """A line that the person writes; the end of input is an empty one."""
    with suppress(click.Abort):
        return str(click.prompt(prompt, default="", show_default=False, err=True))
    return ""


_DESK = """# yaml-language-server: $schema=schema.json
study:
  country: {code}
  date: {date}
  title: Digital citizenship and online safety of children
  wave: {date:%Y}
  languages: [en]
data:
  landscape: {{kind: files}}
"""


@click.command(
    short_help="Open JupyterLab on the workbooks.", context_settings={"ignore_unknown_options": True}
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def lab(options: tuple[str, ...]) -> None:
    """\b
    digicit lab
    digicit lab --no-browser --ServerApp.port=8899

    Open JupyterLab on the workbooks.
    """
    if find_spec("jupyterlab") is None:
        raise RunError("JupyterLab is not installed.", next="make lab")
    root = find_root()
    quiet = ["--LabApp.news_url=", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    saving = "--FileContentsManager.pre_save_hook=digicit_lib.runner.stored_outputs.before_save"
    where = [f"--ServerApp.root_dir={root}", "--LabApp.default_url=/lab/tree/workbooks", saving]
    command = [sys.executable, "-m", "jupyterlab", *where, *quiet, *options]
    os.chdir(root)
    os.execv(sys.executable, command)


@click.command(short_help="Bring a language's translations up to date.")
@click.argument("language")
@click.option("--missing", is_flag=True, help="Print what is not translated, as a .po file.")
@click.option(
    "--merge",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Put a translator's piece into the language's file.",
)
@click.option(
    "--preview", is_flag=True, help="Print each message with its page and example values, as a sheet."
)
@click.option(
    "--reviewed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Record what a reviewer marked as read in that sheet; with --by and --role.",
)
@click.option("--by", default="", help="Who read it.")
@click.option("--role", default="", help="Such as translator, teacher, editor.")
def translate(
    language: str,
    missing: bool,
    merge: tuple[Path, ...],
    preview: bool,
    reviewed: Path | None,
    by: str,
    role: str,
) -> None:
    """\b
    digicit translate tr --preview > tr.csv
    digicit translate tr --reviewed tr.csv --by "A. Person" --role translator

    Collect every message, bring the language's catalogue up to date, say how far it is. A language that has
    none yet begins one in the project's locale/.
    """
    from digicit_lib.language import po, reviews
    from digicit_lib.translation import examples, messages, reviewers

    root = find_root()
    file = po.path_of(language)
    places = messages(root)
    if reviewed:
        if not by or not role:
            raise DigicitError(
                "A review names its reviewer.",
                next=f"digicit translate {language} --reviewed {reviewed} --by NAME --role ROLE",
            )
        count = reviews.record(language, reviewed, by, role, dt.date.today())
        click.echo(f"{reviews.file_of(language).name}: {count} messages read by {by}", err=True)
        return
    counts = po.refresh(language, places, reviewers(root, language))
    if preview:
        where = {m if isinstance(m, str) else m[0]: f"{at[0][0]}:{at[0][1]}" for m, at in places.items()}
        click.echo(reviews.preview(language, where, examples(root, language)), nl=False)
    if merge:
        counts = po.merge(language, merge)
    if missing:
        click.echo(po.missing(language), nl=False)
    click.echo(f"{file.relative_to(root) if file.is_relative_to(root) else file}: {counts}", err=True)


@click.command(short_help="Make a project in a folder.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--bare", is_flag=True, help="Copy no workbooks; runs take those that ship.")
def init(folder: Path, bare: bool) -> None:
    """\b
    digicit init study && cd study && digicit run demo
    digicit init .

    Make a project: a demonstration's params, a folder for data, copies of the workbooks. In a project that is
    there already, copies that nobody has edited are brought up to date.
    """
    from digicit_lib.starter import begin

    for name in begin(folder, bare=bare):
        click.echo(folder / name)
    click.echo(reachable(f"Next: cd {folder} && digicit run demo"), err=True)


@click.command(short_help="JSON Schema of a file, for an editor.")
@click.argument("file", type=click.Choice(["params", "instrument", "indicators"]))
def schema(file: str) -> None:
    """\b
    digicit schema instrument > params/instruments/schema.json
    digicit schema params

    Every key of a file with its type: completion and checks in an editor.
    """
    from digicit_lib.codebook.json_schemas import indicators_schema, instrument_schema
    from digicit_lib.params import json_schema

    schemas = {"params": json_schema, "instrument": instrument_schema, "indicators": indicators_schema}[
        file
    ]()
    click.echo(json.dumps(schemas, indent=1, ensure_ascii=False))


COMMANDS: dict[str, Any] = {
    "init": init,
    "trace": trace,
    "check": check,
    "diff": diff,
    "new": new,
    "lab": lab,
    "translate": translate,
    "serve": serve,
    "schema": schema,
    "sheets": sheets,
    "registers": registers,
    "export": export,
    "review": review,
    "news": news,
}
