"""Trees of ROOT files, through uproot."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lhnets.errors import ParameterError
from lhnets.events.contents import EventFile
from lhnets.extras import import_optional


def read_root(path: Path, tree: str | None, branches: Iterable[str] = ()) -> EventFile:
    """Branches of a tree, all of them unless some are named.

    Raises
    ------
    ParameterError
        If the file, the tree or a branch cannot be read, with the names of those that can.
    MissingExtraError
        If uproot is not installed.
    """
    uproot = import_optional("uproot", "ROOT files")
    wanted = list(dict.fromkeys(branches))
    try:
        with uproot.open(path) as file:
            found = file[_choose_tree(file, tree, path)]
            names = wanted or found.keys(recursive=False)
            missing = sorted(set(wanted) - set(found.keys()))
            if missing:
                raise ParameterError(
                    f"{path}:{found.name} has no branch {', '.join(missing)}; it has "
                    f"{', '.join(found.keys()[:40])}"
                )
            return EventFile({n: found[n].array(library="ak") for n in names})
    except ParameterError:
        raise
    except Exception as error:
        raise ParameterError(f"{path} cannot be read as ROOT: {error}") from error


def _choose_tree(file: Any, tree: str | None, path: Path) -> str:
    trees = [k.partition(";")[0] for k, c in file.classnames().items() if "Tree" in c or "RNT" in c]
    trees = list(dict.fromkeys(trees))
    if tree is None and len(trees) == 1:
        return str(trees[0])
    if tree is None or tree not in trees:
        raise ParameterError(
            f"{path} has the trees {', '.join(trees) or 'none'}"
            + (f", not {tree!r}" if tree else "")
            + f": name one as {path}:TREE"
        )
    return tree
