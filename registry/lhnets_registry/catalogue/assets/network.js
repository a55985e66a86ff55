// Sliders: the network file itself, checked by its SHA-256, evaluated in this page by ONNX Runtime.
// Nothing is fetched before a control is touched.

import { around, bothSides, plot } from "./plot.js";

const POINTS = 161;
const STEPS = 1000;
const REACH_TOLERANCE = 1e-9;
const RUNTIME = new URL("./onnxruntime/", import.meta.url);

const about = JSON.parse(document.getElementById("network").textContent);
const form = document.getElementById("live");
const answer = document.getElementById("answer");
const status = document.getElementById("state");
const [upper, lower] = document.querySelectorAll("#figure > svg");
const chosenOutput = document.getElementById("output");
const values = about.inputs.map((i) => i.start);
let axis = 0;
let ready = null;
let busy = false;
let again = false;

const say = (text, wrong = false) => {
  status.textContent = text;
  status.classList.toggle("wrong", wrong);
};

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

async function fetched(url, what) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${what} cannot be fetched: ${response.status} ${response.statusText}`);
  const parts = [];
  let size = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    size += value.length;
    say(`Loading ${what}: ${megabytes(size)}`);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

async function checked(bytes) {
  if (!crypto.subtle) {
    say("This page came over plain http, where browsers offer no SHA-256: the network file was not checked.");
    return bytes;
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const found = Array.from(digest, (b) => b.toString(16).padStart(2, "0")).join("");
  if (found !== about.sha256) {
    throw new Error(`the network file is not the one that was published: expected SHA-256 ${about.sha256}, got ${found}. It was not loaded`);
  }
  say("SHA-256 of the network file checked.");
  return bytes;
}

// Three quarters less to fetch where the browser unpacks gzip itself.
async function wasm() {
  const url = new URL("ort-wasm-simd-threaded.wasm", RUNTIME);
  if (!("DecompressionStream" in globalThis)) return fetched(url, "ONNX Runtime");
  const bytes = await fetched(`${url}.gz`, "ONNX Runtime");
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes; // unpacked on the way
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

async function load() {
  const ort = await import(new URL("ort.wasm.min.mjs", RUNTIME));
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = { mjs: new URL("ort-wasm-simd-threaded.mjs", RUNTIME).href };
  ort.env.wasm.wasmBinary = await wasm();
  ort.env.logLevel = "error";
  const bytes = await checked(await fetched(new URL(about.blob, document.baseURI), "the network"));
  const options = { executionProviders: ["wasm"], graphOptimizationLevel: "basic" };
  return { ort, session: await ort.InferenceSession.create(bytes, options) };
}

const fraction = (i, x) => (i.log ? Math.log(x / i.low) / Math.log(i.high / i.low) : (x - i.low) / (i.high - i.low));
const at = (i, t) => (i.log ? i.low * (i.high / i.low) ** t : i.low + t * (i.high - i.low));
const clamp = (t) => Math.min(Math.max(t, 0), 1);

function along(i) {
  const pad = 0.06;
  return Float64Array.from({ length: POINTS }, (_, k) => {
    const x = at(i, -pad + (k / (POINTS - 1)) * (1 + 2 * pad));
    return i.low >= 0 ? Math.max(x, 0) : x;
  });
}

// The line along the axis and, as the last row, the point itself: one call.
async function evaluate() {
  const { ort, session } = await ready;
  const n = values.length;
  const x = along(about.inputs[axis]);
  const rows = new Float64Array((POINTS + 1) * n);
  for (let k = 0; k <= POINTS; k++) {
    rows.set(values, k * n);
    if (k < POINTS) rows[k * n + axis] = x[k];
  }
  const found = await session.run({ parameters: new ort.Tensor("float64", rows, [POINTS + 1, n]) });
  const output = about.outputs[chosenOutput ? Number(chosenOutput.value) : about.chosen];
  const width = found.value.dims[1];
  const column = (tensor) => Array.from({ length: POINTS + 1 }, (_, k) => tensor.data[k * width + output.column]);
  return { x: Array.from(x), output, value: column(found.value), uncertainty: column(found.uncertainty), reach: Array.from(found.reach.data) };
}

const raised = (text) => [...String(text)].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"["0123456789-".indexOf(c)]).join("");
const powers = (text) => text.replace(/\^(-?[0-9]+)/g, (_, n) => raised(n));
const unit = (text) => (text === "1" ? "" : ` ${powers(text)}`);
const named = (o) => (o.unit === "1" ? o.name : `${o.name} [${powers(o.unit)}]`);

function spoken(value, uncertainty) {
  if (!Number.isFinite(value) || !(uncertainty > 0)) return `${value} ± ${uncertainty}`;
  let exponent = Math.floor(Math.log10(Math.abs(value) || uncertainty));
  if (exponent >= -3 && exponent < 5) exponent = 0;
  const scale = 10 ** exponent;
  const digits = Math.min(Math.max(0, 1 - Math.floor(Math.log10(uncertainty / scale))), 12);
  const text = `${(value / scale).toFixed(digits)} ± ${(uncertainty / scale).toFixed(digits)}`.replaceAll("-", "−");
  return exponent ? `(${text}) × 10${raised(exponent)}` : text;
}

function show({ x, output, value, uncertainty, reach }) {
  const inside = reach.map((r) => r <= 1 + REACH_TOLERANCE);
  const [v, u, r] = [value[POINTS], uncertainty[POINTS], reach[POINTS]];
  const where = inside[POINTS] ? `inside the training region (reach ${r.toFixed(3)})` : `outside the training region (reach ${r.toFixed(3)}): not to be trusted`;
  const number = document.createElement("strong");
  number.textContent = `${spoken(v, u)}${unit(output.unit)}`;
  const note = document.createElement("span");
  note.className = inside[POINTS] ? "small" : "small wrong";
  note.textContent = where;
  answer.replaceChildren(number, note);
  Object.assign(answer.dataset, { value: v, uncertainty: u, reach: r, output: output.name });

  draw(x, output, value, uncertainty, inside);
}

// The output along the axis and, below it, the uncertainty on a scale of its own.
function draw(x, output, value, uncertainty, inside) {
  const line = { y: value.slice(0, POINTS), u: uncertainty.slice(0, POINTS), inside: inside.slice(0, POINTS) };
  const log = output.log && line.y.every((y, k) => !line.inside[k] || !(y <= 0));
  const factors = [...(output.factor95 ? [["band-95", output.factor95]] : []), ["band-68", 1]];
  const per = line.y.map((y) => (log ? y : 1));
  const bands = factors.map(([name, f]) => ({ name, low: line.y.map((y, k) => y - f * line.u[k]), high: line.y.map((y, k) => y + f * line.u[k]) }));
  const around0 = factors.map(([name, f]) => ({ name, low: line.u.map((u, k) => (-f * u) / per[k]), high: line.u.map((u, k) => (f * u) / per[k]) }));
  const within = (array) => array.filter((_, k) => line.inside[k]);
  const most = within(around0[0].high).map(Math.abs).filter(Number.isFinite).reduce((a, b) => Math.max(a, b), 1e-17);
  const i = about.inputs[axis];
  const outside = line.inside.map((k) => !k);
  const scale = { low: x[0], high: x.at(-1), log: i.log };
  const v = value[POINTS];
  plot(upper, {
    x: scale,
    y: around([line.y, ...bands.flatMap((b) => [b.low, b.high])].flatMap(within).concat(inside[POINTS] ? [v] : []), log),
    xLabel: "",
    yLabel: named(output),
    title: `${output.meaning} along ${i.name}: ${spoken(v, uncertainty[POINTS])}${unit(output.unit)} at the chosen point`,
    curve: { x, y: line.y, bands, outside },
    point: { x: values[axis], y: v },
    height: Math.round(Math.min(Math.max(upper.clientWidth * 0.46, 210), 340)),
  });
  plot(lower, {
    x: scale,
    y: bothSides(most),
    xLabel: named(i),
    yLabel: log ? "± uncertainty / value" : named({ name: "± uncertainty", unit: output.unit }),
    title: `uncertainty along ${i.name}`,
    curve: { x, y: line.y.map(() => 0), bands: around0, outside },
    point: { x: values[axis], y: Number.NaN },
    height: 150,
  });
}

// One evaluation at a time; what changes meanwhile is drawn next.
async function refresh() {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  form.setAttribute("aria-busy", "true");
  try {
    ready ??= load();
    do {
      again = false;
      show(await evaluate());
    } while (again);
    document.documentElement.dataset.ready = "network";
  } catch (error) {
    ready = null;
    answer.textContent = "The network cannot be shown live.";
    say(`${error.message ?? error}`, true);
  } finally {
    busy = false;
    form.removeAttribute("aria-busy");
  }
}

function remember() {
  const query = new URLSearchParams(about.inputs.map((i, k) => [i.name, values[k]]));
  query.set("along", about.inputs[axis].name);
  if (chosenOutput) query.set("output", about.outputs[Number(chosenOutput.value)].name);
  history.replaceState(null, "", `?${query}${location.hash}`);
}

function changed() {
  remember();
  refresh();
}

const short = (x) => Number(x.toPrecision(4));

about.inputs.forEach((i, k) => {
  const number = document.getElementById(`number-${k}`);
  const slider = document.getElementById(`slider-${k}`);
  const set = (x, source) => {
    values[k] = x;
    if (source !== number) number.value = x;
    if (source !== slider) slider.value = Math.round(clamp(fraction(i, x)) * STEPS);
    slider.setAttribute("aria-valuetext", `${x}${unit(i.unit)}`);
  };
  set(i.start);
  slider.addEventListener("input", () => {
    const step = Number(slider.value);
    set(step === 0 ? i.low : step === STEPS ? i.high : short(at(i, step / STEPS)), slider);
    changed();
  });
  number.addEventListener("input", () => {
    if (number.value === "" || !Number.isFinite(number.valueAsNumber)) return;
    set(number.valueAsNumber, number);
    changed();
  });
  form.querySelector(`input[name="axis"][value="${k}"]`).addEventListener("change", () => {
    axis = k;
    changed();
  });
  i.set = set;
});
chosenOutput?.addEventListener("change", changed);
form.addEventListener("submit", (event) => event.preventDefault());
new ResizeObserver(() => ready && refresh()).observe(document.getElementById("figure"));

// A link to a point shows that point.
const query = new URLSearchParams(location.search);
let linked = false;
about.inputs.forEach((i, k) => {
  const x = Number(query.get(i.name) ?? Number.NaN);
  if (Number.isFinite(x)) {
    i.set(x);
    linked = true;
  }
  if (query.get("along") === i.name) {
    axis = k;
    form.querySelector(`input[name="axis"][value="${k}"]`).checked = true;
  }
});
const output = about.outputs.findIndex((o) => o.name === query.get("output"));
if (chosenOutput && output >= 0) chosenOutput.value = String(output);
if (linked) refresh();
