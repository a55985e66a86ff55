"""The code that calls a network, at a point of its region: Python, shell, C++, JavaScript, HTTP."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping

from msgspec import Struct

from lhnets.format import Card, Input
from lhnets.physics import speak_energy, spoken
from lhnets_registry.catalogue.particles import is_process

_FUNCTIONS = {
    "cross_section": ("CS", "cs", "sigma"),
    "branching_ratio": ("BR", "br", "branching"),
    "width": ("Width", "width", "width"),
    "efficiency": ("Efficiency", "efficiency", "efficiency"),
    "likelihood": ("Likelihood", "likelihood", "log_likelihood"),
    "loop_integral": ("LoopIntegral", "loop-integral", "integral"),
    "observable": ("Observable", "observable", "observable"),
}
_EVENT_FUNCTIONS = {
    "classifier": "Classify",
    "anomaly_score": "AnomalyScore",
    "event_variable": "EventVariable",
}
_NUMPY = {"float64": "np.float64", "float32": "np.float32", "int64": "np.int64", "bool": "bool"}
_FREE_AXIS = 8


class Snippet(Struct, frozen=True):
    """Code in one language."""

    language: str
    title: str
    code: str
    note: str = ""


def file_name(card: Card) -> str:
    """The name that a downloaded network file is given."""
    return f"{card.name}-{card.version}.onnx"


def snippets(card: Card, point: Mapping[str, float] | None) -> list[Snippet]:
    """Code that evaluates the default output of ``card`` at ``point``; event networks have no such
    point."""
    if point is None or card.tensors:
        return [Snippet("python", "Python", python_tensors(card))]
    file = file_name(card)
    return [
        Snippet("python", "Python", python(card, point)),
        Snippet("shell", "Shell", shell(card, point)),
        Snippet(
            "cpp",
            "C++",
            cpp(card, point),
            f"with ONNX Runtime's own interface and {file}, downloaded below",
        ),
        Snippet(
            "javascript", "JavaScript", javascript(card, point), f"with {file}, downloaded below"
        ),
        Snippet(
            "http",
            "HTTP",
            http(card, point),
            "where a registry service runs; SERVICE is its address",
        ),
    ]


def python(card: Card, point: Mapping[str, float]) -> str:
    """A call by the physics, pinned to the version."""
    params = "{" + ", ".join(f"{_text(n)}: {x!r}" for n, x in point.items()) + "}"
    if card.kind not in _FUNCTIONS:
        return (
            "import lhnets as ml\n\nnetwork = "
            f"ml.load({_text(card.identity)})\nprint(network({params}))\n"
        )
    function, _, variable = _FUNCTIONS[card.kind]
    arguments = [
        _text(_subject(card)),
        params,
        *(f"{k}={_text(v)}" for k, v in _choice(card).items()),
    ]
    body = ",\n    ".join([*arguments, f"network={_text(card.identity)}"])
    return (
        f"import lhnets as ml\n\n{variable} = ml.{function}(\n    {body},\n)\n"
        f"print({variable}.value, {variable}.uncertainty, {variable}.unit)\n"
    )


def python_tensors(card: Card) -> str:
    """A call with arrays by name, of one event with the sizes that the card leaves open."""
    head = "import lhnets as ml\n"
    if card.kind == "generator":
        given = ", ".join(f"{_text(i.name)}: {_middle(i):.4g}" for i in card.columns)
        arguments = [_text(card.identity), "1000", *([f"{{{given}}}"] if given else []), "seed=1"]
        line = f"events = ml.Generate({', '.join(arguments)})"
        return f"{head}\n{line}\nprint(events.value)\n"
    arrays = [f"    {_text(i.name)}: {_array(i)}," for i in card.inputs if not i.noise]
    function = _EVENT_FUNCTIONS.get(card.kind)
    call = (
        [
            f'found = ml.{function}({_text(card.identity)}, events, outside="nan")',
            "print(found.value)",
        ]
        if function
        else [
            f"found = ml.load({_text(card.identity)}).predict(events)",
            "print(found.value, found.uncertainty)",
        ]
    )
    return "\n".join(
        [f"{head}import numpy as np", "", "events = {  # your own here", *arrays, "}", *call, ""]
    )


def shell(card: Card, point: Mapping[str, float]) -> str:
    """The same call by the command `lhnets`."""
    values = [shlex.quote(f"{n}={x!r}") for n, x in point.items()]
    if card.kind not in _FUNCTIONS:
        return f"lhnets eval {card.identity} " + " ".join(values) + "\n"
    command = ["lhnets", _FUNCTIONS[card.kind][1], shlex.quote(_subject(card)), *values]
    command += [word for k, v in _choice(card).items() for word in (f"--{k}", shlex.quote(v))]
    return " ".join([*command, "--network", card.identity]) + "\n"


def cpp(card: Card, point: Mapping[str, float]) -> str:
    """ONNX Runtime's C++ interface on the network file."""
    n, k = len(card.columns), card.output_index(card.default_output)
    numbers = ", ".join(repr(point[i.name]) for i in card.columns)
    return f"""#include <onnxruntime_cxx_api.h>
#include <array>
#include <cstdint>
#include <cstdio>

int main() {{
  Ort::Env env;
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);
  Ort::Session session(env, "{file_name(card)}", options);

  std::array<double, {n}> point{{{numbers}}};  // {_names(card)}
  std::array<std::int64_t, 2> shape{{1, {n}}};
  auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  auto parameters = Ort::Value::CreateTensor<double>(memory, point.data(), {n}, shape.data(), 2);

  const char* inputs[] = {{"parameters"}};
  const char* outputs[] = {{"value", "uncertainty", "reach"}};
  auto found = session.Run(Ort::RunOptions{{}}, inputs, &parameters, 1, outputs, 3);
  std::printf("%.17g +- %.3g, reach %.4f\\n", found[0].GetTensorData<double>()[{k}],
              found[1].GetTensorData<double>()[{k}], found[2].GetTensorData<double>()[0]);
}}
"""


