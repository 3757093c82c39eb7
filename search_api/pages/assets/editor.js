"use strict";
// The editors' console. The session is a cookie that this script cannot read; nothing is stored here.
(() => {
  const SILENT_SECONDS = 30, POLL_MS = 5000, SAY_MS = 10000, LONGEST_MS = 15000;
  const ENDED = new Set(["succeeded", "failed", "cancelled"]);
  const NAMES = { all: "everything", article: "articles", clinic: "clinics" };
  const KINDS = { reindex: "Rebuild of", rollback: "Return to the index before, of", fill: "Filling of", write: "Write of" };
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
  const byId = (id) => document.getElementById(id);
  const streams = new Map();
  let lastSaid = 0, saying = 0, cancelling = new Set(), polls = 0;

  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }

  class Refused extends Error {
    constructor(status, problem) {
      super((problem?.errors ?? []).map((each) => [each.field, each.message].filter(Boolean).join(": ")).join("; ") || problem?.detail || `The service answered ${status}.`);
      this.status = status;
      this.errors = problem?.errors ?? [];
    }
  }

  async function call(method, path, body, type = "application/json") {
    let answer;
    try {
      answer = await fetch(path, { method, signal: AbortSignal.timeout(LONGEST_MS), headers: body === undefined ? {} : { "Content-Type": type },
        body: body === undefined || typeof body === "string" || body instanceof ArrayBuffer ? body : JSON.stringify(body) });
    } catch { throw new Error("The service does not answer. Is it running, and are you online?"); }
    if (answer.status === 401) showSignIn();
    const content = answer.status === 204 ? null : await answer.json().catch(() => null);
    if (!answer.ok) throw new Refused(answer.status, content);
    return content;
  }

  function say(text) { lastSaid = Date.now(); clearTimeout(saying); byId("told").textContent = text; }
  // Progress is told now and then, not each time that a number changes.
  function sayNowAndThen(text) { if (Date.now() - lastSaid >= SAY_MS) say(text); }
  const attempt = (work) => async (event) => {
    event?.preventDefault?.();
    try { await work(event); } catch (error) { say(error.message); }
  };

  function confirmed(title, text, yes) {
    byId("confirm-title").textContent = title;
    byId("confirm-text").textContent = text;
    byId("confirm-yes").textContent = yes;
    const dialog = byId("confirm");
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
  }

  // Signing in

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

  // Curation

  let rules = [];
  const kind = () => byId("kind").value;
  const fields = () => [["id", "Name of this decision (letters, digits, hyphens)", "id"], ...RULES[kind()].fields, ...TIMES];

  function drawFields(id = "", rule = {}) {
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

  async function loadRules() {
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
      place.replaceChildren(...(error.errors ?? []).map((each) => make("li", {}, `${each.field}: ${each.message}`)));
      throw new Error(error.errors?.length ? `Nothing was imported: ${error.errors.length} faults.` : error.message);
    }
  }));

  // What visitors look for

  async function loadSearches() {
    const chosen = new FormData(byId("searches-filter"));
    const { queries, visitors } = await call("GET", `/v1/analytics/queries?${new URLSearchParams(chosen)}`);
    byId("searches-note").textContent = visitors ? `Only what ${visitors} or more visitors looked for on one day is counted; anything rarer is kept nowhere.` : "Counting is switched off.";
    const most = Math.max(1, ...queries.map((each) => each.searches));
    byId("queries").replaceChildren(...queries.map((each) => make("tr", {}, make("th", { scope: "row" }, each.query),
      make("td", {}, make("meter", { min: "0", max: String(most), value: String(each.searches), "aria-hidden": "true" }), ` ${each.searches}`), make("td", {}, String(each.without_results)), make("td", {}, String(each.clicks)),
      make("td", {}, ...[["synonyms", "Synonym", { words: [each.query] }], ["pins", "Pin", { query: each.query }], ["notes", "Note for the writers", { query: each.query }]]
        .map(([where, text, rule]) => make("button", { type: "button", class: "plain", onclick: () => begin(where, rule) }, text, make("span", { class: "unseen" }, ` for ${each.query}`)))))));
    if (!queries.length) byId("queries").append(make("tr", {}, make("td", { colspan: "5" }, "Nothing yet.")));
  }
  byId("searches-filter").addEventListener("change", attempt(loadSearches));

  // Goes to a new decision of a kind with what is known filled in.
  function begin(where, rule) {
    byId("kind").value = where;
    location.hash = "#curation";
    drawFields("", rule);
    byId("rule-query").value = rule.query ?? rule.words?.[0] ?? "";
    byId("field-id").focus();
  }

  // Connectors

  const CONNECTOR_FIELDS = {
    wordpress: [["url", "Address of the site", "url"], ["post_types", "Types besides posts and pages, by their names in the REST API", "list"], ["username", "User name, only where the site shows nothing to strangers", "text"], ["application_password", "Application password of that user", "secret"], ["hook_secret", "Secret for signed notices", "secret"]],
    sitemap: [["url", "Address of the site or of its sitemap", "url"], ["type", "Its pages are", ["article", "clinic"]], ["include", "Only paths that begin with", "list"], ["exclude", "Without paths that begin with ($ at the end: that page alone)", "list"], ["hook_secret", "Secret for signed notices", "secret"]],
    feed: [["url", "Address of the feed", "url"]],
    clinics: [["site", "Address of the website that shows the clinics", "url"], ["url", "Address of the file, where it is not uploaded", "url"], ["columns", "Columns that are not recognised: our field = column", "pairs"], ["file", "File to upload", "file"]],
    markdown: [["folder", "Folder on the server", "text"], ["url", "Address under which its pages appear", "url"]],
    webhook: [["url", "Address of the site", "url"], ["type", "Its pages are", ["article", "clinic"]], ["hook_secret", "Secret for signed notices", "secret"]],
  };
  const SECRET_FIELDS = new Set(["application_password", "hook_secret"]);
  const REQUIRED = { clinics: new Set(["site"]) };
  const connectorKind = () => byId("connector-kind").value;

  function drawConnector(known = null) {
    byId("connector-title").textContent = known ? `Change ${known.id}` : "Connect a source";
    if (known) byId("connector-kind").value = known.kind;
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
      else if (type === "pairs") settings[name] = Object.fromEntries(lines().map((line) => line.split("=").map((part) => part.trim())));
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

  byId("connector-preview").addEventListener("click", attempt(async () => {
    const id = connectorId();
    say("Reading the source …");
    await uploadFile(id);
    const seen = await call("POST", `/v1/connectors/${id}/preview`, enteredConnector());
    byId("connector-previewed").replaceChildren(make("h3", {}, "The first documents"), make("ol", {}, ...seen.documents.map((each) => make("li", {}, each.title, make("p", { class: "quiet" }, each.excerpt || each.url)))), problemList(seen.problems));
    say(seen.documents.length ? "This is how it would begin. Nothing is stored." : "Nothing was found that could be taken.");
  }));

  byId("connector").addEventListener("submit", attempt(async () => {
    const id = connectorId();
    await uploadFile(id);
    await call("PUT", `/v1/connectors/${id}`, enteredConnector());
    drawConnector();
    await loadConnectors();
    say(`${id} is connected; its documents come within minutes.`);
  }));
  byId("connector-kind").addEventListener("change", () => drawConnector());
  byId("connector-new").addEventListener("click", () => drawConnector());

  const problemList = (problems) => make("ul", { class: "documents" }, ...problems.slice(0, 20).map((each) => make("li", { class: "warning" }, `${each.where}: ${each.message}`)));

  async function loadConnectors() {
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
      each.message && !counts.held ? make("p", { class: "warning" }, each.message) : null,
      make("p", { class: "quiet" }, run ? `Last run ${new Date(run.started_at).toLocaleString()}: ${run.state}; ${run.counts.stored ?? 0} stored, ${run.counts.removed ?? 0} removed.` : "It has not run yet."),
      run?.problems.length ? problemList(run.problems) : null,
      button("Run now", async () => { await call("POST", `/v1/connectors/${each.id}/run`, { full: true }); say(`${each.id} runs within seconds.`); }), " ",
      button("Change", () => { drawConnector(each); byId("connector-kind").focus(); }), " ",
      button("Forget", async () => { if (!(await confirmed(`Forget ${each.id}?`, "Its documents stay in the search; they are read no more.", "Yes, forget it"))) return; await call("DELETE", `/v1/connectors/${each.id}`); await loadConnectors(); say(`${each.id} is forgotten.`); }));
  }

  // Listings

  const REPORT_REASONS = { wrong_phone: "wrong phone", closed: "closed", moved: "moved", wrong_price: "wrong price", wrong_insurance: "wrong insurance", other: "something else" };
  const REPORTED = { wrong_phone: "phone", moved: "address", wrong_price: "price", wrong_insurance: "insurance", closed: "status" };
  // What the listing says now, with what the report is about marked.
  function reportedFields(report) {
    const it = report.listing;
    if (!it) return make("p", { class: "quiet" }, "It is gone already.");
    const prices = [it.price_min, it.price_max].filter((each) => each !== null).map((each) => `$${each}`);
    const place = [it.address.street, it.address.city, it.address.state, it.address.zip].filter(Boolean).join(", ");
    const fields = { phone: it.phone, address: place, price: [...new Set(prices)].join(" to "), insurance: it.insurance.join(", "), website: it.website, checked: it.checked_on ?? "never", status: it.status };
    const shownFields = Object.entries(fields).filter(([name, value]) => value || REPORTED[report.reason] === name);
    return make("dl", { class: "facts" }, ...shownFields.map(([name, value]) => make("div", {}, make("dt", {}, name[0].toUpperCase() + name.slice(1)),
      make("dd", {}, REPORTED[report.reason] === name ? make("mark", {}, value || "none") : value))));
  }

  async function loadListings() {
    const [{ reports }, { duplicates }] = await Promise.all([call("GET", "/v1/reports"), call("GET", "/v1/listings/duplicates")]);
    const act = (text, id, work) => make("button", { type: "button", class: "plain", onclick: attempt(work) }, text, make("span", { class: "unseen" }, ` ${id}`));
    byId("reports").replaceChildren(...reports.map((each) => make("li", {}, make("strong", {}, REPORT_REASONS[each.reason]), ` · ${each.type} `, each.listing ? make("a", { href: each.listing.url, rel: "noreferrer noopener", target: "_blank" }, each.listing.name) : null, " ", make("code", {}, each.document),
      each.text ? make("p", {}, `“${each.text}”`) : null, reportedFields(each), make("p", { class: "quiet" }, new Date(each.created_at).toLocaleDateString()),
      act("Unpublish", each.document, async () => { if (!(await confirmed(`Unpublish ${each.document}?`, "It is no longer found. Its connector does not bring it back.", "Yes, unpublish it"))) return; await call("POST", `/v1/reports/${each.id}/unpublish`); await loadListings(); say(`${each.document} is unpublished.`); }), " ",
      act("Settled", each.document, async () => { await call("POST", `/v1/reports/${each.id}/settle`); await loadListings(); say("Settled."); }))));
    if (!reports.length) byId("reports").append(make("li", {}, "No report waits."));
    byId("duplicates").replaceChildren(...duplicates.map((each) => make("li", {}, make("code", {}, each.id), " is not shown, ", make("code", {}, each.shown), ` is. Same ${each.reasons.join(", ")}. `,
      act("These are two places", each.id, async () => { await call("POST", "/v1/listings/distinct", { one: each.id, other: each.shown }); await loadListings(); say("Both are shown from now on."); }))));
    if (!duplicates.length) byId("duplicates").append(make("li", {}, "None was found."));
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
})();
