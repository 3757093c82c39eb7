// The editors' console. The session is a cookie that this script cannot read; nothing is stored here.
import { attempt, byId, call, confirmed, make, say, sayNowAndThen, whenSignedOut } from "./editor-base.js";
import { loadConnectors } from "./editor-connectors.js";
import { drawFields, loadRules, mayLeaveRule } from "./editor-curation.js";
import { loadListings } from "./editor-listings.js";

const SILENT_SECONDS = 30, POLL_MS = 5000;
const ENDED = new Set(["succeeded", "failed", "cancelled"]);
const NAMES = { all: "everything", article: "articles", clinic: "clinics" };
const KINDS = { reindex: "Rebuild of", rollback: "Return to the index before, of", fill: "Filling of", write: "Write of" };
const streams = new Map();
let cancelling = new Set(), polls = 0;

// Signing in

whenSignedOut(showSignIn);

function showSignIn() {
  byId("console").hidden = true;
  byId("sign-in").hidden = false;
  clearInterval(polls);
  for (const stream of streams.values()) stream.close();
  streams.clear();
}

function showConsole() {
  byId("sign-in").hidden = true;
  byId("console").hidden = false;
  clearInterval(polls);
  polls = setInterval(() => { loadJobs().catch(() => {}); if (shown() === "health") loadHealth().catch(() => {}); }, POLL_MS);
  route();
}

byId("sign-in").addEventListener("submit", attempt(async () => {
  const { name } = await call("POST", "/editor/session", { key: byId("key").value });
  byId("key").value = "";
  showConsole();
  say(`Signed in as ${name}.`);
  byId("index-title").setAttribute("tabindex", "-1");
  byId("index-title").focus();
}));
byId("sign-out").addEventListener("click", attempt(async () => { await call("DELETE", "/editor/session"); showSignIn(); say("Signed out."); }));