def javascript(card: Card, point: Mapping[str, float]) -> str:
    """ONNX Runtime for Node.js or the browser on the network file."""
    n, k = len(card.columns), card.output_index(card.default_output)
    numbers = ", ".join(repr(point[i.name]) for i in card.columns)
    return f"""import * as ort from "onnxruntime-node"; // in a browser: onnxruntime-web

const session = await ort.InferenceSession.create("{file_name(card)}");
const point = Float64Array.of({numbers}); // {_names(card)}
const parameters = new ort.Tensor("float64", point, [1, {n}]);
const {{ value, uncertainty, reach }} = await session.run({{ parameters }});
console.log(value.data[{k}], uncertainty.data[{k}], reach.data[0]);
"""


def http(card: Card, point: Mapping[str, float]) -> str:
    """The service's interface for codes in other languages."""
    body = json.dumps({"parameters": dict(point)}, ensure_ascii=False)
    return (
        f"curl https://SERVICE/v1/predict/{card.identity} \\\n"
        f"  --header 'Content-Type: application/json' \\\n  --data {shlex.quote(body)}\n"
    )


def _subject(card: Card) -> str:
    subject = card.output(card.default_output).subject or card.subject
    return spoken(subject) if is_process(subject) else subject


def _choice(card: Card) -> dict[str, str]:
    """What selects the default output among others of the network, and the network among others."""
    output = card.output(card.default_output)
    energy = output.energy or card.conditions.energy
    order = output.order or card.conditions.order
    return {
        k: v
        for k, v in (("energy", speak_energy(energy) if energy else None), ("order", order))
        if v
    }


def _array(i: Input) -> str:
    """One event of zeros; a mask that marks entries says that all are there, a plain number is in
    the middle of its range."""
    if i.shape is None:
        return f"np.array([{_middle(i):.4g}])"
    sizes = [1, *(n if isinstance(n, int) else _FREE_AXIS for n in i.shape[1:])]
    fill = "ones" if i.mask_of and i.mask_marks == "entries" else "zeros"
    return f"np.{fill}({tuple(sizes)}, dtype={_NUMPY[i.dtype]})"


def _middle(i: Input) -> float:
    return ((i.low or 0.0) + (i.high or 0.0)) / 2


def _names(card: Card) -> str:
    return ", ".join(_word(i.name) for i in card.columns)


def _word(name: str) -> str:
    """A name as it may stand in a comment."""
    return re.sub(r"[^\w.+-]", "_", name)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
