"""One module for each network, named as the network, in the folder of its kind."""

from __future__ import annotations

import functools
import pkgutil
import sys
from difflib import get_close_matches
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from lhnets_training.recipe import Recipe, RecipeError


def names() -> list[str]:
    """The networks that have a recipe."""
    return sorted(_modules())


def find(name: str) -> Recipe:
    """The recipe of the network called ``name``, or of the module in the file ``name``, which ends
    in ``.py``.

    Raises
    ------
    RecipeError
        if there is none, with the nearest names.
    """
    return _from_file(Path(name)) if name.endswith(".py") else _recipe_in(find_module(name))


def find_module(name: str) -> ModuleType:
    """The module of the recipe of the network called ``name``, in whichever folder it lies.

    Raises
    ------
    RecipeError
        if there is none, with the nearest names.
    """
    known = _modules()
    if name not in known:
        near = get_close_matches(name, known, n=3, cutoff=0.4) or sorted(known)
        raise RecipeError(
            f"no recipe makes a network called {name!r}; did you mean {', '.join(near)}?"
        )
    return import_module(known[name])


@functools.cache
def _modules() -> dict[str, str]:
    """The module of each network, by the network's name: one folder for each kind of network."""
    found = (m.name for m in pkgutil.walk_packages(__path__, f"{__name__}.") if not m.ispkg)
    named = ((module.rpartition(".")[2], module) for module in found)
    return {leaf.replace("_", "-"): module for leaf, module in named if not leaf.startswith("_")}


def _from_file(path: Path) -> Recipe:
    """The recipe in a file of the user's own, which is run."""
    found = spec_from_file_location(path.stem, path)
    if found is None or found.loader is None or not path.is_file():
        raise RecipeError(
            f"there is no recipe at {path}; `lhnets new NAME` writes one to begin with"
        )
    module = module_from_spec(found)
    sys.modules[path.stem] = module
    found.loader.exec_module(module)
    return _recipe_in(module)


def _recipe_in(module: ModuleType) -> Recipe:
    recipe = getattr(module, "RECIPE", None)
    if not isinstance(recipe, Recipe):
        raise RecipeError(f"{module.__name__} has no RECIPE of type Recipe")
    return recipe
