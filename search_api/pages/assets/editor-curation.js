// Decisions of editors: pins, synonyms, notices, and what else changes answers without a new index.
import { attempt, byId, call, confirmed, make, say } from "./editor-base.js";

const RULES = {
  pins: { one: "pin", fields: [["query", "For searches like (* stands for any words)", "text"], ["articles", "For readers of articles (ids; * is everybody)", "list"],
    ["newcomers", "For newcomers", "tick"], ["type", "The ids name", ["article", "clinic"]], ["pinned", "Put first (ids)", "list"], ["hidden", "Hide (ids)", "list"],
    ["confirm", "To hide help articles: their ids once more", "text"]] },
  help_pages: { one: "list of help articles", fields: [["articles", "Articles that lead (ids); the name is crisis, emergency or clinician", "list"]] },
  synonyms: { one: "group of synonyms", fields: [["words", "Words that mean the same", "list"]] },
  notices: { one: "notice", fields: [["title", "Title", "text"], ["body", "Text", "long"], ["links", "Links (label = address)", "links"], ["queries", "For searches like (* stands for any words)", "list"]] },
  notes: { one: "note", fields: [["query", "What is looked for", "text"], ["text", "What is to be written", "long"]] },
  suggestions: { one: "suggestion", fields: [["text", "Words of the suggestion (* stands for any words)", "text"]] },
};
const TIMES = [["starts_at", "From", "time"], ["ends_at", "Until", "time"], ["reason", "Why (for other editors)", "text"]];

let rules = [];
const kind = () => byId("kind").value;
const fields = () => [["id", "Name of this decision (letters, digits, hyphens)", "id"], ...RULES[kind()].fields, ...TIMES];

export function drawFields(id = "", rule = {}) {
  byId("rule-title").textContent = id ? `Change ${id}` : `New ${RULES[kind()].one}`;
  byId("rule-fields").replaceChildren(...fields().map(([name, text, type]) => {
    const value = name === "id" ? id : rule[name];
    const input = `field-${name}`;
    if (type === "tick") return make("label", { class: "tick" }, make("input", { type: "checkbox", id: input, checked: Boolean(value) }), text);
    let control;
    if (Array.isArray(type)) control = make("select", { id: input }, ...type.map((each) => make("option", { value: each, selected: each === value }, each)));
    else if (type === "long" || type === "list" || type === "links") {
      control = make("textarea", { id: input, rows: type === "long" ? "4" : "3" });
      control.value = type === "list" ? (value ?? []).join("\n") : type === "links" ? (value ?? []).map((each) => `${each.label} = ${each.url}`).join("\n") : value ?? "";
    } else {
      control = make("input", { id: input, type: type === "time" ? "datetime-local" : "text", readonly: name === "id" && Boolean(id) });
      control.value = type === "time" && value ? local(value) : value ?? "";
    }
    return make("label", {}, type === "list" || type === "links" ? `${text}, one a line` : text, control);
  }));
  byId("previewed").replaceChildren();
  byId("sheet-columns").textContent = `Columns: id, ${[...RULES[kind()].fields, ...TIMES].map(([name]) => name).join(", ")}; | stands between several values.`;
}

const local = (time) => { const moment = new Date(time); return new Date(moment - moment.getTimezoneOffset() * 60000).toISOString().slice(0, 16); };

function entered() {
  const rule = {};
  for (const [name, , type] of fields().slice(1)) {
    const control = byId(`field-${name}`);
    const lines = () => control.value.split("\n").map((line) => line.trim()).filter(Boolean);
    if (type === "tick") { if (control.checked) rule[name] = true; }
    else if (type === "list") { if (lines().length) rule[name] = lines(); }
    else if (type === "links") { if (lines().length) rule[name] = lines().map((line) => { const at = line.indexOf("="); return { label: line.slice(0, at).trim(), url: line.slice(at + 1).trim() }; }); }
    else if (control.value.trim()) rule[name] = type === "time" ? new Date(control.value).toISOString() : control.value.trim();
  }
  return { id: byId("field-id").value.trim(), rule };
}

export async function loadRules() {
  const found = await call("GET", `/v1/curation/${kind()}`);
  rules = (found.pins ?? found.rules).map((each) => ({ ...each, rule: each.pin ?? each.rule }));
  byId("rules").replaceChildren(...rules.map((each) => make("li", {}, make("strong", {}, each.id), ` · ${each.is_active ? "in force" : "not in force now"}`,
    each.missing?.length ? make("p", { class: "warning" }, `Not published: ${each.missing.join(", ")}`) : null,
    make("p", {}, summary(each.rule)), make("p", { class: "quiet" }, each.built_in ? "built in and protected: it can be reworded; numbers and links stay" : null, each.built_in && each.updated_at ? " · " : null, each.updated_at ? `${each.updated_by}, ${new Date(each.updated_at).toLocaleString()}` : null),
    make("button", { type: "button", class: "plain", onclick: () => { drawFields(each.id, each.rule); byId("field-id").focus(); } }, "Change", make("span", { class: "unseen" }, ` ${each.id}`)), " ",
    each.built_in && !each.updated_at ? null : make("button", { type: "button", class: "plain", onclick: attempt(() => takeBack(each)) }, each.built_in ? "Back to its own words" : "Take back", make("span", { class: "unseen" }, ` ${each.id}`)))));
  if (!rules.length) byId("rules").append(make("li", {}, "There is none yet."));
  if (!byId("field-id")) drawFields();
}

