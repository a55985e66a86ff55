"""One module for each network, named as the network."""

from __future__ import annotations

import pkgutil
import sys
from difflib import get_close_matches
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from lhnets_training.recipe import Recipe, RecipeError, module_name


def names() -> list[str]:
    """The networks that have a recipe."""
    return sorted(m.name.replace("_", "-") for m in pkgutil.iter_modules(__path__) if not m.ispkg and m.name[0] != "_")


def find(name: str) -> Recipe:
    """The recipe of the network called ``name``, or of the module in the file ``name``, which ends in ``.py``.

    Raises
    ------
    RecipeError
        where there is none, with the nearest names.
    """
    if name.endswith(".py"):
        return _from_file(Path(name))
    known = names()
    if name not in known:
        near = get_close_matches(name, known, n=3, cutoff=0.4) or known
        raise RecipeError(f"no recipe makes a network called {name!r}; did you mean {', '.join(near)}?")
    return _in(import_module(f"lhnets_training.recipes.{module_name(name)}"))


def _from_file(path: Path) -> Recipe:
    """The recipe in a file of the user's own, which is run."""
    found = spec_from_file_location(path.stem, path)
    if found is None or found.loader is None or not path.is_file():
        raise RecipeError(f"there is no recipe at {path}; `lhnets new NAME` writes one to begin with")
    module = module_from_spec(found)
    sys.modules[path.stem] = module
    found.loader.exec_module(module)
    return _in(module)


def _in(module: ModuleType) -> Recipe:
    recipe = getattr(module, "RECIPE", None)
    if not isinstance(recipe, Recipe):
        raise RecipeError(f"{module.__name__} has no RECIPE of type Recipe")
    return recipe
