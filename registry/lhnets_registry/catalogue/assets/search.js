// Ranking of the search: words with synonyms, plurals and typos, PDG ids, and processes.

// What else a word may be called in names, titles and subjects. A whole word stands for another, never for a part of one.
const SYNONYMS = {
  top: ["t", "ttbar"], ttbar: ["top"], tops: ["top"], bottom: ["b"], beauty: ["b"], charm: ["c"], gluino: ["go"], stop: ["t1"], sbottom: ["b1"],
  stau: ["ta1"], neutralino: ["n1", "bino"], lsp: ["neutralino", "n1"], chargino: ["x1", "wino"], electroweakino: ["chargino", "neutralino", "wino", "higgsino"],
  squark: ["sq"], selectron: ["slepton"], smuon: ["slepton"], zprime: ["z'"], "z'": ["zprime"], leptoquark: ["lq", "leptoquarks"], photon: ["gamma"],
  displaced: ["llp", "lived"], longlived: ["llp", "lived"], llp: ["lived"], lifetime: ["llp", "lived"], susy: ["gluino", "squark", "stop", "slepton", "chargino", "neutralino"],
  xsec: ["cross"], xsection: ["cross"], crosssection: ["cross"], br: ["branching"], decay: ["branching", "width"], limit: ["likelihood"], cls: ["likelihood"],
  acceptance: ["efficiency"], tagger: ["classifier"], tagging: ["classifier"], tag: ["classifier"], wilson: ["coefficients"], passarino: ["loop"], oneloop: ["loop"],
  box: ["d0"], triangle: ["c0"], bubble: ["b0"], muon: ["mu", "mumu"], muons: ["mumu"], mumu: ["mu"], s: ["xs"], lfu: ["rk"], universality: ["rk"],
};
const KIND_ORDER = ["cross_section", "branching_ratio", "width", "observable", "efficiency", "likelihood", "classifier"];
const FILLERS = new Set(["of", "the", "a", "an", "in", "at", "for", "and", "with", "into", "from", "to", "network", "networks", "production"]);

// Words as they are compared: R_K and RK, P5' and P5 are the same; > and arrows are no words.
export const tokens = (text) =>
  text
    .toLowerCase()
    .normalize("NFC")
    .replaceAll("_", "")
    .replace(/z['′]/g, "zprime ")
    .replace(/['′]/g, "")
    .replace(/->|→|>/g, " ")
    .split(/[^\p{L}\p{M}\p{N}.~+-]+|-(?=\p{L})|(?<=\p{L})-/u)
    .map((t) => t.replace(/^[.+-]+|[.]+$/g, ""))
    .filter(Boolean);

const singular = (word) => (word.length > 3 && word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word);

// The edits between two words, a swap of neighbours counting as one; stops beyond `most`.
export function edits(a, b, most) {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let before = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const line = [i];
    for (let j = 1; j <= b.length; j += 1) {
      line[j] = Math.min(last[j] + 1, line[j - 1] + 1, last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) line[j] = Math.min(line[j], before[j - 2] + 1);
    }
    [before, last] = [last, line];
  }
  return last[b.length];
}

// The words of a row by where they stand, with how much that counts.
function index(row) {
  const ids = row.processes.flatMap((p) => p.split(/[ >]+/)).map((id) => id.replace("-", ""));
  const fields = [[tokens(row.title), 4], [tokens(row.name), 3], [tokens(`${row.subject} ${row.words}`), 2], [ids, 3], [tokens(`${row.kindWords} ${row.framework}`), 1]];
  const weights = new Map();
  for (const [words, weight] of fields) for (const word of words.map(singular)) weights.set(word, Math.max(weights.get(word) ?? 0, weight));
  const [first] = tokens(row.title);
  return { weights, first: first && singular(first), names: new Set(tokens(row.name).map(singular)) };
}

// Made when a search first needs it: a visitor who only browses does not wait.
const indexed = (row) => (row.indexed ??= index(row));

function direct(entry, word) {
  const weight = entry.weights.get(word) ?? 0;
  return weight + (weight && entry.names.has(word) ? 1 : 0) + (entry.first === word ? 2 : 0);
}

// How well one word of the query fits a row; 0 if it does not. What is typed so far may be a beginning.
function fit(entry, word) {
  const known = SYNONYMS[word] ?? SYNONYMS[singular(word)] ?? [];
  let best = direct(entry, singular(word));
  for (const other of known) best = Math.max(best, 0.7 * direct(entry, other)) + (best && direct(entry, other) ? 1 : 0);
  if (best || word.length < 3) return best;
  for (const [there, weight] of entry.weights) if (there.startsWith(word)) best = Math.max(best, 0.5 * weight);
  return best;
}

function nearest(word, vocabulary) {
  const most = word.length < 5 ? 1 : 2;
  let found = { word: null, edits: most + 1 };
  for (const other of vocabulary) {
    const n = word.length > 3 && other.length > 3 ? edits(word, other, most) : most + 1;
    if (n < found.edits) found = { word: other, edits: n };
  }
  return found.word;
}

const score = (row, words) => {
  const each = words.map((w) => fit(indexed(row), w));
  return each.every(Boolean) ? each.reduce((a, b) => a + b, 0) : 0;
};

// Rows that fit all words, the best first, and the words that were taken for others.
export function rank(rows, query) {
  let words = tokens(query).filter((w, k, all) => all.length === 1 || !FILLERS.has(w));
  const corrected = {};
  if (!rows.some((r) => score(r, words))) {
    const vocabulary = new Set([...Object.keys(SYNONYMS), ...rows.flatMap((r) => [...indexed(r).weights.keys()])]);
    words = words.map((word) => {
      if (rows.some((r) => fit(indexed(r), word))) return word;
      const near = nearest(singular(word), vocabulary);
      if (near) corrected[word] = near;
      return near ?? word;
    });
  }
  const scored = rows.map((row) => ({ row, score: score(row, words) })).filter((s) => s.score > 0);
  return { rows: scored.sort((a, b) => b.score - a.score || kindOrder(a.row) - kindOrder(b.row) || (a.row.name < b.row.name ? -1 : 1)).map((s) => s.row), corrected };
}

const kindOrder = (row) => (KIND_ORDER.indexOf(row.kind) + 1 || KIND_ORDER.length + 1);
