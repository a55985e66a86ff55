"""The examples of every page of the documentation run as a reader pastes them.

Each page runs in a fresh process, in an empty folder, offline, with only what is printed on the
page. A comment before a block says why it is not run: ``<!-- file: NAME -->``, the block is a file
that the page's commands use, and the test of its transcript runs it; ``<!-- not run: REASON -->``.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = (
    sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]) if (ROOT / "docs").is_dir() else []
)
BLOCK = re.compile(
    r"(?P<mark><!-- (?:file|not run): [^\n]+ "
    r"-->\n)?```(?:python|pycon|\{doctest\})\n(?P<code>.+?)^```$",
    re.DOTALL | re.MULTILINE,
)
RUNNER = """
import doctest, json, sys
page, names = json.load(sys.stdin), {"__name__": "__main__"}
flags = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
runner = doctest.DocTestRunner(optionflags=flags)
for line, code in page["blocks"]:
    if ">>> " in code:
        test = doctest.DocTestParser().get_doctest(code, names, page["name"], page["name"], line)
        test.globs = names
        runner.run(test, clear_globs=False)
    else:
        exec(compile("\\n" * line + code, page["name"], "exec"), names)
sys.exit(bool(runner.failures))
"""


def find_blocks(text):
    """Line and code of the blocks of Python that are run."""
    found = (match for match in BLOCK.finditer(text) if not match["mark"])
    return [(text.count("\n", 0, match.start("code")), match["code"]) for match in found]


def run_page(name, blocks, folder):
    """The finished process that ran the blocks in a row."""
    hidden = {"LHNETS_REGISTRY", "LHNETS_LOCK", "PYTHONPATH", "PYTHONSTARTUP"}
    environment = {k: v for k, v in os.environ.items() if k not in hidden}
    environment |= {"LHNETS_OFFLINE": "1", "LHNETS_CACHE": str(folder / "cache")}
    (folder / "empty").mkdir()
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", RUNNER],
        input=json.dumps({"name": name, "blocks": blocks}),
        cwd=folder / "empty",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "page", [p for p in PAGES if find_blocks(p.read_text())], ids=lambda p: p.name
)
def test_a_page_runs_as_pasted(page, tmp_path):
    done = run_page(page.name, find_blocks(page.read_text()), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_most_pages_have_examples():
    if not PAGES:
        pytest.skip("the documentation is not here")
    assert sum(bool(find_blocks(p.read_text())) for p in PAGES) >= 12


@pytest.mark.parametrize(
    "text",
    [
        "```python\nnp.zeros(2)\n```\n",
        "```{doctest}\n>>> 1 + 1\n3\n```\n",
        "```{doctest}\n>>> ml.search()\n```\n",
        "```{doctest}\n>>> open('docs/a-file')\n```\n",
    ],
)
def test_a_page_that_lacks_something_fails(text, tmp_path):
    assert run_page("page.md", find_blocks(text), tmp_path).returncode == 1


def test_blocks_share_their_names_and_marked_ones_are_left_out(tmp_path):
    text = (
        "```python\na = 1\n```\n<!-- not run: why -->\n```python\n1 / "
        "0\n```\n```{doctest}\n>>> "
        "a\n1\n```\n"
    )
    blocks = find_blocks(text)
    assert [line for line, _ in blocks] == [1, 8]
    assert run_page("page.md", blocks, tmp_path).returncode == 0
