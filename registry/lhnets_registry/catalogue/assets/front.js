// Search and facets of the front page, from assets/search.json. The state is in the address, so that it can be linked.

import { rank } from "./search.js";

const CHUNK = 60;
const list = document.getElementById("results");
const KINDS = JSON.parse(list.dataset.kinds);
const FACETS = [
  { key: "kind", title: "Kind", values: (r) => [r.kind], shown: (v) => KINDS[v] ?? v },
  { key: "subject", title: "Process or subject", values: (r) => [r.subject], shown: (v) => v },
  { key: "energy", title: "Energy", values: (r) => r.energies, shown: (v) => v },
  { key: "order", title: "Order", values: (r) => r.orders, shown: (v) => v },
  { key: "framework", title: "Framework", values: (r) => [r.framework], shown: (v) => v },
  { key: "status", title: "Status", values: (r) => [r.status], shown: (v) => v },
];
const SHORT = 8;

const count = document.getElementById("count");
const more = document.getElementById("more");
const box = document.getElementById("q");
const facets = document.getElementById("facets");
const state = { q: "", sort: "best", chosen: Object.fromEntries(FACETS.map((f) => [f.key, new Set()])), open: new Set() };
let rows = [];
let found = [];
let shown = 0;

const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

const plain = (text) => text.toLowerCase().normalize("NFC");

const PARTICLES = JSON.parse(document.getElementById("particles").textContent);
const BEAMS = { pp: ["p", "p"], ppbar: ["p", "p~"] };

// The particles on one side, by PDG id; words that are none stay, but for the last one while it is being typed.
function side(text) {
  const words = text.replaceAll(",", " ").trim().split(/\s+/).filter(Boolean).flatMap((w) => BEAMS[w] ?? [w]);
  const ids = words.map((w) => String(PARTICLES[w] ?? w));
  const last = words.at(-1);
  const unfinished = last && !(last in PARTICLES) && Object.keys(PARTICLES).some((name) => name.startsWith(last));
  return unfinished ? ids.slice(0, -1) : ids;
}

function holds(all, some) {
  const left = [...all];
  return some.every((id) => left.includes(id) && left.splice(left.indexOf(id), 1));
}

// A row holds a process whose initial state is that of the query, and whose final state has all that was typed so far.
function processTest(query) {
  const [initial, final] = query.split(/->|→|>/).map(side);
  return (row) =>
    row.processes.some((process) => {
      const [from, to] = process.split(" > ").map((s) => s.split(" "));
      return from.length >= initial.length && holds(from, initial) && holds(to, final);
    });
}

const prepare = (row) => ({ ...row, kindWords: KINDS[row.kind] ?? "" });

const asProcess = (query) => plain(query).trim().replace(/(?<=\S)\s+to\s+(?=\S)/, " > ");

// A process is looked for as a whole; where no network has it, and for other text, the words count.
function match(query) {
  const text = asProcess(query);
  const words = rank(rows, query);
  if (!/->|→|>/.test(text)) return words;
  const fitting = rows.filter(processTest(text));
  if (!fitting.length) return words;
  const places = new Map(words.rows.map((row, k) => [row, k]));
  const place = (row) => places.get(row) ?? rows.length;
  return { rows: fitting.sort((a, b) => place(a) - place(b) || (a.name < b.name ? -1 : 1)), corrected: {} };
}

const passes = (row, except) =>
  FACETS.every((f) => f.key === except || !state.chosen[f.key].size || f.values(row).some((v) => state.chosen[f.key].has(v)));

const ORDERS = {
  name: (a, b) => (a.name < b.name ? -1 : 1),
  error: (a, b) => (a.rank ?? Infinity) - (b.rank ?? Infinity) || (a.name < b.name ? -1 : 1),
  new: (a, b) => (a.created === b.created ? (a.name < b.name ? -1 : 1) : a.created < b.created ? 1 : -1),
};

function search() {
  const { rows: matching, corrected } = state.q.trim() ? match(state.q) : { rows, corrected: {} };
  found = matching.filter((r) => passes(r));
  if (state.sort !== "best" || !state.q.trim()) found.sort(ORDERS[state.sort] ?? ORDERS.name);
  const total = `${found.length.toLocaleString("en")} ${found.length === 1 ? "network" : "networks"}`;
  const taken = Object.entries(corrected).map(([typed, meant]) => `“${meant}” in place of “${typed}”`);
  count.textContent = [found.length === rows.length ? total : `${total} of ${rows.length.toLocaleString("en")}`, ...taken].join(", for ");
  list.replaceChildren();
  shown = 0;
  extend();
  drawFacets(matching);
}

function extend() {
  list.append(...found.slice(shown, shown + CHUNK).map(item));
  shown = Math.min(shown + CHUNK, found.length);
  more.hidden = shown >= found.length;
  if (!found.length) list.append(element("li", { class: "none" }, "Nothing fits. Fewer words or filters find more."));
}