const SECTIONS = { index: () => loadJobs(), failures: () => loadFailures(), document: async () => {}, curation: () => loadRules(), connectors: () => loadConnectors(), listings: () => loadListings(), searches: () => loadSearches(), health: () => loadHealth() };
const shown = () => (location.hash.slice(1) in SECTIONS ? location.hash.slice(1) : "index");
function route() {
  for (const name of Object.keys(SECTIONS)) byId(name).hidden = name !== shown();
  document.querySelectorAll(".tabs a").forEach((link) => { if (link.hash === `#${shown()}`) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current"); });
  attempt(SECTIONS[shown()])();
}
addEventListener("hashchange", route);

// Jobs

byId("rebuild").addEventListener("submit", attempt(async (event) => {
  const asked = new FormData(event.target);
  try {
    const { job } = await call("POST", "/v1/reindex", { type: asked.get("type"), reembed: asked.has("reembed") });
    say(`The rebuild of ${NAMES[asked.get("type")]} has been asked for.`);
    await loadJobs();
    byId(`job-${job}`)?.focus();
  } catch (error) {
    if (error.status !== 409) throw error;
    await loadJobs();
    const id = /job (\w+)/.exec(error.message)?.[1];
    byId("told").replaceChildren("A rebuild is going on already: ", make("a", { href: `#job-${id}`, onclick: (click) => { click.preventDefault(); byId(`job-${id}`)?.focus(); } }, "show it"));
  }
}));

async function loadJobs() {
  const { jobs } = await call("GET", "/v1/jobs?limit=30");
  const list = byId("jobs");
  const wanted = jobs.filter((job) => job.kind !== "write" || job.state === "failed" || !ENDED.has(job.state));
  for (const job of wanted) showJob(job);
  const ids = new Set(wanted.map((job) => `job-${job.id}`));
  for (const entry of [...list.children]) if (!ids.has(entry.id)) entry.remove();
  wanted.forEach((job, place) => { const entry = byId(`job-${job.id}`); if (list.children[place] !== entry) list.insertBefore(entry, list.children[place] ?? null); });
  for (const job of wanted) if (!ENDED.has(job.state)) follow(job.id);
  if (!list.children.length) list.append(make("li", { id: "no-job" }, "Nothing was asked for yet."));
}

// The service sends the whole job each time, also to whoever was offline and comes back.
function follow(id) {
  if (streams.has(id)) return;
  const stream = new EventSource(`/v1/jobs/${id}/events`);
  streams.set(id, stream);
  stream.addEventListener("job", (event) => {
    const job = JSON.parse(event.data);
    showJob(job);
    if (ENDED.has(job.state)) { stream.close(); streams.delete(id); cancelling.delete(id); if (shown() === "index") say(`${named(job)} has ${job.state}.`); } else if (shown() === "index") sayNowAndThen(`${named(job)}: ${counted(job)}`);
  });
  stream.addEventListener("error", () => { if (stream.readyState === EventSource.CLOSED) streams.delete(id); });
}

const named = (job) => `${KINDS[job.kind] ?? job.kind} ${NAMES[job.type] ?? job.type}`;
const counted = (job) => [`${job.done} of ${job.total}`, job.documents_per_second ? `${job.documents_per_second} a second` : "", job.eta_seconds !== null ? `about ${Math.ceil(job.eta_seconds)} s left` : ""].filter(Boolean).join(" · ");

function showJob(job) {
  const running = !ENDED.has(job.state);
  const state = running && cancelling.has(job.id) ? "cancelling" : job.state;
  let entry = byId(`job-${job.id}`);
  if (!entry) {
    entry = make("li", { id: `job-${job.id}`, class: "job", tabindex: "-1" }, make("h3"), make("progress", { "aria-label": named(job) }), make("p", { class: "counts" }), make("p", { class: "quiet" }),
      make("ul", { class: "documents" }), make("p", { class: "actions" }));
    byId("no-job")?.remove();
    byId("jobs").prepend(entry);
  }
  const [title, bar, counts, note, documents, actions] = entry.children;
  title.textContent = `${named(job)}: ${state}`;
  bar.hidden = !running;
  bar.max = Math.max(job.total, 1);
  if (job.total) { bar.value = job.done; bar.textContent = `${job.done} of ${job.total}`; } else bar.removeAttribute("value");
  counts.textContent = job.total ? counted(job) : "";
  note.textContent = [job.message, job.finished_at ? `ended ${new Date(job.finished_at).toLocaleString()}` : job.started_at ? `began ${new Date(job.started_at).toLocaleString()}` : ""].filter(Boolean).join(" · ");
  documents.replaceChildren(...(job.failed_documents ?? []).slice(0, 50).map((each) => make("li", {}, make("code", {}, each.id), ` ${each.error}`)));
  const mayCancel = running && job.kind !== "write" && state !== "cancelling";
  const offered = mayCancel ? "cancel" : job.kind === "write" && job.state === "failed" ? "retry" : "";
  if (actions.dataset.offered !== offered) {
    actions.dataset.offered = offered;
    actions.replaceChildren(...(offered === "cancel" ? [make("button", { type: "button", class: "plain", onclick: attempt(() => cancel(job)) }, "Cancel", make("span", { class: "unseen" }, ` ${named(job)}`))]
      : offered === "retry" ? [make("button", { type: "button", class: "plain", onclick: attempt(() => retryJob(job)) }, "Try its failed documents again")] : []));
  }
}

async function cancel(job) {
  if (!(await confirmed(`Stop this rebuild?`, "The index in use stays as it is. What was prepared so far is thrown away.", "Yes, stop it"))) return;
  cancelling.add(job.id);
  showJob({ ...job });
  say("Cancelling …");
  try { await call("DELETE", `/v1/jobs/${job.id}`); } catch (error) { cancelling.delete(job.id); throw error; }
  finally { await loadJobs(); }
}

async function retryJob(job) { const { documents } = await call("POST", `/v1/jobs/${job.id}/retry`); say(`${documents} documents are tried again.`); await loadJobs(); }

// Failed documents

const filter = () => { const chosen = new FormData(byId("failure-filter")); return { type: chosen.get("type"), error: chosen.get("error") }; };
async function loadFailures() {
  const { type, error } = filter();
  const query = new URLSearchParams({ limit: "200", ...(type ? { type } : {}), ...(error ? { error } : {}) });
  const { failures } = await call("GET", `/v1/failures?${query}`);
  byId("failed").replaceChildren(...failures.map((each) => make("li", {}, make("strong", {}, `${each.type} `, make("code", {}, each.id)), make("p", {}, each.error),
    make("button", { type: "button", class: "plain", onclick: attempt(() => retry({ type: each.type, ids: [each.id] })) }, "Try again", make("span", { class: "unseen" }, ` ${each.id}`)))));
  if (!failures.length) byId("failed").append(make("li", {}, type || error ? "None is like that." : "No document has failed."));
  byId("retry-shown").hidden = byId("retry-all").hidden = !failures.length;
}
async function retry(which) { const { documents } = await call("POST", "/v1/failures/retry", which); say(`${documents} ${documents === 1 ? "document is" : "documents are"} tried again.`); await loadFailures(); }
byId("failure-filter").addEventListener("submit", attempt(loadFailures));
byId("retry-shown").addEventListener("click", attempt(() => { const { type, error } = filter(); return retry({ ...(type ? { type } : {}), error }); }));
byId("retry-all").addEventListener("click", attempt(() => retry({})));

// One document

byId("inspect").addEventListener("submit", attempt(async (event) => {
  const asked = new FormData(event.target);
  const place = byId("inspected");
  place.replaceChildren();
  const found = await call("GET", `/v1/inspect/${asked.get("type")}/${encodeURIComponent(asked.get("id"))}`);
  const facts = [["Stored", `revision ${found.stored.revision}, ${found.stored.status}`], ["Indexed", found.indexed ? `revision ${found.indexed.revision}` : "no"]];
  if (found.stored.indexed_at) facts.push(["Since", new Date(found.stored.indexed_at).toLocaleString()]);
  for (const [name, values] of Object.entries(found.indexed?.labels ?? {})) facts.push([name, values.join(", ")]);
  if (found.indexed) facts.push(["Found by", found.indexed.telling_words.join(", ")]);
  place.append(make("h2", {}, found.indexed?.title ?? found.id), make("p", {}, found.verdict), make("dl", { class: "facts" }, ...facts.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)))),
    ...(found.indexed?.sections ?? []).map((section) => make("details", {}, make("summary", {}, `${section.heading || "Opening"} (${section.passages.length} passage${section.passages.length === 1 ? "" : "s"})`), ...section.passages.map((text) => make("p", { class: "passage" }, text)))));
  say(found.verdict);
}));

