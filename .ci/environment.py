"""Install this project and the named extras into a virtual environment, by uv, or by pip if uv
cannot be had.

    python3.11 .ci/environment.py .venv all,test,lint,docs

Needs Python's standard library alone. uv does not read pip's configuration, so what pip has been
told about indexes, links and constraints (`pip config list`, `PIP_FIND_LINKS` and the like) is
handed on to it. If pip has been told nothing, torch comes from PyTorch's index of CPU builds: the
default index would bring gigabytes of CUDA.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

TORCH_CPU = "https://download.pytorch.org/whl/cpu"
UV_OPTIONS = {
    "index-url": "--default-index",
    "extra-index-url": "--index",
    "find-links": "--find-links",
    "constraint": "--constraint",
    "trusted-host": "--allow-insecure-host",
}
"""pip's settings that list sources of packages or limits on them, and uv's options for the same."""

SOURCES = {"index-url", "extra-index-url", "find-links", "no-index"}

SIZES = {
    "all,test,lint,docs": "about 4 GB, half a minute by uv from a near index, some minutes by pip",
    "demo": "about 1.8 GB, a quarter of a minute by uv from a near index, some minutes by pip",
}


def main(folder: Path, extras: str) -> None:
    """Make the environment if it is missing, install, and say how long it took and how large it
    is."""
    python = folder / "bin" / "python"
    started = time.perf_counter()
    if not python.exists():
        venv.create(folder, with_pip=True)
    if subprocess.run([python, "-c", "import pip"], capture_output=True, check=False).returncode:
        subprocess.run([python, "-m", "ensurepip"], stdout=subprocess.DEVNULL, check=True)
    settings = read_pip_settings(python)
    print(
        f"set-up of {folder} with [{extras}]: {SIZES.get(extras, 'a minute or more')}", flush=True
    )
    what = ["--constraint", "constraints.txt", "--editable", f".[{extras}]"]
    if not (install_by_uv(python, settings, what) or install_by_pip(python, settings, what)):
        sys.exit(f"the set-up of {folder} failed; pip's messages are above")
    print(
        f"set-up of {folder}: {time.perf_counter() - started:.0f} s, "
        f"{measure_size(folder) / 1e9:.1f} GB",
        flush=True,
    )


def read_pip_settings(python: Path) -> dict[str, list[str]]:
    """What pip is configured to use, by the name of the setting; files and environment variables
    alike."""
    found = subprocess.run(
        [python, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    )
    return parse_pip_settings(found.stdout)


def parse_pip_settings(text: str) -> dict[str, list[str]]:
    """The lines of `pip config list`; a later place (`install.`, then `:env:.`) wins over an
    earlier one, as in pip.

    >>> parse_pip_settings("global.find-links='/a'\\n:env:.find-links='/b /c'")
    {'find-links': ['/b', '/c']}
    """
    order = {"global": 0, "install": 1, ":env:": 2}
    ranked = []
    for line in text.splitlines():
        key, _, value = line.partition("=")
        place, _, name = key.rpartition(".")
        if place in order and value:
            ranked.append((order[place], name, str(ast.literal_eval(value)).split()))
    return {name: values for _, name, values in sorted(ranked, key=lambda entry: entry[0])}


def install_by_uv(python: Path, settings: dict[str, list[str]], what: list[str]) -> bool:
    """Whether uv, the one on PATH or one that pip installs into the environment, has installed
    ``what``."""
    uv = find_uv(python)
    if uv is None:
        return False
    environment = dict(os.environ)
    if "cert" in settings:
        environment.setdefault("SSL_CERT_FILE", settings["cert"][0])
    command = [
        uv,
        "pip",
        "install",
        "--quiet",
        "--python",
        str(python),
        *list_uv_options(settings),
        *what,
    ]
    return subprocess.run(command, env=environment, check=False).returncode == 0


def find_uv(python: Path) -> str | None:
    """The program, or None if there is none and pip finds none."""
    own = python.with_name("uv")
    if found := shutil.which("uv"):
        return found
    if not own.exists():
        subprocess.run([python, "-m", "pip", "install", "--quiet", "uv"], check=False)
    return str(own) if own.exists() else None


def list_uv_options(settings: dict[str, list[str]]) -> list[str]:
    """uv's options that say what pip's settings say.

    >>> list_uv_options({"find-links": ["/wheels"]})
    ['--find-links', '/wheels', '--index-strategy', 'unsafe-best-match']
    >>> list_uv_options({})
    ['--torch-backend', 'cpu']
    """
    if not SOURCES & settings.keys():
        return ["--torch-backend", "cpu"]
    options = [
        part
        for name, option in UV_OPTIONS.items()
        for v in settings.get(name, ())
        for part in (option, v)
    ]
    if settings.get("no-index", ["false"])[0].lower() in {"1", "true", "yes", "on"}:
        options.append("--no-index")
    # pip takes the best version of all its indexes; uv would stop at the first index that knows the
    # name.
    return [*options, "--index-strategy", "unsafe-best-match"]


def install_by_pip(python: Path, settings: dict[str, list[str]], what: list[str]) -> bool:
    """Whether pip has installed ``what``, which takes minutes."""
    sources = [] if SOURCES & settings.keys() else ["--extra-index-url", TORCH_CPU]
    print("uv cannot be used here; pip installs instead, which takes some minutes", flush=True)
    return (
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", *sources, *what], check=False
        ).returncode
        == 0
    )


def measure_size(folder: Path) -> int:
    """Bytes of the files below a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
