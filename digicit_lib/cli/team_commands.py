"""Commands for a team: sheets of coded interviews, and the review of a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from digicit_lib.cli.next_command import reachable
from digicit_lib.project import find_root
from digicit_lib.safe import inside

if TYPE_CHECKING:
    from digicit_lib.params import Params

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def open_params(study: str) -> tuple[Params, Path]:
    """The params of a study by its slug or file, and the project's folder."""
    from digicit_lib.params import load_params

    root = find_root()
    return load_params(study, root), root


@click.command(short_help="Working sheets of coded interviews.")
@click.argument("study")
def sheets(study: str) -> None:
    """\b
    digicit sheets kenya
    digicit sheets params/examples/kenya.yaml

    Write the sheets that a team fills beside its coded project, XLSX and CSV, under $DIGICIT_DATA: names,
    participants, sessions, reviews, quotations, flags, disagreements. A second run keeps what is filled in.
    """
    from digicit_lib.data.interview_work import write_working_sheets

    params, root = open_params(study)
    paths, wrong = write_working_sheets(params, root)
    for path, rows in paths:
        click.echo(f"{path}  {rows} rows")
    for line in wrong:
        click.echo(line, err=True)
    click.echo(reachable(f"Next: fill in the sheets; digicit run {study} qualitative"), err=True)


@click.command(short_help="Registers of a desk review as a workbook.")
@click.argument("study")
@click.option("--from", "source", type=FILE, help="A filled workbook (XLSX).")
def registers(study: str, source: Path | None) -> None:
    """\b
    digicit registers kenya
    digicit registers kenya --from registers.xlsx

    Write the registers of the desk review (sources, facts, law, platforms, actors, events, cautions, search
    log) to one workbook under $DIGICIT_DATA, a sheet each. With --from check a filled one and write it to
    the registers of the study; nothing is written while a row is wrong.
    """
    from digicit_lib.data.interview_sheets import private_home
    from digicit_lib.landscape.register_sheets import take_workbook, write_workbook

    params, root = open_params(study)
    folder_name = params.data.landscape.folder if params.data.landscape else ""
    folder = inside(root, folder_name or f"params/landscape/{params.slug}")
    if source is None:
        path = write_workbook(folder, private_home(params.slug, root) / "registers.xlsx")
        click.echo(path)
        click.echo(reachable(f"Next: fill it in; digicit registers {study} --from {path}"), err=True)
        return
    changed = take_workbook(source, folder)
    for name, count in changed.items():
        click.echo(f"{folder / name}.yaml  {count} entries")
    if not folder_name:
        click.echo(f"Next: data.landscape.folder: params/landscape/{params.slug} in the params", err=True)
    click.echo(
        reachable(f"Next: digicit run {study} exploratory" if changed else "Nothing changed."), err=True
    )


@click.command(short_help="Coded interviews for other programs.")
@click.argument("study")
@click.option("--refi", is_flag=True, help="Also a REFI-QDA project and its codebook.")
def export(study: str, refi: bool) -> None:
    """\b
    digicit export kenya
    digicit export kenya --refi

    Write the coded segments with attributes (CSV, XLSX; words only behind the gate), and with --refi the
    pseudonymised project for NVivo, ATLAS.ti, MAXQDA or QualCoder, under $DIGICIT_DATA.
    """
    from digicit_lib.data.interview_work import export_segments as write

    params, root = open_params(study)
    paths, notes = write(params, root, refi=refi)
    for path in paths:
        click.echo(path)
    for note in notes:
        click.echo(note, err=True)


@click.command(short_help="A sheet to review a report; what comes back.")
@click.argument("study")
@click.argument("phase", type=click.Choice(["exploratory", "quantitative", "qualitative"]))
@click.option("--from", "source", type=FILE, help="A filled sheet (XLSX), or a report with comments (DOCX).")
def review(study: str, phase: str, source: Path | None) -> None:
    """\b
    digicit review turkey quantitative
    digicit review turkey quantitative --from report.docx

    Write the sheet on which people mark findings, exhibits and numbers: agree, query or wrong. With --from
    put what they marked into params/<study>.review.yaml, numbers they agree with as sign-offs of products.
    """
    from digicit_lib.products.review_sheet import take_back, write_review_sheets

    params, root = open_params(study)
    if source is None:
        sheet, page = write_review_sheets(root, params.slug, phase, params.file)
        click.echo(f"{sheet}\n{page}")
        click.echo(reachable(f"Next: fill it in; digicit review {study} {phase} --from {sheet}"), err=True)
    else:
        click.echo(take_back(root, params.slug, phase, source, params.file))
        click.echo(reachable(f"Next: digicit run {study} {phase}"), err=True)
