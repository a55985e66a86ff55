"""The same attacks on an earlier commit and on this one: a table of what happened and what happens.

    python benchmarks/attacks.py --before CHECKOUT [--json OUT]

CHECKOUT has an environment in .venv. Each attack is a process of its own, with 60 s at most; each
row names the test that holds it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from msgspec import Struct
from rich.console import Console
from rich.progress import track

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from hostile_server import KINDS, HostileServer, dead_address

SECONDS = 60
CARD = """
import json, lhnets as ml
fields = json.loads(ml.load("cs-ttbar-lo").card.to_json())
for key, value in json.loads(sys.argv[1]).items():
    fields[key] = {**fields[key], **value} if isinstance(value, dict) else value
try:
    ml.Card.from_json(json.dumps(fields))
    told = "the card is read"
except ml.Error:
    told = "the card is refused"
"""
ASK = """
import lhnets as ml
status = lambda: int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) / 1024
try:
    value = float(ml.CS("p p > go go", {"m_go": 2000.0}, energy="13 TeV"))
    told = f"answers {value:.3g} pb, {status():.0f} MiB"
except ml.Error as error:
    told = type(error).__name__
"""
VERIFY = """
import hashlib, onnx, pathlib, subprocess, lhnets as ml
from onnx import helper as h, TensorProto as T
def make(inner, k):
    sets = [h.make_opsetid("", 18), h.make_opsetid("x", 1)]
    return h.make_function("x", f"F{k}", ["a"], ["b"], [inner], sets)
f = [make(h.make_node("Identity", ["a"], ["b"]), 0)]
f += [make(h.make_node(f"F{k - 1}", ["a"], ["b"], domain="x"), k) for k in range(1, 6000)]
place = [h.make_tensor_value_info(n, T.DOUBLE, ["N", 1]) for n in ("parameters", "value")]
node = h.make_node("F5999", ["parameters"], ["value"], domain="x")
sets = [h.make_opsetid("", 18), h.make_opsetid("x", 1)]
g = h.make_graph([node], "g", *map(list, zip(place)))
m = h.make_model(g, opset_imports=sets, functions=f, ir_version=9)
for p in onnx.load(str(ml.load("cs-ttbar-lo").path)).metadata_props:
    if p.key != "lhnets.digest":
        m.metadata_props.add(key=p.key, value=p.value)
body = m.SerializeToString()
part = lambda tag, v: tag + bytes([len(v)]) + v
seal = part(b"\\n", b"lhnets.digest") + part(b"\\x12", hashlib.sha256(body).hexdigest().encode())
path = pathlib.Path(sys.argv[2]) / "deep.onnx"
path.write_bytes(body + part(b"r", seal))
command = [pathlib.Path(sys.executable).with_name("lhnets"), "verify", path]
code = subprocess.run(command, capture_output=True).returncode
told = f"lhnets verify dies of signal {-code}" if code < 0 else f"refused, exit {code}"
"""
INDEX = """
import json, warnings, lhnets as ml
from lhnets.format import Index
from lhnets_registry.mirror.export import bundled_mirror
warnings.simplefilter("ignore")
networks = bundled_mirror().index.networks
entry = json.loads(next(e for e in networks if e.name == "cs-ttbar-lo").to_json())
entry.update(json.loads(sys.argv[1]))
data = json.dumps({"format": 2, "networks": [entry]}).encode()
try:
    told = "is read" if Index.from_json(data, "a mirror").networks else "is skipped"
except ml.Error:
    told = "refuses the index"
