// Decisions of editors: pins, synonyms, notices, and what else changes answers without a new index.
import { attempt, byId, call, confirmed, make, say } from "./editor-base.js";
import { attemptIn, unsaved } from "./editor-forms.js";

const RULES = {
  pins: { one: "pin", fields: [["query", "For searches like (* stands for any words)", "text"], ["articles", "For readers of articles (ids; * is everybody)", "list"],
    ["newcomers", "For newcomers", "tick"], ["type", "The ids name", ["article", "clinic"]], ["pinned", "Put first (ids)", "list"], ["hidden", "Hide (ids)", "list"],
    ["confirm", "To hide help articles: their ids once more", "text"]] },
  help_pages: { one: "list of help articles", fields: [["articles", "Articles that lead (ids); the name is crisis, emergency or clinician", "list"]] },
  synonyms: { one: "group of synonyms", fields: [["words", "Words that mean the same", "list"]] },
  notices: { one: "notice", fields: [["title", "Title", "text"], ["body", "Text", "long"], ["links", "Links (label = address)", "links"], ["queries", "For searches like (* stands for any words)", "list"]] },
  answers: { one: "answer", fields: [["questions", "Questions, as visitors type them", "list"], ["article", "The article that answers (its id)", "text"], ["section", "The heading of the section that answers (empty: all of the article)", "text"]] },
  notes: { one: "note", fields: [["query", "What is looked for", "text"], ["text", "What is to be written", "long"]] },
  suggestions: { one: "suggestion", fields: [["text", "Words of the suggestion (* stands for any words)", "text"]] },
};
const TIMES = [["starts_at", "From", "time"], ["ends_at", "Until", "time"], ["reason", "Why (for other editors)", "text"]];

const EXPECTED = { id: "letters, digits and hyphens, such as spravato-cost", query: "words such as ketamine cost*", queries: "words such as ketamine cost*", articles: "ids of articles, such as spravato-cost", questions: "questions such as why do my lips tingle", article: "the id of an article, such as spravato-cost", section: "a heading of that article", pinned: "ids of documents, such as spravato-cost", hidden: "ids of documents, such as spravato-cost",
  links: "a label and an address, such as Call us = tel:988 or Read more = /read/guide", words: "two or more words, such as lozenge and troche", text: "words such as ketamine cost*", starts_at: "a day and a time", ends_at: "a day and a time after the first" };
const typed = unsaved(byId("rule"), ["rule-query"]);

let rules = [], opened = { id: "", revision: 0, rule: null }, drawnKind = "";
const kind = () => byId("kind").value;
const fields = () => [["id", "Name of this decision (letters, digits, hyphens)", "id"], ...RULES[kind()].fields, ...TIMES];

const place = (name) => {
  const control = byId(name === "q" ? "rule-query" : `field-${name}`), label = name === "q" ? "Try it with the search" : fields().find(([each]) => each === name)?.[1];
  return control && label ? { control, label, example: EXPECTED[name] } : null;
};
export const mayLeaveRule = () => typed.mayGo();

