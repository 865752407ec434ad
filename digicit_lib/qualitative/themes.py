"""Which codes are themes: a level of the tree, or a list; a sole root is none."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from digicit_lib.errors import QualitativeError
from digicit_lib.qualitative.coded.model import Project


def with_themes(project: Project, wanted: int | Sequence[str] = ()) -> Project:
    """The project with the themes that a study names; a code outside them belongs to none.

    Parameters
    ----------
    project : Project
    wanted : int or sequence of str
        The level of the tree, from 1; or codes by name or path, with all below them, or a program's groups
        of codes by name. Nothing: the themes
        of the codebook, else the first level that has more than one code.

    Returns
    -------
    Project

    Raises
    ------
    QualitativeError
        A level that the tree does not have.

    Examples
    --------
    >>> codes = [{"code": c} for c in ("all", "all/risk", "all/risk/spam", "all/help")]
    >>> p = Project.build({}, [], codes)
    >>> p.codes["theme"].tolist()
    ['', 'risk', 'risk', 'help']
    >>> with_themes(p, 3).codes["theme"].tolist()
    ['', '', 'spam', '']
    >>> with_themes(Project.build({}, [], [{"code": "all/risk/spam"}]), 2).codes["theme"].tolist()
    ['risk']
    >>> with_themes(p, ["risk"]).codes["theme"].tolist()
    ['', 'risk', 'risk', '']
    >>> p = Project.build({}, [], [{"code": "spam", "groups": "Risks; New"}, {"code": "help"}])
    >>> with_themes(p, ["Risks"]).codes["theme"].tolist()
    ['Risks', '']
    """
    if not wanted:
        return project
    codes = project.codes
    if isinstance(wanted, int):
        if wanted < 1 or wanted > codes["depth"].max() + 1:
            deepest = int(codes["depth"].max()) + 1 if len(codes) else 0
            raise QualitativeError(
                "No code stands on this level.", got=str(wanted), allowed=f"1 to {deepest}"
            )
        paths = ["/".join(code.split("/")[:wanted]) for code in codes["code"]]
        theme_paths = [path if path.count("/") == wanted - 1 else "" for path in paths]
        last = {path: path.rpartition("/")[2].replace("\u2215", "/") for path in theme_paths}
        name = last | dict(zip(codes["code"], codes["name"], strict=True))
        often = Counter(name[path] for path in set(theme_paths))
        themes = [name[p] if often[name[p]] == 1 else p.replace("/", " / ") for p in theme_paths]
    else:
        themes = [
            next((w for w in wanted if _belongs(project, row["code"], row["theme"], w)), "")
            for row in codes.to_dict("records")
        ]
    return replace(project, codes=codes.assign(theme=themes))


def _belongs(project: Project, code: str, theme: str, level: str) -> bool:
    if level in _groups(project).get(code, ()):
        return True
    tops = project.codes.loc[(project.codes["name"] == level) | (project.codes["code"] == level), "code"]
    return theme == level if tops.empty else any(code == top or code.startswith(f"{top}/") for top in tops)


def _groups(project: Project) -> dict[str, list[str]]:
    """The groups that a code is in, where its program has groups of codes (ATLAS.ti, MAXQDA)."""
    groups = project.codes.get("groups", ())
    pairs = zip(project.codes["code"], groups, strict=False)
    return {code: str(names).split("; ") for code, names in pairs if names}


def strange_themes(project: Project, names: Iterable[str]) -> list[str]:
    """The names that are neither a code nor a theme of the project.

    Examples
    --------
    >>> strange_themes(Project.build({}, [], [{"code": "risk"}]), ["risk", "rsik"])
    ['rsik']
    """
    there = {*project.codes["code"], *project.codes["name"], *project.codes["theme"]}
    there |= {name for names in _groups(project).values() for name in names}
    return [name for name in names if name not in there]