told = f"the entry {told}"
"""


class Attack(Struct, frozen=True):
    """One attack.

    Attributes
    ----------
    what : str
        In words.
    code : str
        Python that sets ``told``, of ``sys.argv[1]`` and of a folder, ``sys.argv[2]``.
    given : str
        The former.
    held_by : str
        The test that holds it.
    mirror : str
        Which hostile mirror is in front of the bundled one; none if empty.
    cache : str
        ``usable`` or ``below a file``.
    """

    what: str
    code: str
    given: str
    held_by: str
    mirror: str = ""
    cache: str = "usable"


def _card(what: str, test: str, **fields: object) -> Attack:
    return Attack(what, CARD, json.dumps(fields), f"tests/zoo/format/test_text.py::{test}")


FETCHING = "tests/zoo/fetching/test_hostile_mirrors.py"
HIDES = "test_a_card_with_a_text_that_hides_something_is_refused"
CITES = "test_a_citation_is_one_entry_and_does_nothing"
ATTACKS = (
    _card("a newline at the end of a name", "test_a_name_is_matched_as_a_whole", name="cs-a\n"),
    _card("a title that writes to the clipboard (OSC 52)", HIDES, title="a\x1b]52;c;eA==\x07"),
    _card("a title that turns the direction of text", HIDES, title="a\u202eb"),
    _card("a title with a letter that shows nothing", HIDES, title="a\u3164b"),
    _card("Cyrillic letters in a Latin word", HIDES, title="glu\u0456no p\u0430ir"),
    _card("a subject in full width", "test_what_questions_name_is_ascii", subject="\uff41"),
    _card("30 February", "test_days_and_identifiers_are_real", created="2026-02-30"),
    _card("a citation with @preamble", CITES, references={"x": "@preamble{x, a = {b}}"}),
    _card(
        "a citation that reads a file",
        CITES,
        references={"x": r"@misc{x, title = {\lstinputlisting{/etc/passwd}}}"},
    ),
    Attack(
        "an entry of a mirror that claims an error of -1",
        INDEX,
        '{"score": -1.0}',
        "tests/zoo/finding/test_zoo.py::test_a_later_mirror_takes_over_no_question",
    ),
    Attack(
        "6,000 nested functions, sealed",
        VERIFY,
        "",
        "tests/zoo/running/test_static.py::test_a_harmful_graph_is_refused",
    ),
    Attack(
        "a cache that cannot be made, and a mirror in front",
        ASK,
        "",
        f"{FETCHING}::test_without_a_usable_cache_a_mirror_still_answers",
        mirror="hostile text",
        cache="below a file",
    ),
    *(
        Attack(
            f"a mirror in front: {kind}",
            ASK,
            "",
            f"{FETCHING}::test_a_hostile_mirror_is_passed_over_with_a_warning",
            mirror=kind,
        )
        for kind in (*KINDS, "dead")
    ),
)


def run(python: Path, attack: Attack, folder: Path) -> str:
    """What happens, in words."""
    (folder / "file").touch()
    cache = folder / ("file/cache" if attack.cache != "usable" else "cache")
    with contextlib.ExitStack() as stack:
        address = ""
        if attack.mirror:
            address = (
                dead_address()
                if attack.mirror == "dead"
                else stack.enter_context(HostileServer(attack.mirror)).address
            )
        environment = os.environ | {"LHNETS_REGISTRY": address, "LHNETS_CACHE": str(cache)}
        code = f"import sys\n{attack.code}\nprint(told)"
        command = [str(python), "-W", "ignore", "-c", code, attack.given, str(folder)]
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=SECONDS
            )
        except subprocess.TimeoutExpired:
            return f"no end within {SECONDS} s"
    if done.returncode:
        return (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1][:80]
    return done.stdout.strip().splitlines()[-1]


def main() -> None:
    """The table, in Markdown."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--before", type=Path, required=True, help="with .venv")
    arguments.add_argument("--json", type=Path, help="write what happened here too")
    chosen = arguments.parse_args()
    places = (chosen.before.absolute() / ".venv" / "bin" / "python", Path(sys.executable))
    rows = []
    for attack in track(ATTACKS, "attacks", console=Console(stderr=True)):
        told = []
        for python in places:
            began = time.perf_counter()
            with tempfile.TemporaryDirectory() as folder:
                what = run(python, attack, Path(folder))
            took = f", {time.perf_counter() - began:.0f} s" if attack.code == ASK else ""
            told.append(what + took)
        rows.append({"attack": attack.what, "before": told[0], "now": told[1]})
        rows[-1]["held_by"] = attack.held_by
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=1))
    print("| attack | before | now | held by |\n|---|---|---|---|")
    for row in rows:
        print(f"| {row['attack']} | {row['before']} | {row['now']} | `{row['held_by']}` |")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", file=sys.stderr)


if __name__ == "__main__":
    main()