export function drawFields(id = "", rule = {}, revision = 0) {
  opened = { id, revision, rule: revision ? rule : null };
  drawnKind = kind();
  typed.forget();
  byId("rule-conflict").replaceChildren();
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
  byId("sheet-columns").textContent = `Columns: id, ${[...RULES[kind()].fields, ...TIMES].map(([name]) => name).join(", ")}; | stands between several values; starts_at and ends_at are days such as 2026-12-31 or 12/31/2026 (from the beginning of the first to the end of the last, UTC) or times such as 2026-12-31T09:00:00Z.`;
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

async function listed(made) {
  const found = await call("GET", `/v1/curation/${made}`);
  return (found.pins ?? found.rules).map((each) => ({ ...each, rule: each.pin ?? each.rule }));
}

export async function loadRules() {
  rules = await listed(kind());
  byId("rules").replaceChildren(...rules.map((each) => make("li", {}, make("strong", {}, each.id), ` · ${each.is_active ? "in force" : "not in force now"}`,
    each.missing?.length ? make("p", { class: "warning" }, `Not published: ${each.missing.join(", ")}`) : null,
    make("p", {}, summary(each.rule)), make("p", { class: "quiet" }, each.built_in ? "built in and protected: it can be reworded; numbers and links stay" : null, each.built_in && each.updated_at ? " · " : null, each.updated_at ? `${each.updated_by}, ${new Date(each.updated_at).toLocaleString()}` : null),
    make("button", { type: "button", class: "plain", onclick: attempt(async () => { if (!(await typed.mayGo())) return; drawFields(each.id, each.rule, each.revision); byId("field-id").focus(); }) }, "Change", make("span", { class: "unseen" }, ` ${each.id}`)), " ",
    each.built_in && !each.updated_at ? null : make("button", { type: "button", class: "plain", onclick: attempt(() => takeBack(each)) }, each.built_in ? "Back to its own words" : "Take back", make("span", { class: "unseen" }, ` ${each.id}`)))));
  if (!rules.length) byId("rules").append(make("li", {}, "There is none yet."));
  if (!byId("field-id")) drawFields();
}

const labelOf = (name) => fields().find(([each]) => each === name)?.[1] ?? name;
const summary = (rule) => Object.entries(rule).filter(([, value]) => value !== null && value !== "" && value !== false && !(Array.isArray(value) && !value.length))
  .map(([name, value]) => `${labelOf(name)}: ${TIMES.some(([each, , type]) => each === name && type === "time") ? new Date(value).toLocaleString() : value === true ? "yes" : Array.isArray(value) ? value.map((each) => each.label ?? each).join(", ") : value}`).join(" · ");

async function takeBack(each) {
  const made = kind();
  await call("DELETE", `/v1/curation/${made}/${each.id}`, undefined, "", version(each.revision));
  await loadRules();
  offerUndo(`${each.id} is taken back. `, `${each.id} is back.`, () => put(made, each.id, each.rule, 0));
}
const version = (revision) => ({ "If-Match": `"${revision}"` });
const put = (made, id, rule, revision) => call("PUT", `/v1/curation/${made}/${encodeURIComponent(id)}`, clean(rule), "application/json", version(revision));

function offerUndo(told, undone, work) {
  byId("undo").replaceChildren(told, make("button", { type: "button", class: "plain", onclick: attempt(async () => { await work(); byId("undo").textContent = undone; await loadRules(); }) }, "Undo"));
}
// Brings back what was there before a write, unless somebody changed it since; what was not stored goes again.
const restore = (made, id, before, revision) => before ? put(made, id, before, revision) : call("DELETE", `/v1/curation/${made}/${encodeURIComponent(id)}`, undefined, "", version(revision));
const clean = (rule) => Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== null));

async function preview(id, rule) {
  const q = byId("rule-query").value.trim() || (rule.query ?? rule.text ?? rule.words?.[0] ?? rule.questions?.[0] ?? rule.queries?.[0] ?? "").replaceAll("*", " ").trim();
  if (!q) throw new Error("Say with which search to try it.");
  return { q, looks: await call("POST", "/v1/curation/preview", { kind: kind(), id: id || "new", q, rule }) };
}

byId("preview").addEventListener("click", attemptIn(byId("rule"), place, async () => {
  byId("previewed").replaceChildren();
  const { id, rule } = entered();
  const { q, looks } = await preview(id, rule);
  const column = (title, side) => make("div", {}, make("h3", {}, title), ...side.notices.map((each) => make("p", { class: "notice" }, each.title)),
    make("ol", {}, ...side.hits.slice(0, 8).map((hit) => make("li", {}, hit.title, hit.pinned ? " (pinned)" : ""))), make("p", { class: "quiet" }, `${side.total} results; suggestions: ${side.suggestions.slice(0, 5).map((each) => each.text).join(", ") || "none"}`));
  byId("previewed").replaceChildren(make("p", {}, `“${q}”`), make("div", { class: "sides" }, column("Now", looks.now), column("Then", looks.then)));
  say(JSON.stringify(looks.now) === JSON.stringify(looks.then) ? "This would change nothing for that search." : "This is how it would look.");
}));

