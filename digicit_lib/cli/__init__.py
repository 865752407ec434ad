"""The command line: words in, words out; all work is done in the rooms below.

Data go to stdout, talk to stderr. Exit codes: 0 done, 1 a workbook or check failed, 2 usage, params or
data refused, 3 publication refused, 130 interrupted.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digicit_lib import __version__
from digicit_lib.cli.commands import COMMANDS
from digicit_lib.cli.next_command import reachable
from digicit_lib.errors import as_digicit_error, did_you_mean, plain_text
from digicit_lib.products.planning import PHASES, plan_everything
from digicit_lib.products.requests import Products, plan_reports, split
from digicit_lib.project import find_root as first_root
from digicit_lib.runner import Hashes, state_of
from digicit_lib.runner.batch import Batch, warm_ahead
from digicit_lib.runner.progress import Bars, Lines

if TYPE_CHECKING:
    from digicit_lib.runner import Job, Outcome
    from digicit_lib.runner.plan import Refusal


class Group(click.Group):
    """Tells a mistyped command what it may have been, and every error of ours with its exit code."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        hint = did_you_mean(args[0], self.list_commands(ctx)) if args else None
        if hint and self.get_command(ctx, args[0]) is None:
            ctx.fail(f"No such command '{args[0]}': {hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Our own errors are told without a traceback, unless it is asked for."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            click.echo("Interrupted; the last good reports stand.", err=True)
            ctx.exit(130)
        except Exception as error:  # noqa: BLE001 - a traceback is for whoever asks for one, and may quote data
            if ctx.params["verbose"]:
                click.echo(traceback.format_exc(), err=True)
            plain = as_digicit_error(error)
            click.echo(reachable(f"Error: {plain}"), err=True)
            ctx.exit(plain.exit_code)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="digicit")
@click.option("-v", "--verbose", is_flag=True, help="Show the traceback of an error.")
def digicit(verbose: bool) -> None:
    """\b
    digicit run turkey          make the reports of a study
    digicit list                what there is, what is fresh, what changed

    Reproducible country studies of children's digital citizenship and online safety.
    """


@digicit.command(short_help="Make the reports and products of a study.")
@click.argument("study", required=False)
@click.argument("words", metavar="[PHASE or PRODUCT]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every study in params/.")
@click.option("--language", help="A language code of the study, or all. Default: its first one.")
@click.option("--jobs", type=click.IntRange(1, 256), help="Reports at a time. Default: the cores there are.")
@click.option("--force", is_flag=True, help="Run what is fresh too.")
@click.option("--rehash", is_flag=True, help="Read every input again, whatever its size and time say.")
@click.option("--scheduler", metavar="ADDRESS", help="Run on a Dask cluster, such as tcp://10.0.0.5:8786.")
@click.option(
    "--demonstration", is_flag=True, help="Make products of invented data; each page says SYNTHETIC."
)
def run(
    study: str | None,
    words: tuple[str, ...],
    every: bool,
    language: str | None,
    jobs: int | None,
    force: bool,
    rehash: bool,
    scheduler: str | None,
    demonstration: bool,
) -> None:
    """\b
    digicit run turkey quantitative
    digicit run turkey products --demonstration

    Make reports, then products: run the workbooks whose inputs changed, publish what succeeded.
    STUDY is a slug, a params file or `comparison`. Without a PHASE or PRODUCT every phase that has data is
    run; --all makes the products and the comparison as well.
    """
    if not study and not every:
        raise click.UsageError("give a study or --all")
    if every:  # then the first word is a phase or product too
        study, words = None, (*filter(None, [study]), *words)
    root = locate_project(study)
    hashes, (phases, names) = Hashes(root, rehash=rehash), split(words)
    later = set(PHASES) if len(phases) != 1 else set()
    with nullcontext() if scheduler else warm_ahead(hashes, later, at_once=force):
        planned, refused = plan_reports(root, hashes, study, phases, names, language)
        products = Products(
            root, hashes, study, names, language=language, demonstration=demonstration, alone=bool(phases)
        )
        hashes.save()
        workers = jobs or os.cpu_count() or 1
        outcomes = run_jobs(planned, workers, force, rehash, scheduler)
        # Products take a second each and need evidence that stands here: no cluster is asked.
        outcomes += run_jobs(products.jobs(), workers, force, rehash, None)
    for note in products.notes:
        click.echo(note, err=True)
    if any(outcome.state != "fresh" for outcome in outcomes):
        from digicit_lib.products.planning import could_be_made
        from digicit_lib.runner.index import write_index

        write_index(root, hashes, lambda studies: could_be_made(studies, root, hashes))
    tell_outcomes(root, outcomes)
    tell_refusals(refused)
    sys.exit(min(filter(None, (exit_code(outcomes), 2 if refused else 0)), default=0))


