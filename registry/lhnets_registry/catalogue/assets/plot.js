// One pair of axes in SVG: a curve with bands, the outside of the region shaded, the current point marked.

// Relative to its values, how narrow an axis may be, so that its labels stay short.
const NARROWEST = 1e-5;
const SVG = "http://www.w3.org/2000/svg";
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻";
const raised = (n) => [...String(n)].map((c) => SUPERSCRIPTS["0123456789-".indexOf(c)]).join("");
const minus = (text) => text.replace("-", "−");

function element(name, attributes, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

const place = (scale, value) =>
  scale.log ? Math.log(value / scale.low) / Math.log(scale.high / scale.low) : (value - scale.low) / (scale.high - scale.low);

// A scale that holds all values, with a little room.
export function around(values, log) {
  const good = values.filter((v) => Number.isFinite(v) && (v > 0 || !log));
  if (!good.length) return { low: 1, high: 10, log };
  let [low, high] = [good.reduce((a, b) => Math.min(a, b)), good.reduce((a, b) => Math.max(a, b))];
  if (log) [low, high] = [Math.log10(low), Math.log10(high)];
  const size = log ? 1 : Math.max(Math.abs(low), Math.abs(high));
  const room = high - low > NARROWEST * size ? 0.04 * (high - low) : NARROWEST * size || 1;
  [low, high] = [low - room, high + room];
  return log ? { low: 10 ** low, high: 10 ** high, log } : { low, high, log };
}

// A linear scale from minus to plus a round number of at least `size`.
export function bothSides(size) {
  const power = 10 ** Math.floor(Math.log10(size));
  const edge = [1, 2, 5, 10].map((m) => m * power).find((v) => v >= size * 0.999);
  return { low: -edge, high: edge, log: false };
}

function linearTicks({ low, high }, wanted) {
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((m) => power * m >= rough * 0.999);
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k <= Math.floor(high / step + 1e-9); k++) ticks.push([k * step, label(k * step, step)]);
  return ticks;
}

function label(value, step) {
  if (Math.abs(value) < 1e-9 * step) return "0";
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  const last = Math.floor(Math.log10(step) + 1e-9);
  if (exponent >= -3 && exponent < 5) return minus(value.toFixed(Math.max(0, -last)));
  return `${minus((value / 10 ** exponent).toFixed(Math.max(0, exponent - last)))}×10${raised(exponent)}`;
}

function logTicks(scale, wanted) {
  const decades = Math.log10(scale.high / scale.low);
  if (decades < 0.35) return linearTicks(scale, wanted).filter(([v]) => v > 0);
  const labelled = decades > 1.6 ? [1] : decades > 0.7 ? [1, 2, 5] : [1, 2, 3, 4, 5, 6, 7, 8];
  const every = Math.max(1, Math.ceil(decades / 7));
  const ticks = [];
  for (let e = Math.floor(Math.log10(scale.low)); e <= Math.ceil(Math.log10(scale.high)); e++) {
    for (const digit of decades < 8 ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : [1]) {
      const value = digit * 10 ** e;
      if (value < scale.low || value > scale.high) continue;
      const text = e >= -2 && e <= 4 ? String(Number(value.toPrecision(1))) : `${digit === 1 ? "" : `${digit}×`}10${raised(e)}`;
      ticks.push([value, labelled.includes(digit) && e % every === 0 ? text : ""]);
    }
  }
  return ticks;
}

const ticksOf = (scale, wanted) => (scale.log ? logTicks(scale, wanted) : linearTicks(scale, wanted));

// Stretches of at least two neighbours for which `good` holds.
function runs(length, good) {
  const found = [];
  let start = -1;
  for (let k = 0; k <= length; k++) {
    if (k < length && good(k)) start = start < 0 ? k : start;
    else {
      if (start >= 0 && k - start > 1) found.push([start, k]);
      start = -1;
    }
  }
  return found;
}

// Draws into an <svg> of this height. `curve` holds x, y, bands (each low, high, name) and outside; `point` is marked.
export function plot(svg, { x, y, xLabel, yLabel, title, curve, point, height }) {
  const width = Math.max(svg.clientWidth || 640, 260);
  const [left, right, top, bottom] = [64, 12, 26, xLabel ? 44 : 26];
  const across = (v) => left + place(x, v) * (width - left - right);
  const up = (v) => top + (1 - Math.min(Math.max(place(y, v), -1), 2)) * (height - top - bottom);
  const drawable = (v) => Number.isFinite(v) && (!y.log || v > 0);
  const path = (from, to, values) => {
    let d = "";
    for (let k = from; k < to; k++) d += `${k === from ? "M" : "L"}${across(curve.x[k]).toFixed(1)} ${up(values[k]).toFixed(1)}`;
    return d;
  };
  const parts = [];
  const frame = { x: left, y: top, width: width - left - right, height: height - top - bottom };
  const clipped = element("svg", { ...frame, viewBox: `${left} ${top} ${frame.width} ${frame.height}` });
  const draw = (name, attributes, text) => parts.push(element(name, attributes, text));
  const inside = (name, attributes) => clipped.append(element(name, attributes));

  for (const [value, text] of ticksOf(y, height > 160 ? 5 : 2)) {
    if (!text) continue;
    draw("path", { class: "grid", d: `M${left} ${up(value)}H${width - right}` });
    draw("text", { x: left - 7, y: up(value) + 4, "text-anchor": "end" }, text);
  }
  for (const [value, text] of ticksOf(x, Math.max(3, Math.round(width / 110)))) {
    draw("path", { class: "tick", d: `M${across(value)} ${height - bottom}v${text ? 5 : 3}` });
    if (text) draw("text", { x: across(value), y: height - bottom + 18, "text-anchor": "middle" }, text);
  }
  for (const band of curve.bands) {
    for (const [a, b] of runs(curve.x.length, (k) => drawable(band.high[k]) && !curve.outside[k])) {
      const low = band.low.map((v) => (drawable(v) ? v : y.low));
      let d = path(a, b, band.high);
      for (let k = b - 1; k >= a; k--) d += `L${across(curve.x[k]).toFixed(1)} ${up(low[k]).toFixed(1)}`;
      inside("path", { class: band.name, d: `${d}Z` });
    }
  }
  inside("path", { class: "line", d: runs(curve.x.length, (k) => drawable(curve.y[k])).map(([a, b]) => path(a, b, curve.y)).join("") });
  for (const [a, b] of runs(curve.x.length + 2, (k) => curve.outside[k - 1] || (k && curve.outside[k - 2]) || curve.outside[k])) {
    const [from, to] = [Math.max(a - 1, 0), Math.min(b - 1, curve.x.length - 1)];
    if (to > from) {
      inside("rect", { ...frame, class: "outside", x: across(curve.x[from]), width: across(curve.x[to]) - across(curve.x[from]) });
    }
  }
  inside("path", { class: "mark", d: `M${across(point.x)} ${top}V${height - bottom}` });
  if (drawable(point.y)) inside("circle", { class: "point", cx: across(point.x), cy: up(point.y), r: 4.5 });
  parts.push(clipped);
  draw("rect", { class: "frame", ...frame });
  draw("text", { class: "label", x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle" }, xLabel);
  draw("text", { class: "label", x: 2, y: 14 }, yLabel);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("aria-label", title);
  svg.replaceChildren(...parts);
}