const summary = (rule) => Object.entries(rule).filter(([, value]) => value !== null && value !== "" && value !== false && !(Array.isArray(value) && !value.length))
  .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.map((each) => each.label ?? each).join(", ") : value}`).join(" · ");

async function takeBack(each) {
  await call("DELETE", `/v1/curation/${kind()}/${each.id}`);
  await loadRules();
  const made = kind();
  byId("undo").replaceChildren(`${each.id} is taken back. `, make("button", { type: "button", class: "plain", onclick: attempt(async () => {
    await call("PUT", `/v1/curation/${made}/${each.id}`, clean(each.rule));
    byId("undo").textContent = `${each.id} is back.`;
    await loadRules();
  }) }, "Undo"));
}
const clean = (rule) => Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== null));

async function preview(id, rule) {
  const q = byId("rule-query").value.trim() || (rule.query ?? rule.text ?? rule.words?.[0] ?? rule.queries?.[0] ?? "").replaceAll("*", " ").trim();
  if (!q) throw new Error("Say with which search to try it.");
  return { q, looks: await call("POST", "/v1/curation/preview", { kind: kind(), id: id || "new", q, rule }) };
}

byId("preview").addEventListener("click", attempt(async () => {
  const { id, rule } = entered();
  const { q, looks } = await preview(id, rule);
  const column = (title, side) => make("div", {}, make("h3", {}, title), ...side.notices.map((each) => make("p", { class: "notice" }, each.title)),
    make("ol", {}, ...side.hits.slice(0, 8).map((hit) => make("li", {}, hit.title, hit.pinned ? " (pinned)" : ""))), make("p", { class: "quiet" }, `${side.total} results; suggestions: ${side.suggestions.slice(0, 5).map((each) => each.text).join(", ") || "none"}`));
  byId("previewed").replaceChildren(make("p", {}, `“${q}”`), make("div", { class: "sides" }, column("Now", looks.now), column("Then", looks.then)));
  say(JSON.stringify(looks.now) === JSON.stringify(looks.then) ? "This would change nothing for that search." : "This is how it would look.");
}));

byId("rule").addEventListener("submit", attempt(async () => {
  const { id, rule } = entered();
  if (!id) throw new Error("Give this decision a name.");
  if (!byId("field-id").readOnly && rules.some((each) => each.id === id) && !(await confirmed(`Replace ${id}?`, "There is a decision of this name already.", "Yes, replace it"))) return;
  await call("PUT", `/v1/curation/${kind()}/${encodeURIComponent(id)}`, rule);
  await loadRules();
  say(`${id} is stored.`);
  await untilLive(id, rule);
  drawFields();
}));

// "Live" is said only when the public answer is the one with the decision.
async function untilLive(id, rule) {
  if ((rule.starts_at && new Date(rule.starts_at) > new Date()) || (rule.ends_at && new Date(rule.ends_at) <= new Date())) { say(`${id} is stored; its time is not now.`); return; }
  for (let tries = 0; tries < 10; tries += 1) {
    const { looks } = await preview(id, rule).catch(() => ({ looks: null }));
    if (!looks) { say(`${id} is stored, and in force within seconds.`); return; }
    if (same(looks.now, looks.then)) { say(`${id} is live.`); return; }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  say(`${id} is stored, but not live yet. Look at Health.`);
}
const same = (one, other) => JSON.stringify([one.total, one.hits.map((hit) => hit.id), one.notices, one.suggestions]) === JSON.stringify([other.total, other.hits.map((hit) => hit.id), other.notices, other.suggestions]);

byId("rule-new").addEventListener("click", () => drawFields());
byId("kind").addEventListener("change", attempt(async () => { drawFields(); await loadRules(); }));
byId("sheet").addEventListener("submit", attempt(async () => {
  const place = byId("sheet-errors");
  place.replaceChildren();
  try {
    const { imported } = await call("POST", `/v1/curation/import/${kind()}`, await byId("sheet-file").files[0].arrayBuffer(), "text/csv");
    say(`${imported} are imported.`);
    await loadRules();
  } catch (error) {
    place.replaceChildren(...(error.errors ?? []).map((each) => make("li", {}, each.field ? `${each.field}: ${each.message}` : each.message)));
    throw new Error(error.errors?.length ? `Nothing was imported: ${error.errors.length} faults.` : error.message);
  }
}));
