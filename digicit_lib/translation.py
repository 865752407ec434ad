"""Every message that a reader may see, with its places: marked code, codebook, texts, workbooks, studies."""

import ast
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from babel.messages.extract import extract_from_file

from digicit_lib.codebook import BASES, FOLDER, Indicator, catalogue, instrument, instruments
from digicit_lib.codebook.says import PARENTS, RESPONDENTS
from digicit_lib.errors import DigicitError
from digicit_lib.exhibits.blocks import MIME
from digicit_lib.params import load_params
from digicit_lib.products.templates import shipped_messages, template_messages
from digicit_lib.project import ProjectFolder
from digicit_lib.runner.notebooks import read_notebook, tags
from digicit_lib.safe import load_yaml

LIBRARY = Path(__file__).parent
Message = str | tuple[str, str]
Found = tuple[str, int, Message]
# Marks of code: the first literal is a message; of `plural` the first two are its forms.
KEYWORDS = {"N_": None, "say": None, "translate": None, "plural": (1, 2)}
# Calls of a notebook whose first text is shown, and their arguments that are.
SHOWN, WORDS = ("finding", "note", "prose"), ("title", "subtitle")
_PLACES: dict[str, Any] = load_yaml(Path(__file__).with_suffix(".yaml"))[0]
_INDICATOR = ("title", "period", "unit", "question", "categories", "items", "says")
_INSTRUMENT = ("mode", "recruitment", "sponsor", "conductor", "text", "says")
# Registers that cite in words of ours; the others print titles as they were published.
_CITING = dict.fromkeys(("legal", "cautions", "timeline"), ("citation",))


MOST_PLACES = 3  # of a message, in a file for translators


def messages(root: Path) -> dict[Message, list[tuple[str, int]]]:
    """All messages in a fixed order, each with its places.

    Parameters
    ----------
    root : Path
        The project folder; its workbooks and studies speak too.

    Returns
    -------
    dict of str or (str, str) to list of (str, int)
        Message, or singular and plural, to files and lines: reports first, then the
        codebook, then what speaks to those who run it.
    """
    occurrences: dict[Message, list[tuple[str, int]]] = {}
    for file, line, message in _all(root):
        if isinstance(message, tuple) or is_words(message):
            places = occurrences.setdefault(message, [])
            places += [(file, line)] if (file, line) not in places and len(places) < MOST_PLACES else []
    return occurrences


def fixed_messages(root: Path, *, library: bool = True) -> dict[str, tuple[str, int]]:
    """Messages without a slot that a page prints, each with its first place.

    Parameters
    ----------
    root : Path
        The project folder, whose workbooks, those of single studies too, and own texts of products are read;
        what speaks to those who run a workbook (tag `lab`) is left out.
    library : bool
        Whether what the package itself says is read as well.

    Returns
    -------
    dict of str to (str, int)
    """
    folder = root / "workbooks"
    books = [*sorted(folder.glob("*.ipynb")), *sorted(folder.glob("[!.]*/*.ipynb"))]
    cells = [cell for path in books if path.stem != MAPPING for cell in _cells(root, path)]
    ours: list[Any] = []
    if library:
        ours = [*_code(), *(m for name in _PLACES["fixed"] for m in _texts(name)), *shipped_messages()]
    places: dict[str, tuple[str, int]] = {}
    for file, line, message in (*(one for one, lab in cells if not lab), *ours, *_own_products(root)):
        if isinstance(message, str) and is_words(message) and "{" not in message:
            places.setdefault(message, (file, line))
    return places


def _texts(name: str) -> Iterator[Found]:
    return _yaml(LIBRARY.parent, (FOLDER / name).resolve(), tuple(_PLACES["codebook"][name]))


def _own_products(root: Path) -> Iterator[Found]:
    """The project's own texts of products; one that cannot be read is told where texts are checked."""
    for path in sorted((root / "params" / "products").rglob("*.md")):
        with suppress(DigicitError):
            yield from template_messages(path, path.relative_to(root).as_posix())


