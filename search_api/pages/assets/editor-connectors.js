// Sources that are read again and again.
import { attempt, byId, call, confirmed, make, say } from "./editor-base.js";
import { attemptIn, unsaved } from "./editor-forms.js";

const CONNECTOR_FIELDS = {
  wordpress: [["url", "Address of the site", "url"], ["post_types", "Types besides posts and pages, by their names in the REST API", "list"], ["username", "User name, only where the site shows nothing to strangers", "text"], ["application_password", "Application password of that user", "secret"], ["hook_secret", "Secret for signed notices", "secret"]],
  sitemap: [["url", "Address of the site or of its sitemap", "url"], ["type", "Its pages are", ["article", "clinic"]], ["include", "Only paths that begin with", "list"], ["exclude", "Without paths that begin with ($ at the end: that page alone)", "list"], ["hook_secret", "Secret for signed notices", "secret"]],
  feed: [["url", "Address of the feed", "url"], ["hook_secret", "Secret for signed notices", "secret"]],
  clinics: [["site", "Address of the website that shows the clinics", "url"], ["url", "Address of the file, where it is not uploaded", "url"], ["columns", "Columns that are not recognised: our field = column", "pairs"], ["file", "File to upload", "file"], ["hook_secret", "Secret for signed notices", "secret"]],
  markdown: [["folder", "Folder on the server", "text"], ["url", "Address under which its pages appear", "url"], ["hook_secret", "Secret for signed notices", "secret"]],
  webhook: [["url", "Address of the site", "url"], ["type", "Its pages are", ["article", "clinic"]], ["hook_secret", "Secret for signed notices", "secret"]],
};
const SECRET_FIELDS = new Set(["application_password", "hook_secret"]);
const REQUIRED = { clinics: new Set(["site"]) };
const EXPECTED = { id: "small letters, digits and hyphens, such as our-clinics", url: "an address such as https://example.org/", site: "an address such as https://example.org/clinics", hook_secret: "at least 16 characters", columns: "our field, then the heading, such as insurance = Plans accepted", include: "beginnings of paths, such as /blog/", exclude: "beginnings of paths, such as /tag/" };
const connectorKind = () => byId("connector-kind").value;
const typed = unsaved(byId("connector"), ["connector-kind"]);
let drawnKind = "";
const place = (name) => {
  const control = byId(`connector-${name}`), label = name === "id" ? "Name" : CONNECTOR_FIELDS[connectorKind()].find(([each]) => each === name)?.[1];
  return control && label ? { control, label, example: EXPECTED[name] } : null;
};

function drawConnector(known = null) {
  byId("connector-title").textContent = known ? `Change ${known.id}` : "Connect a source";
  if (known) byId("connector-kind").value = known.kind;
  drawnKind = connectorKind();
  typed.forget();
  byId("connector-id").value = known?.id ?? "";
  byId("connector-id").readOnly = Boolean(known);
  byId("connector-previewed").replaceChildren();
  byId("connector-fields").replaceChildren(...CONNECTOR_FIELDS[connectorKind()].map(([name, text, type]) => {
    const input = `connector-${name}`, value = known?.settings[name];
    const needed = type === "url" && (REQUIRED[connectorKind()] ?? new Set(["url"])).has(name);
    let control;
    if (Array.isArray(type)) control = make("select", { id: input }, ...type.map((each) => make("option", { value: each, selected: each === value }, `${each}s`)));
    else if (type === "list" || type === "pairs") { control = make("textarea", { id: input, rows: "2" }); control.value = type === "list" ? (value ?? []).join("\n") : Object.entries(value ?? {}).map((pair) => pair.join(" = ")).join("\n"); }
    else if (type === "file") control = make("input", { id: input, type: "file", accept: ".csv,.json,.jsonld,text/csv" });
    else { control = make("input", { id: input, type: type === "secret" ? "password" : type === "url" ? "url" : "text", required: needed, autocomplete: "off" }); control.value = value ?? ""; }
    const kept = type === "secret" && known?.secrets.includes(name) ? " (set; empty keeps it)" : "";
    return make("label", {}, `${text}${kept}${type === "list" || type === "pairs" ? ", one a line" : ""}`, control);
  }));
}

function enteredConnector() {
  const settings = {}, secrets = {};
  for (const [name, , type] of CONNECTOR_FIELDS[connectorKind()]) {
    const control = byId(`connector-${name}`), lines = () => control.value.split("\n").map((line) => line.trim()).filter(Boolean);
    if (type === "file" || !control.value.trim()) continue;
    if (SECRET_FIELDS.has(name)) secrets[name] = control.value.trim();
    else if (type === "list") settings[name] = lines();
    else if (type === "pairs") settings[name] = Object.fromEntries(lines().map((line) => { const at = line.indexOf("="); return at < 0 ? [line, ""] : [line.slice(0, at).trim(), line.slice(at + 1).trim()]; }));
    else settings[name] = control.value.trim();
  }
  if (connectorKind() === "wordpress" && settings.post_types) settings.post_types = [...new Set(["posts", "pages", ...settings.post_types])];
  return { kind: connectorKind(), settings, secrets };
}

