"""Commands that write texts from what runs have published."""

import click

from digicit_lib.cli.team_commands import open_params


@click.command(short_help="A short dated text for a website or newsletter.")
@click.argument("study")
@click.option("--language", default="en", help="That of the published report.")
@click.option("--demonstration", is_flag=True, help="Allow invented data; the text then says so.")
def news(study: str, language: str, demonstration: bool) -> None:
    """\b
    digicit news params/examples/usa_yrbs2021.yaml
    digicit news turkey --demonstration

    Write outputs/STUDY/news/news.md and news.html: what a publication adds, from its evidence, behind the
    gate of the sheets: each number is signed by a person, or the data are a demonstration's.
    """
    from digicit_lib.products.news import write_news

    params, root = open_params(study)
    for path in write_news(params, root, language, demonstration=demonstration):
        click.echo(path.relative_to(root))