def is_words(text: str) -> bool:
    """Whether a text has anything to translate.

    Examples
    --------
    >>> [t for t in ("Girls", "; ", "{low} to {high}", "ACC-03", "age_group") if is_words(t)]
    ['Girls', '{low} to {high}']
    """
    code = text.isupper() and any(c.isdigit() for c in text)
    return any(c.isalpha() for c in text) and not code and not ("_" in text and " " not in text)


MAPPING = "mapping"  # the workbook that begins a study and makes no report


def _all(root: Path) -> Iterator[Found]:
    workbooks = [
        p
        for p in sorted((root / "workbooks").rglob("*.ipynb"))
        if ".ipynb_checkpoints" not in p.parts and p.stem != MAPPING
    ]
    cells = [cell for path in workbooks for cell in _cells(root, path)]
    yield from (message for message, lab in cells if not lab)
    yield from _code()
    yield from _indicators()
    for name in _PLACES["codebook"]:
        yield from _texts(name)
    yield from shipped_messages()
    for path in sorted((root / "params").glob("*.yaml")):
        if path.stem != "defaults":
            yield from _yaml(root, path, tuple(_PLACES["study"]))
    for path in sorted((root / "params" / "landscape").rglob("*.yaml")):
        yield from _yaml(root, path, (*_PLACES["register"], *_CITING.get(path.stem, ())))
    yield from (message for message, lab in cells if lab)


@cache  # to read all of it takes two seconds
def _code() -> list[Found]:
    """What is marked in the library's code and in the templates of its pages."""
    return [
        (path.relative_to(LIBRARY.parent).as_posix(), line, message)  # type: ignore[misc]
        for ending, method in (("py", literals), ("j2", "jinja2"))
        for path in sorted(LIBRARY.rglob(f"*.{ending}"))
        for line, message, _, _ in extract_from_file(method, path, keywords=KEYWORDS)  # type: ignore[arg-type]
    ]


def literals(
    file: BinaryIO, keywords: Iterable[str], comment_tags: object, options: object
) -> Iterator[tuple[int, str, tuple[str | None, ...], list[str]]]:
    """A method of Babel's extractor: the literal arguments of marked calls, wherever a call may stand.

    Babel's own method reads tokens: it glues the two ends of a condition, takes ``key`` for a message in
    ``say(row["key"])``, and sees no mark within an f-string before Python 3.12.

    Examples
    --------
    >>> from io import BytesIO
    >>> code = BytesIO(b"say(N_('No') if x else row['key']) + plural('{n} child', '{n} children', n)")
    >>> [found[1:3] for found in literals(code, KEYWORDS, (), {})]
    [('say', (None,)), ('N_', ('No',)), ('plural', ('{n} child', '{n} children', None))]
    """
    source = file.read()
    if not any(f"{name}(".encode() in source for name in keywords):
        return
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and node.args)
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if name in keywords:
            values = (arg.value if isinstance(arg, ast.Constant) else None for arg in call.args)
            yield call.lineno, name, tuple(v if isinstance(v, str) else None for v in values), []


def _cells(root: Path, path: Path) -> Iterator[tuple[Found, bool]]:
    """A workbook's prose, one message a cell, and what its code says; whether it speaks to who runs it."""
    place = path.relative_to(root).as_posix()
    try:
        cells = read_notebook(path)["cells"]
    except DigicitError:
        return  # told where the rules of notebooks are checked
    for number, cell in enumerate(cells, 1):
        if cell["cell_type"] == "markdown":
            yield (place, number, cell["source"].strip()), "lab" in tags(cell)
        elif cell["cell_type"] == "code":
            yield from (((place, number, text), False) for text in notebook_words(cell["source"]))


def notebook_words(source: str) -> list[str]:
    """The literals of a cell that a report shows: findings and notes, titles of exhibits.

    Examples
    --------
    >>> notebook_words("wb.note('Read this.', title='Before you begin')")
    ['Before you begin', 'Read this.']
    """
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    words = [k.value for call in calls for k in call.keywords if k.arg in WORDS]
    words += [call.args[0] for call in calls if call.args and getattr(call.func, "attr", "") in SHOWN]
    texts = (node.value for node in words if isinstance(node, ast.Constant))
    return sorted(text for text in texts if isinstance(text, str) and text)