// What visitors look for

async function loadSearches() {
  const chosen = new FormData(byId("searches-filter"));
  const { queries, visitors } = await call("GET", `/v1/analytics/queries?${new URLSearchParams(chosen)}`);
  byId("searches-note").textContent = visitors ? `Only what ${visitors} or more visitors looked for on one day is counted; anything rarer is kept nowhere.` : "Counting is switched off.";
  const most = Math.max(1, ...queries.map((each) => each.searches));
  byId("queries").replaceChildren(...queries.map((each) => make("tr", {}, make("th", { scope: "row" }, each.query),
    make("td", {}, make("meter", { min: "0", max: String(most), value: String(each.searches), "aria-hidden": "true" }), ` ${each.searches}`), make("td", {}, String(each.without_results)), make("td", {}, String(each.clicks)),
    make("td", {}, ...[["synonyms", "Synonym", { words: [each.query] }], ["answers", "Article that answers", { questions: [each.query] }], ["pins", "Pin", { query: each.query }], ["notes", "Note for the writers", { query: each.query }]]
      .map(([where, text, rule]) => make("button", { type: "button", class: "plain", onclick: () => begin(where, rule) }, text, make("span", { class: "unseen" }, ` for ${each.query}`)))))));
  if (!queries.length) byId("queries").append(make("tr", {}, make("td", { colspan: "5" }, "Nothing yet.")));
}
byId("searches-filter").addEventListener("change", attempt(loadSearches));

// Goes to a new decision of a kind with what is known filled in.
async function begin(where, rule) {
  if (!(await mayLeaveRule())) return;
  byId("kind").value = where;
  location.hash = "#curation";
  drawFields("", rule);
  byId("rule-query").value = rule.query ?? rule.words?.[0] ?? rule.questions?.[0] ?? "";
  byId("field-id").focus();
}

// Health

async function loadHealth() {
  const status = await call("GET", "/v1/status");
  const told = [];
  for (const [name, one] of [["articles", status.articles], ["clinics", status.clinics]]) {
    told.push([one.failed ? "warning" : "", `${one.indexed} of ${one.stored} ${name} are searchable${one.waiting ? `, ${one.waiting} wait` : ""}${one.failed ? `, ${one.failed} failed` : ""}.`]);
    if (one.oldest_waiting_seconds > 60) told.push(["warning", `The oldest of the waiting ${name} has waited ${Math.round(one.oldest_waiting_seconds)} seconds: see that a worker runs.`]);
    if (!one.generation) told.push(["warning", `There is no index of ${name}: start a worker, it makes one.`]);
    else if (!one.is_current) told.push(["warning", `The index of ${name} was built under other rules; a rebuild follows by itself.`]);
  }
  const alive = status.workers.filter((worker) => worker.silent_seconds < SILENT_SECONDS).length;
  told.push(alive ? ["", `${alive} ${alive === 1 ? "worker is" : "workers are"} at work.`] : ["warning", "No worker is at work: nothing new becomes searchable. Start one."]);
  told.push(status.queue === "ok" ? ["", "The queue takes messages."] : ["warning", `The queue: ${status.queue}. Workers look for work by themselves meanwhile.`]);
  told.push(["", `Texts are compared by ${status.embedder}; the index is ${status.engine}.`]);
  if (status.safety !== "ok") told.push(["warning", `Help for people in need: ${status.safety}.`]);
  for (const each of status.drift) told.push(["", `Index and store differed in ${each.documents} ${each.type}s (${each.kind}) and were mended.`]);
  byId("findings").replaceChildren(...told.map(([level, text]) => make("li", { class: level || null }, level ? "Look at this: " : "", text)));
}

call("GET", "/editor/session").then(showConsole, showSignIn);