async function uploadFile(id) {
  const file = byId("connector-file")?.files[0];
  if (file) await call("PUT", `/v1/connectors/${id}/file`, await file.arrayBuffer(), "text/csv");
}
const connectorId = () => { const id = byId("connector-id").value.trim(); if (!id) throw new Error("Give the connector a name."); return encodeURIComponent(id); };

byId("connector-preview").addEventListener("click", attemptIn(byId("connector"), place, previewConnector));

async function previewConnector() {
  byId("connector-previewed").replaceChildren();
  const id = connectorId();
  say("Reading the source …");
  await uploadFile(id);
  const seen = await call("POST", `/v1/connectors/${id}/preview`, enteredConnector());
  byId("connector-previewed").replaceChildren(...seen.columns.filter((each) => each.likely).map(readAs), make("h3", {}, "The first documents"), make("ol", {}, ...seen.documents.map((each) => make("li", {}, each.title, make("p", { class: "quiet" }, each.excerpt || each.url)))), problemList(seen.problems));
  say(seen.documents.length ? "This is how it would begin. Nothing is stored." : "Nothing was found that could be taken.");
}

// A column that was not understood, said with one button; the sheet is then looked at again.
const readAs = ({ column, likely }) => make("p", {}, make("button", { type: "button", class: "plain", onclick: attemptIn(byId("connector"), place, async () => {
  const control = byId("connector-columns");
  control.value = [...control.value.split("\n").filter((line) => line.trim() && line.split("=")[0].trim() !== likely), `${likely} = ${column}`].join("\n");
  control.dispatchEvent(new Event("input", { bubbles: true }));
  await previewConnector();
}) }, `Read “${column}” as ${likely}`));

byId("connector").addEventListener("submit", attemptIn(byId("connector"), place, async () => {
  const id = connectorId();
  await uploadFile(id);
  await call("PUT", `/v1/connectors/${id}`, enteredConnector());
  drawConnector();
  await loadConnectors();
  say(`${id} is connected; its documents come within minutes.`);
}));
byId("connector-kind").addEventListener("change", attempt(async () => { if (await typed.mayGo()) drawConnector(); else byId("connector-kind").value = drawnKind; }));
byId("connector-new").addEventListener("click", () => drawConnector());

const problemList = (problems) => make("ul", { class: "documents" }, ...problems.slice(0, 20).map((each) => make("li", { class: "warning" }, `${each.where}: ${each.message}`)));

export async function loadConnectors() {
  const { connectors } = await call("GET", "/v1/connectors");
  byId("connector-list").replaceChildren(...connectors.map(connectorEntry));
  if (!connectors.length) byId("connector-list").append(make("li", {}, "There is none yet."));
  if (!byId("connector-fields").children.length) drawConnector();
}

function connectorEntry(each) {
  const run = each.runs[0], counts = each.documents, name = make("span", { class: "unseen" }, ` ${each.id}`);
  const button = (text, work) => make("button", { type: "button", class: "plain", onclick: attempt(work) }, text, name.cloneNode(true));
  const held = counts.held ? make("div", { class: "warning" }, make("p", {}, `${counts.held} documents are gone at the source, more than expected. They stay in the search until you confirm:`),
    make("ul", {}, ...each.held.map((one) => make("li", {}, one.key))), button(`Remove these ${counts.held}`, async () => { await call("POST", `/v1/connectors/${each.id}/confirm`); say("They are removed within seconds."); await loadConnectors(); })) : null;
  return make("li", { id: `connector-of-${each.id}` }, make("strong", {}, each.id), ` · ${each.kind} · ${each.is_running ? "reading now" : each.is_enabled ? "on" : "off"}`,
    make("p", {}, `${counts.searchable} of ${counts.published} documents are searchable${counts.failed ? `, ${counts.failed} could not be taken` : ""}.`), held,
    each.message && (!counts.held || each.missing_columns.length) ? make("p", { class: "warning" }, each.message) : null,
    each.missing_columns.length ? make("p", {}, button(`Read it without ${each.missing_columns.join(", ")}`, async () => { await call("POST", `/v1/connectors/${each.id}/confirm?what=columns`); say("It is read within seconds."); await loadConnectors(); })) : null,
    make("p", { class: "quiet" }, run ? `Last run ${new Date(run.started_at).toLocaleString()}: ${run.state}; ${run.counts.stored ?? 0} stored, ${run.counts.removed ?? 0} removed.` : "It has not run yet."),
    each.problems.length ? problemList(each.problems) : null,
    button("Run now", async () => { await call("POST", `/v1/connectors/${each.id}/run`, { full: true }); say(`${each.id} runs within seconds.`); }), " ",
    button("Change", async () => { if (!(await typed.mayGo())) return; drawConnector(each); byId("connector-kind").focus(); }), " ",
    button("Forget", async () => { if (!(await confirmed(`Forget ${each.id}?`, "Its documents stay in the search; they are read no more.", "Yes, forget it"))) return; await call("DELETE", `/v1/connectors/${each.id}`); await loadConnectors(); say(`${each.id} is forgotten.`); }));
}