function item(row) {
  const power = (x) => {
    const [m, e] = x.toExponential(1).split("e");
    return x >= 1e-3 && x < 1e4 ? x.toPrecision(2) : `${m}×10${[...String(Number(e))].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"["0123456789-".indexOf(c)]).join("")}`;
  };
  const about = [
    element("span", { class: "identity" }, `${row.name}@${row.version}`),
    KINDS[row.kind] ?? row.kind,
    row.energies.join(", "),
    row.orders.join(", "),
    row.value == null ? row.figure : `${row.figure} ${power(row.value)}`,
  ].filter(Boolean);
  const badge = row.status === "verified" ? [] : [" ", element("span", { class: `badge ${row.status}` }, row.status)];
  const link = element("a", { class: "title", href: `networks/${encodeURIComponent(row.name)}/index.html` }, row.title);
  return element(
    "li",
    { class: "result" },
    link,
    ...badge,
    element("p", { class: "subject" }, row.subject),
    element("p", { class: "small" }, ...about.map((a) => (typeof a === "string" ? element("span", {}, a) : a))),
  );
}

// Each facet counts what it would give beside the choices made in the others.
function drawFacets(matching) {
  const groups = FACETS.map((facet) => {
    const counts = new Map();
    for (const row of matching.filter((r) => passes(r, facet.key))) {
      for (const value of new Set(facet.values(row))) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    for (const value of state.chosen[facet.key]) if (!counts.has(value)) counts.set(value, 0);
    return [facet, [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))];
  });
  const focused = document.activeElement?.id;
  facets.replaceChildren(sorting(), ...groups.filter(([f, values]) => values.length > 1 || state.chosen[f.key].size).map(([f, values]) => group(f, values)));
  facets.hidden = false;
  if (focused?.startsWith("facet-")) document.getElementById(focused)?.focus();
}

function sorting() {
  const select = element("select", { id: "facet-sort" });
  for (const [value, text] of [["best", "best match"], ["name", "name"], ["error", "mean error"], ["new", "newest"]]) {
    select.append(new Option(text, value, false, state.sort === value));
  }
  select.addEventListener("change", () => {
    state.sort = select.value;
    update();
  });
  return element("div", { class: "sort" }, element("label", { for: "facet-sort" }, "Sort by"), select);
}

function group(facet, values) {
  const open = state.open.has(facet.key);
  const chosen = state.chosen[facet.key];
  const visible = open ? values.slice(0, 200) : values.filter(([v], k) => k < SHORT || chosen.has(v));
  const entries = visible.map(([value, n], k) => {
    const id = `facet-${facet.key}-${k}`;
    const tick = element("input", { type: "checkbox", id });
    tick.checked = chosen.has(value);
    tick.addEventListener("change", () => {
      chosen[tick.checked ? "add" : "delete"](value);
      update();
    });
    const label = element("label", { for: id }, element("span", {}, facet.shown(value)), element("span", { class: "n" }, String(n)));
    return element("li", {}, tick, label);
  });
  const parts = [element("summary", {}, facet.title), element("ul", {}, ...entries)];
  if (!open && values.length > visible.length) {
    const all = element("button", { type: "button", class: "all", id: `facet-${facet.key}-all` }, `all ${values.length}`);
    all.addEventListener("click", () => {
      state.open.add(facet.key);
      drawFacets(state.q.trim() ? match(state.q).rows : rows);
    });
    parts.push(all);
  }
  const details = element("details", { class: "facet" }, ...parts);
  details.open = !closed.has(facet.key);
  details.addEventListener("toggle", () => closed[details.open ? "delete" : "add"](facet.key));
  return details;
}
const closed = new Set(matchMedia("(max-width: 56rem)").matches ? FACETS.map((f) => f.key) : []);

function update() {
  const query = new URLSearchParams();
  if (state.q) query.set("q", state.q);
  for (const f of FACETS) for (const value of state.chosen[f.key]) query.append(f.key, value);
  if (state.sort !== "best") query.set("sort", state.sort);
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
  search();
}

function restore() {
  const query = new URLSearchParams(location.search);
  state.q = query.get("q") ?? "";
  state.sort = query.get("sort") in ORDERS ? query.get("sort") : "best";
  for (const f of FACETS) state.chosen[f.key] = new Set(query.getAll(f.key));
  box.value = state.q;
}

const response = await fetch("assets/search.json");
if (response.ok) {
  rows = (await response.json()).map(prepare);
  restore();
  search();
  document.getElementById("pages")?.remove();
  box.addEventListener("input", () => {
    state.q = box.value;
    update();
  });
  document.getElementById("search").addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", extend);
  new IntersectionObserver((seen) => seen.some((s) => s.isIntersecting) && !more.hidden && extend(), { rootMargin: "400px" }).observe(more);
  document.documentElement.dataset.ready = "search";
}
