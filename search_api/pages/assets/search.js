"use strict";
// The search page: searches while typing, keeps its state in the address, stores nothing.

const FACETS = ["condition", "treatment", "insurance", "payment", "state"];
const NAMES = { condition: "Condition", treatment: "Treatment", insurance: "Insurance", payment: "Payment", state: "State" };
const PAUSE_MS = 150;
const LONGEST_MS = 8000;

const byId = (id) => document.getElementById(id);
const form = byId("form");
let chosen = new Map(FACETS.map((name) => [name, new Set()]));
let page = 1;
let running = null;
let timer = 0;

function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== null));
  return node;
}

// `*_html` fields hold escaped text with <mark> only; building nodes from them needs no HTML parser.
function marked(html) {
  const plain = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&#x27;/g, "'").replace(/&amp;/g, "&");
  return html.split(/(<mark>.*?<\/mark>)/s).map((part) =>
    part.startsWith("<mark>") ? element("mark", {}, plain(part.slice(6, -7))) : plain(part));
}

function parameters() {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value && !(name === "sort" && value === "relevance")) query.append(name, value);
  for (const [name, values] of chosen) for (const value of values) query.append(name, value);
  if (page > 1) query.set("page", page);
  return query;
}

function restore() {
  const query = new URLSearchParams(location.search);
  for (const name of ["q", "near"]) form.elements[name].value = query.get(name) ?? "";
  form.elements.sort.value = query.get("sort") ?? "relevance";
  form.elements.type.value = query.get("type") ?? "";
  chosen = new Map(FACETS.map((name) => [name, new Set(query.getAll(name))]));
  page = Number(query.get("page")) || 1;
}

async function search({ push = false } = {}) {
  running?.abort();
  const own = running = new AbortController();
  const query = parameters();
  const address = query.size ? `?${query}` : location.pathname;
  if (push) history.pushState(null, "", address); else history.replaceState(null, "", address);
  query.set("facets", FACETS.join(","));
  try {
    const response = await fetch(`/v1/search?${query}`, { signal: AbortSignal.any([own.signal, AbortSignal.timeout(LONGEST_MS)]) });
    const answer = await response.json();
    if (own.signal.aborted) return;
    if (response.ok) show(answer); else say(answer.errors?.map((error) => error.message).join(" ") || answer.detail);
  } catch (error) {
    if (!own.signal.aborted) say("The search did not answer. Please try again.");
  }
}

function say(text) { byId("status").textContent = text; }

function show(answer) {
  const understood = answer.query.interpreted;
  const parts = [answer.total === 1 ? "1 result" : `${answer.total} results`];
  if (answer.query.corrected) parts.push(`showing results for “${answer.query.corrected}”`);
  if (understood.near) parts.push(`clinics within ${understood.near.radius_miles} miles of ${understood.near.label}`);
  if (understood.price_max) parts.push(`up to $${understood.price_max}`);
  if (answer.degraded.length) parts.push("by keyword only at the moment");
  say(answer.total ? parts.join(" · ") : "Nothing found. Try fewer or other words, or clear the filters.");
  byId("notices").replaceChildren(...answer.notices.map(notice));
  byId("hits").replaceChildren(...answer.hits.map((hit) => hit.type === "clinic" ? clinic(hit) : article(hit)));
  byId("filters").replaceChildren(...FACETS.map((name) => facet(name, answer.facets[name] ?? [])).filter(Boolean));
  const pages = Math.ceil(answer.total / answer.per_page);
  const turn = (text, to) => element("button", { type: "button", textContent: text, onclick: () => { page = to; search({ push: true }); scrollTo(0, 0); } });
  byId("pages").replaceChildren(...[page > 1 ? turn("Previous", page - 1) : null, page < pages ? turn("Next", page + 1) : null].filter(Boolean));
}

function notice({ title, body, links }) {
  const list = links.flatMap((link) => [element("a", { href: link.url, textContent: link.label }), " "]);
  return element("div", { className: "notice", role: "note" }, element("h2", { textContent: title }), element("p", { textContent: body }), element("p", {}, ...list));
}

