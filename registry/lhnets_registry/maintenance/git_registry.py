"""A registry that is a git repository: publishing is a merge request, and the mirror is the Pages
of the repository."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from lhnets_registry.errors import StoreError

_PLACES = {
    "README.md": "README.md",
    "retracted.txt": "retracted.txt",
    "gitattributes": ".gitattributes",
    "gitignore": ".gitignore",
    "gitlab-ci.yml": ".gitlab-ci.yml",
    "ci/check.sh": "ci/check.sh",
    "ci/export.sh": "ci/export.sh",
    "ci/verify.sh": "ci/verify.sh",
    "github/check.yml": ".github/workflows/check.yml",
    "github/comment.yml": ".github/workflows/comment.yml",
    "github/mirror.yml": ".github/workflows/mirror.yml",
}
_KEPT = ("networks/.gitkeep", "keys/metadata/.gitkeep")


def write_template(folder: Path) -> list[Path]:
    """Write the files of a registry in git into an empty folder or repository.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    StoreError
        If the folder holds other things than ``.git``, or cannot be written.
    """
    template = resources.files(__package__) / "git_template"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        present = sorted(p.name for p in folder.iterdir() if p.name != ".git")
        if present:
            raise StoreError(
                f"{folder} is not empty ({', '.join(present[:5])}): expected an empty folder, or a "
                "fresh clone. Name another one"
            )
        for source, target in _PLACES.items():
            path = folder / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(template.joinpath(*source.split("/")).read_bytes())
            if path.suffix == ".sh":
                path.chmod(0o755)
        for target in _KEPT:
            (folder / target).parent.mkdir(parents=True, exist_ok=True)
            (folder / target).touch()
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(f"cannot write {folder}: {error.strerror or error}") from error
    return [folder / target for target in (*_PLACES.values(), *_KEPT)]
