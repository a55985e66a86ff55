"""The tasks that ship with lhnets, those in a folder of the user's own, and their results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from lhnets_datasets.bench.result import Result
from lhnets_datasets.bench.task import Task
from lhnets_datasets.errors import TaskError
from lhnets_datasets.library.folders import list_folders

OWN_FOLDER_VARIABLE = "LHNETS_TASKS"
RESULTS = "results"
_SUFFIX = ".yaml"


def tasks() -> dict[str, Task]:
    """All tasks by name, in alphabetical order; one in LHNETS_TASKS goes before a shipped one."""
    found = {name: _read(folder / f"{name}{_SUFFIX}") for name, folder in _sources().items()}
    return dict(sorted(found.items()))


def get(name: str) -> Task:
    """The task called ``name``.

    Raises
    ------
    TaskError
        If there is none, with the nearest names.
    """
    sources = _sources()
    if name not in sources:
        near = get_close_matches(name, sources, n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else "`lhnets bench list` shows them all."
        raise TaskError(f"no task is called {name!r}; {hint}")
    return _read(sources[name] / f"{name}{_SUFFIX}")


def read_beside(task: Task, file: str) -> bytes:
    """The content of a file in the folder of a task.

    Raises
    ------
    TaskError
        If there is no such file.
    """
    source = _sources()[task.name] / file
    if not source.is_file():
        raise TaskError(f"the task {task.name} names the file {file}, which is not beside it")
    return source.read_bytes()


def results(task: Task, folders: Iterable[Path] = ()) -> dict[str, Result]:
    """The results of a task by the name of their entry: those that ship with lhnets, those under
    LHNETS_TASKS, then those in ``folders``."""
    found: dict[str, Result] = {}
    for folder in (*result_folders(), *folders):
        place = folder / task.name
        if place.is_dir():
            for file in sorted(place.iterdir(), key=lambda f: f.name):
                if file.name.endswith(".json"):
                    result = Result.from_json(file.read_bytes(), file.name)
                    found[file.name.removesuffix(".json")] = result
    return found


def result_folders() -> list[Traversable]:
    """Where results lie: beside the shipped tasks, and beside those under LHNETS_TASKS."""
    return [folder / RESULTS for folder in _folders()]


def shipped_folder() -> Traversable:
    """The folder with the tasks that ship with lhnets."""
    return resources.files("lhnets_datasets").joinpath("tasks")


def _folders() -> Iterator[Traversable]:
    return list_folders(shipped_folder(), OWN_FOLDER_VARIABLE, TaskError)


def _sources() -> dict[str, Traversable]:
    """The folder of each task."""
    return {
        f.name.removesuffix(_SUFFIX): folder
        for folder in _folders()
        for f in folder.iterdir()
        if f.name.endswith(_SUFFIX)
    }


def _read(source: Traversable) -> Task:
    task = _parsed(source.read_bytes(), source.name)
    if task.name + _SUFFIX != source.name:
        raise TaskError(
            f"{source.name} is of a task called {task.name!r}: file and task have one name"
        )
    return task


@cache
def _parsed(content: bytes, name: str) -> Task:
    return Task.from_yaml(content, name)