function article(hit) {
  const related = unfolding("Related articles", async () => (await fetched(`/v1/articles/${encodeURIComponent(hit.id)}/related`)).related);
  return element("li", {},
    element("h3", {}, element("a", { href: hit.url }, ...marked(hit.title_html))),
    hit.section ? element("p", { className: "meta", textContent: hit.section.heading }) : null,
    element("p", {}, ...marked(hit.snippet_html)), related);
}

// Articles under a hit, asked for when it is unfolded; a failure is said and can be tried again.
function unfolding(title, load) {
  const details = element("details", { className: "related" }, element("summary", { textContent: title }));
  const place = element("div", { role: "status" });
  details.append(place);
  details.addEventListener("toggle", async () => {
    if (!details.open || place.dataset.done) return;
    place.textContent = "Loading …";
    try {
      const found = await load();
      place.replaceChildren(found.length ? element("ul", {}, ...found.map(recommended)) : "Nothing that fits.");
      place.dataset.done = "1";
    } catch (error) {
      place.textContent = "This did not load. Close it and try again.";
    }
  });
  return details;
}

function recommended(other) {
  const reasons = other.reasons.map((reason) => reason.label).join(", ");
  return element("li", {}, element("a", { href: other.url, textContent: other.title }), ` — ${reasons}`);
}

async function fetched(address, options = {}) {
  const response = await fetch(address, { ...options, signal: AbortSignal.timeout(LONGEST_MS) });
  if (!response.ok) throw new Error(response.status);
  return response.json();
}

async function beforeAVisit(id) {
  const body = JSON.stringify({ clinic: id, limit: 4 });
  return (await fetched("/v1/recommendations", { method: "POST", headers: { "Content-Type": "application/json" }, body })).recommendations;
}

function clinic(hit) {
  const { address } = hit;
  const price = hit.price_min ? `$${hit.price_min}${hit.price_max > hit.price_min ? `–$${hit.price_max}` : ""} a session` : "";
  const facts = [[address.city, address.state].filter(Boolean).join(", "), hit.distance_miles != null ? `${hit.distance_miles} miles` : "", price,
    hit.accepting_patients ? "accepting patients" : "not accepting new patients", hit.telehealth ? "telehealth" : ""].filter(Boolean).join(" · ");
  return element("li", {},
    element("h3", {}, element("a", { href: hit.url }, ...marked(hit.title_html))),
    element("p", { className: "meta", textContent: facts }),
    element("p", {}, ...marked(hit.snippet_html)),
    element("p", {}, ...[...hit.treatments, ...hit.insurance].map((slug) => element("span", { className: "chip", textContent: slug.replaceAll("-", " ") })),
      hit.phone ? element("a", { href: `tel:${hit.phone}`, textContent: hit.phone }) : null),
    unfolding("Read before you go", () => beforeAVisit(hit.id)));
}

function facet(name, counts) {
  const values = chosen.get(name);
  const known = new Set(counts.map((count) => count.value));
  for (const value of values) if (!known.has(value)) counts.push({ value, label: value, count: 0 });
  if (!counts.length) return null;
  return element("details", { open: true }, element("summary", { textContent: NAMES[name] }), ...counts.slice(0, 12).map(({ value, label, count }) => {
    const box = element("input", { type: "checkbox", checked: values.has(value) });
    box.addEventListener("change", () => { if (box.checked) values.add(value); else values.delete(value); page = 1; search({ push: true }); });
    return element("label", {}, box, label, element("span", { className: "count", textContent: count }));
  }));
}

form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(timer); page = 1; search({ push: true }); });
form.addEventListener("change", (event) => { if (event.target.name !== "q") { page = 1; search({ push: true }); } });
byId("q").addEventListener("input", () => { clearTimeout(timer); page = 1; timer = setTimeout(search, PAUSE_MS); });
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.matches("input, select, textarea")) { event.preventDefault(); byId("q").focus(); }
});
addEventListener("popstate", () => { restore(); search(); });
restore();
search();
