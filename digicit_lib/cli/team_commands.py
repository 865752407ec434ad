"""Commands for a team that works on coded interviews."""

from __future__ import annotations

import click

from digicit_lib.project import find_root


@click.command(short_help="Working sheets of coded interviews.")
@click.argument("study")
def sheets(study: str) -> None:
    """\b
    digicit sheets kenya
    digicit sheets params/examples/kenya.yaml

    Write the sheets that a team fills beside its coded project, XLSX and CSV, under $DIGICIT_DATA: names,
    participants, sessions, reviews, quotations, flags, disagreements. A second run keeps what is filled in.
    """
    from digicit_lib.data.interview_work import write_sheets
    from digicit_lib.params import load_params

    root = find_root()
    made, wrong = write_sheets(load_params(study, root), root)
    for path, rows in made:
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
    from digicit_lib.data.interview_work import export as write
    from digicit_lib.params import load_params

    root = find_root()
    made, notes = write(load_params(study, root), root, refi=refi)
    for path in made:
        click.echo(path)
    for note in notes:
        click.echo(note, err=True)
