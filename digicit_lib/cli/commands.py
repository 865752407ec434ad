"""Commands that look at what is there and set things up; `cli` holds those that run."""

import datetime as dt
import json
import os
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from digicit_lib import evidence
from digicit_lib.cli.new_study import new
from digicit_lib.cli.next_command import reachable
from digicit_lib.cli.publishing import news
from digicit_lib.cli.team_commands import FILE, export, registers, review, sheets
from digicit_lib.errors import DigicitError, RunError, plain_text
from digicit_lib.project import find_root
from digicit_lib.starter import begin

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(short_help="The trail of one number.")
@click.argument("evidence_id")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def trace_command(evidence_id: str, as_json: bool) -> None:
    """\b
    digicit trace turkey/quantitative/ACC-03
    digicit trace turkey/exploratory/IT.NET.USER.ZS/value/all/2023 --json

    The trail of one number: sentence, estimate, question, file, workbook cell, commit.
    """
    trail = evidence.trace(find_root(), evidence_id)
    if as_json:
        click.echo(json.dumps(trail, indent=1, ensure_ascii=False, default=str))
        return
    lines = [trail["id"], *(f"  sentence    {sentence}" for sentence in trail["sentences"])]
    for part in ("estimate", "definition", "run"):
        for key, value in trail[part].items():
            if value not in (None, "", float("nan")) and value == value:
                lines.append(f"  {part:<11} {key}: {value}")
    for file in trail["files"]:
        kind = "" if ":" in file["sha256"] else "sha256 "
        lines.append(f"  file        {file['name']}: {kind}{file['sha256']}")
    if trail["cell"]:
        lines.append(f"  cell        {trail['cell']['number']}: {trail['cell']['source'].splitlines()[0]}")
    click.echo("\n".join(map(plain_text, lines)))


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
    unread = [row for row in rows if row["unread"]]
    rows = [row for row in rows if not row["unread"]]
    for row in () if as_json else sorted(rows, key=lambda row: (row["withheld"], row["safe"])):
        state = "hidden  " if row["safe"] else "COMPUTED" if row["low"] is not None else "UNSOLVED"
        ends = "no numbers solve these sums" if row["low"] is None else f"{row['low']:g} to {row['high']:g}"
        line = f"{state} {row['id']}: {ends} (must be {row['needed']:g} apart)"
        click.echo(plain_text(f"withheld {row['id']}: {row['withheld']}" if row["withheld"] else line))
        for equation in filter(None, row["equations"].split("; ")):
            click.echo(plain_text(f"           {equation}"))
    withheld, open_ = sum(bool(row["withheld"]) for row in rows), sum(not row["safe"] for row in rows)
    for row in unread:
        click.echo(plain_text(f"{row['id']}: {row['unread']}"), err=True)
    if rows or not unread:
        click.echo(f"{len(rows) - withheld} hidden counts, {open_} of them not shown to be safe.", err=True)
    sys.exit(1 if open_ or unread else 0)


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
def diff_command(old: Path, new: Path, as_json: bool) -> None:
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
        click.echo(plain_text(f"{row.change:<8} {row.id}  {row.before} → {row.after}"))
    click.echo(f"{len(changes)} estimates changed.", err=True)


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
@click.option("--merge", multiple=True, type=FILE, help="Put a translator's piece into the language's file.")
@click.option(
    "--preview", is_flag=True, help="Print each message with its page and example values, as a sheet."
)
@click.option(
    "--reviewed",
    type=FILE,
    help="Record what a reviewer marked as read in that sheet; with --by and --role.",
)
@click.option("--by", default="", help="Who read it.")
@click.option("--role", default="", help="Such as translator, teacher, editor.")
def translate_command(
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
    counts = po.refresh(language, places, reviewers(root, language), root=root)
    if preview:
        where = {m if isinstance(m, str) else m[0]: f"{at[0][0]}:{at[0][1]}" for m, at in places.items()}
        click.echo(reviews.preview_sheet(language, where, examples(root, language)), nl=False)
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


@click.command(short_help="Every indicator, the project's own first.")
def catalogue_command() -> None:
    """\b
    digicit catalogue > catalogue.md
    digicit catalogue | less

    The catalogue with the project's own indicators, marked as own: what is asked, of whom, what counts.
    """
    from digicit_lib.codebook.catalogue_page import catalogue_markdown

    click.echo(catalogue_markdown(find_root()), nl=False)


OF_PROJECT = (init, trace_command, check, diff_command, new, lab, serve, schema, catalogue_command)
COMMANDS: tuple[Any, ...] = (*OF_PROJECT, translate_command, sheets, registers, export, review, news)