def locate_project(study: str | None = None) -> Path:
    """The project folder, found from the params file or from where we are."""
    start = Path(study).resolve().parent if study and study.endswith((".yaml", ".yml")) else Path.cwd()
    return first_root(start)


def run_jobs(
    planned: Sequence[Job], workers: int, force: bool, rehash: bool, scheduler: str | None
) -> list[Outcome]:
    """Run with bars on a terminal, with lines elsewhere."""
    if not planned:
        return []
    from rich.console import Console

    console = Console(stderr=True)
    style = Bars if console.is_terminal and not console.is_dumb_terminal else Lines
    with style(console, len(planned)) as progress:
        return Batch(planned, progress, force=force, rehash=rehash).run(workers, scheduler)


def tell_outcomes(root: Path, outcomes: list[Outcome]) -> None:
    """Each failure once, where the seconds went, and last of all where the reports are."""
    for outcome in outcomes:
        if outcome.message:
            places = {"page": outcome.job.failed / "failure.html", "log": outcome.job.log}
            there = {name: place.relative_to(root) for name, place in places.items() if place.is_file()}
            lines = [f"  {name + ':':<8} {place}" for name, place in there.items()]
            click.echo("\n".join([f"{outcome.job.name}: {outcome.message}", *lines]), err=True)
    for line in timing_table(outcomes):
        click.echo(line, err=True)
    good = [outcome.job for outcome in outcomes if outcome.state in ("done", "fresh")]
    if len(good) == 1:
        click.echo(good[0].published(f"{next(iter(good[0].pages.values()))}.html"))
    elif good:
        click.echo(root / "outputs" / "index.html")


def tell_refusals(refused: Sequence[Refusal]) -> None:
    """Each study that was left out, and why."""
    for refusal in refused:
        click.echo(plain_text(f"{refusal.study}: refused. {refusal.error}"), err=True)


def timing_table(outcomes: Sequence[Outcome]) -> list[str]:
    """Seconds that each report took, the longest first."""
    ran = {o.job.name: o.timings for o in outcomes if o.timings}
    width = max(map(len, ran), default=0)
    rows = [(name, times.get("execute", 0.0), sum(times.values())) for name, times in ran.items()]
    lines = [
        f"{name:<{width}} {run:>10.1f} {all_ - run:>10.1f} {all_:>10.1f}"
        for name, run, all_ in sorted(rows, key=lambda row: -row[2])
    ]
    head = f"{'seconds':<{width}} {'execute':>10} {'pages':>10} {'all':>10}"
    return [head, *lines] if lines else []


def exit_code(outcomes: list[Outcome]) -> int:
    """A failure weighs more than refused data, and that more than a refused publication."""
    return min((outcome.exit_code for outcome in outcomes if outcome.exit_code), default=0)


@digicit.command("list", short_help="What there is, what is fresh, what changed.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--rehash", is_flag=True, help="Read every input again, whatever its size and time say.")
def list_(as_json: bool, rehash: bool) -> None:
    """\b
    digicit list
    digicit list --json

    Every study, phase or product, and language: fresh, stale (and which input changed), failed or never run.
    """
    root = locate_project()
    hashes = Hashes(root, rehash=rehash)
    jobs, refused = plan_everything(root, hashes)
    hashes.save()
    rows = [(job, state_of(job, rehash=rehash)) for job in jobs]
    if as_json:
        keys = ("study", "phase", "language")
        facts = [{**{k: getattr(j, k) for k in keys}, "state": s.kind, "why": list(s.why)} for j, s in rows]
        facts += [
            {"study": r.study, "phase": "", "language": "", "state": "refused", "why": [str(r.error)]}
            for r in refused
        ]
        click.echo(json.dumps(facts, indent=1))
        return
    study, phase = (max((len(getattr(j, key)) for j in jobs), default=0) for key in ("study", "phase"))
    for job, state in rows:
        click.echo(f"{job.study:<{study}}  {job.phase:<{phase}}  {job.language}  {state}")
    tell_refusals(refused)


for _command in COMMANDS:
    digicit.add_command(_command)


def main() -> None:
    """Run the command line."""
    digicit()


if __name__ == "__main__":
    main()
