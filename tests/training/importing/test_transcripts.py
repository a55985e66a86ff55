"""The transcripts of docs/how-to/publish-your-network.md, run as a new author would;
LHNETS_WRITE_TRANSCRIPT=1 writes them anew.

Figures depend on the machine that trains, so that numbers are compared by their place, and judged
on the files.
"""

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from click.testing import CliRunner

from lhnets.cli import group
from lhnets.cli.terminal import console
from lhnets.errors import Error
from lhnets.format import read_path

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "publish-your-network.md"
BLOCK = re.compile(
    r"<!-- (?:file: (?P<file>\S+)|transcript) -->\n```\w+\n(?P<text>.+?)(?=```\n)", re.DOTALL
)
NUMBER = re.compile(r"\d[\d,]*(\.\d+)?(e[+-]?\d+)?")
WIDTH = 110
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not here"),
]


def python(arguments: list[str]) -> str:
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | quiet,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def lhnets(arguments: list[str]) -> str:
    result = CliRunner().invoke(group, arguments)
    if isinstance(result.exception, Error):
        said = f"{type(result.exception).__name__}: {result.exception}"
        return result.output + textwrap.fill(said, WIDTH, break_long_words=False) + "\n"
    assert result.exit_code == 0, result.output
    return result.output


def run(command: str) -> str:
    code = re.fullmatch(r"python -c '(.+)'", command)
    if code:
        return python(["-c", code[1]])
    program, *arguments = command.split()
    return {"python": python, "lhnets": lhnets}[program](arguments)


def transcript(text: str) -> str:
    commands = [line[2:] for line in text.splitlines() if line.startswith("$ ")]
    lines = []
    for command in commands:
        lines += [f"$ {command}", *(line.rstrip() for line in run(command).splitlines())]
    return "\n".join(lines) + "\n"


def masked(text: str) -> str:
    """Numbers of what is printed replaced, and blanks and line ends, which follow their widths."""
    lines = [line if line.startswith("$ ") else NUMBER.sub("#", line) for line in text.splitlines()]
    return re.sub(r"[\s─━]+", " ", "\n".join(lines))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, Path]:
    """The page as it stands, as its commands make it, and the folder that they leave."""
    folder = tmp_path_factory.mktemp("author")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(console, "width", WIDTH)

        def ran(match: re.Match[str]) -> str:
            head = match[0][: match.start("text") - match.start()]
            if match["file"]:
                Path(match["file"]).write_text(match["text"])
                return match[0]
            return head + transcript(match["text"])

        before = PAGE.read_text()
        after = BLOCK.sub(ran, before)
    if os.environ.get("LHNETS_WRITE_TRANSCRIPT"):
        PAGE.write_text(after)
    return PAGE.read_text(), after, folder


def test_the_page_shows_what_the_commands_print(page: tuple[str, str, Path]) -> None:
    shown, ran, _ = page
    assert masked(shown) == masked(ran)


@pytest.mark.parametrize("name", ["keras", "keras2", "torch", "boosting", "foreign"])
def test_each_file_is_what_the_page_promises(page: tuple[str, str, Path], name: str) -> None:
    card = read_path(page[2] / f"{name}.onnx").card
    assert card.parity.max_relative <= 1e-5
    assert card.parity.points == 12_000
    assert card.validation.rows == 1000
    assert card.validation.mean < 0.25
    assert 0.60 < card.validation.coverage_68 < 0.76
    assert 0.92 < card.validation.coverage_95 < 0.98
    frameworks = {"keras2": "keras", "boosting": "scikit-learn", "foreign": "keras"}
    assert card.training.framework == frameworks.get(name, name)


def test_the_findings_of_the_page(page: tuple[str, str, Path]) -> None:
    words = " ".join(page[1].split())
    for finding in (
        "if the model gives ln LO",
        "offset and scale of sqrt_s are exchanged",
        "the model takes its columns in the order m_go, m_sq, sqrt_s, mu_over_m",
        "gluino.joblib is a pickle",
        "(x - offset) / scale: proven by the card's ranges",
    ):
        assert finding in words
