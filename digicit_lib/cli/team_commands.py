"""Commands for a team: sheets of coded interviews, and the review of a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from digicit_lib.project import find_root

if TYPE_CHECKING:
    from digicit_lib.params import Params


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
        click.echo(f"does not fit: {line}", err=True)
    click.echo(f"Next: fill in the sheets; digicit run {study} qualitative", err=True)


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
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A filled sheet (XLSX), or a report with comments (DOCX).",
)
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
        click.echo(f"Next: fill it in; digicit review {study} {phase} --from {sheet}", err=True)
    else:
        click.echo(take_back(root, params.slug, phase, source, params.file))
        click.echo(f"Next: digicit run {study} {phase}", err=True)