def _indicators() -> Iterator[Found]:
    """Names, bases and periods of the catalogue and of every survey's own variants."""
    for path in sorted((*FOLDER.glob("catalogue/*.yaml"), *FOLDER.glob("modules/*.yaml"))):
        yield from _yaml(LIBRARY.parent, path, _INDICATOR)
        where = path.relative_to(LIBRARY.parent).as_posix()
        data, lines = load_yaml(path)
        for one in (catalogue()[name] for name in data):
            yield from ((where, lines[one.id,], text) for text in (one.base_message, one.population) if text)
    yield from (("digicit_lib/codebook/models.py", 1, text) for text in BASES.values())
    aged = (f"{words}, ages {{low}} to {{high}}" for words in (RESPONDENTS, PARENTS))
    proposed = (*aged, "the study team", "not stated")
    yield from (("digicit_lib/data/proposal_text.py", 1, text) for text in proposed)
    for name in instruments():
        tool = instrument(name)
        file = f"digicit_lib/codebooks/instruments/{name}.yaml"
        yield from _yaml(LIBRARY.parent, LIBRARY.parent / file, _INSTRUMENT)
        for definition in (tool.definition(n) for n in tool.indicators):
            yield from ((file, 1, text) for text in _variant(definition))


def _variant(indicator: Indicator) -> Iterable[str]:
    """Title, period and base, also as a study of the younger ones narrows it."""
    younger = indicator.model_copy(update={"ages": (indicator.ages[0], indicator.ages[0])})
    words = (indicator.title, indicator.period, indicator.base_message, younger.base_message)
    return words if "@" in indicator.id else ()


def _yaml(root: Path, path: Path, keys: tuple[str, ...]) -> Iterator[Found]:
    data, lines = load_yaml(path)
    place = path.relative_to(root).as_posix()
    for at, text in _leaves(data, (), keys, not keys):
        line = next((lines[at[:n]] for n in range(len(at), -1, -1) if at[:n] in lines), 1)
        yield place, line, text


def _leaves(data: Any, at: tuple[Any, ...], keys: tuple[str, ...], inside: bool) -> Iterator[tuple[Any, str]]:
    """Texts below a chosen key; the categories of a distribution are keys themselves."""
    if isinstance(data, str):
        if inside:
            yield at, data
    elif isinstance(data, dict):
        for key, value in data.items():
            if key == "categories" and key in keys:
                yield from ((at, label) for label in value)
            elif key == "items" and key in keys:
                yield from _leaves(value, (*at, key), ("question",), False)
            else:
                yield from _leaves(value, (*at, key), keys, inside or key in keys)
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from _leaves(value, (*at, number), keys, inside)


def reviewers(root: Path, language: str) -> str:
    """Who has read a language's translation, as the studies name them."""
    lists = [load_params(study, root).translation_reviewers for study in ProjectFolder(root).studies()]
    return ", ".join(sorted({name for people in lists for code, name in people.items() if code == language}))


def examples(root: Path, language: str) -> dict[str, tuple[str, str]]:
    """Ids of messages to the page that says them and, where they have tokens, to their words there."""
    words_by_name: dict[str, tuple[str, str]] = {}
    for path in sorted((root / "outputs").rglob("workbook.ipynb")):
        notebook, place = read_notebook(path), path.parent.relative_to(root / "outputs").as_posix()
        if notebook["metadata"].get("papermill", {}).get("parameters", {}).get("language") == language:
            outputs = (out for cell in notebook["cells"] for out in cell.get("outputs", ()))
            blocks = (out.get("data", {}).get(MIME, {}) for out in outputs)
            words_said = {name: words for block in blocks for name, words in block.get("said", {}).items()}
            words_by_name |= {name: (place, words) for name, words in words_said.items()}
    return words_by_name