byId("rule").addEventListener("submit", attemptIn(byId("rule"), place, async () => {
  const { id, rule } = entered();
  if (!id) { byId("field-id").focus(); throw new Error("Give this decision a name."); }
  const known = byId("field-id").readOnly ? null : rules.find((each) => each.id === id);
  if (known && !(await confirmed(`Replace ${id}?`, "There is a decision of this name already.", "Yes, replace it"))) return;
  await publish(id, rule, known ? { revision: known.revision, rule: known.revision ? known.rule : null } : opened);
}));

async function publish(id, rule, before) {
  const made = kind();
  let stored;
  try { stored = await put(made, id, rule, before.revision); } catch (error) {
    if (error.status !== 409 || error.current === undefined) throw error;
    showConflict(id, rule, error.current);
    return;
  }
  byId("undo").replaceChildren();
  if (before.revision) offerUndo(`${id} is replaced. `, `${id} is as it was.`, () => restore(made, id, before.rule, stored.revision));
  await loadRules();
  say(`${id} is stored.`);
  await untilLive(id, rule);
  if (kind() === made) drawFields();
}

// Somebody else was faster: both versions are shown, and the editor chooses.
function showConflict(id, mine, theirs) {
  const column = (title, text) => make("div", {}, make("h3", {}, title), make("p", {}, text));
  const button = (text, work) => make("button", { type: "button", class: "plain", onclick: attemptIn(byId("rule"), place, work) }, text);
  const told = theirs ? `${id} was changed by ${theirs.updated_by}, ${new Date(theirs.updated_at).toLocaleString()}, while you had it open.` : `${id} was taken back while you had it open.`;
  byId("rule-conflict").replaceChildren(make("p", { class: "warning" }, told), make("div", { class: "sides" }, column("Yours", summary(mine)), column("Theirs", theirs ? summary(theirs.rule) : "taken back")),
    button("Publish mine all the same", () => publish(id, mine, { revision: theirs?.revision ?? 0, rule: theirs?.rule ?? null })), " ",
    button("Go on with theirs", async () => { if (theirs) drawFields(theirs.id, theirs.rule, theirs.revision); else drawFields(); await loadRules(); }));
  say(`${told} Nothing is stored yet: choose below.`);
  byId("rule-conflict").querySelector("button").focus();
}

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
byId("kind").addEventListener("change", attempt(async () => {
  if (drawnKind && !(await typed.mayGo())) { byId("kind").value = drawnKind; return; }
  drawFields();
  await loadRules();
}));
byId("sheet").addEventListener("submit", attempt(async () => {
  const place = byId("sheet-errors");
  place.replaceChildren();
  try {
    await importSheet(kind(), await byId("sheet-file").files[0].arrayBuffer());
  } catch (error) {
    const faults = error.errors ?? [];
    place.replaceChildren(...faults.map((each) => make("li", {}, [each.field, each.message].filter(Boolean).join(": "))));
    throw new Error(faults.length === 1 ? `Nothing was imported. ${error.message}` : faults.length ? `Nothing was imported: ${faults.length} faults.` : error.message);
  }
}));

async function importSheet(made, content) {
  const path = `/v1/curation/import/${made}`, would = await call("POST", `${path}?preview=true`, content, "text/csv");
  const told = `${would.new} new, ${would.replaced.length} replaced`;
  if (would.replaced.length && !(await confirmed(`Import ${told}?`, `Replaced: ${would.replaced.slice(0, 20).join(", ")}${would.replaced.length > 20 ? " and more" : ""}`, "Yes, import them"))) return;
  const before = new Map((await listed(made)).map((each) => [each.id, each]));
  const { imported, replaced } = await call("POST", path, content, "text/csv");
  await loadRules();
  const after = new Map((await listed(made)).map((each) => [each.id, each.revision]));
  const written = [...after].filter(([id, revision]) => revision && revision !== before.get(id)?.revision);
  offerUndo(`${imported} are imported, ${replaced.length} of them replaced others. `, "They are as they were.", async () => {
    for (const [id, revision] of written) await restore(made, id, before.get(id)?.revision ? before.get(id).rule : null, revision);
  });
  say(`${imported} are imported.`);
}
