"use strict";
// The results page without loading it anew: filters act at once, Back works, what changed is said. Stores nothing.
(() => {
  const LONGEST_MS = 8000;
  const form = document.getElementById("ktc-search");
  const told = document.getElementById("told");
  const narrow = matchMedia("(max-width: 52rem)"), wide = matchMedia("(min-width: 68rem)");
  const policy = self.trustedTypes?.createPolicy("ketamine-page", { createHTML: (html) => html });
  const inert = (html) => new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, "text/html");
  let running = null, asked = "";
  let current = location.pathname + location.search;

  function address() {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      const isDefault = (name === "sort" && value === "relevance" && !query.getAll("seen").some((each) => each.startsWith("sort:")));
      if (value && !isDefault) query.append(name, value);
    }
    return query.size ? `/?${query}` : "/";
  }

  // Shows the page of an address; the server makes it, so that it is the same with and without this script.
  async function show(to, { push = true, scroll = false, focus = true } = {}) {
    if (to === asked) return; // Enter in a field changes it and sends the form: one request is enough
    running?.abort();
    const own = (running = new AbortController());
    asked = to;
    document.documentElement.classList.add("busy");
    told.className = "unseen";
    told.textContent = told.dataset.loading;
    try {
      const answer = await fetch(to, { headers: { Accept: "text/html" }, signal: AbortSignal.any([own.signal, AbortSignal.timeout(LONGEST_MS)]) });
      if (!answer.ok) throw new Error(answer.status);
      const fresh = inert(await answer.text());
      if (own.signal.aborted) return;
      const place = fresh.getElementById("answer");
      if (!place) { location.assign(to); return; }
      current = place.dataset.address;
      if (push) history.pushState(null, "", current);
      replace(fresh, focus);
      if (scroll) scrollTo(0, 0);
    } catch (error) {
      if (own.signal.aborted) return;
      told.className = "notice";
      told.textContent = told.dataset.failed;
    } finally {
      if (running === own) { document.documentElement.classList.remove("busy"); asked = ""; }
    }
  }

  function replace(fresh, focus) {
    const active = document.activeElement?.id;
    const sheet = document.getElementById("filters");
    const wasOpen = sheet?.classList.contains("open"), at = sheet?.querySelector(".sheet-body").scrollTop ?? 0;
    const hadMap = document.getElementById("map")?.open;
    const unfolded = [...document.querySelectorAll("#filters details[open] summary")].map((each) => each.id);
    document.title = fresh.title;
    document.getElementById("answer").replaceWith(fresh.getElementById("answer"));
    const words = fresh.getElementById("ktc-q").value;
    const box = document.querySelector("ketamine-search");
    if (box && "value" in box) box.value = words; else document.getElementById("ktc-q").value = words;
    unfolded.forEach((id) => { const summary = document.getElementById(id); if (summary) summary.parentElement.open = true; });
    ready();
    const map = document.getElementById("map");
    if (map && hadMap) map.open = true;
    const body = document.querySelector("#filters .sheet-body");
    if (wasOpen && body && narrow.matches) { open({ focus: false }); body.scrollTop = at; }
    if (focus) (active && document.getElementById(active) || document.getElementById("answer")).focus?.({ preventScroll: true });
    const count = document.getElementById("count")?.dataset.count ?? document.querySelector("[role=alert] p")?.textContent ?? "";
    const page = document.querySelector(".pages") && document.getElementById("page-of").textContent;
    setTimeout(() => { told.textContent = page ? `${count}, ${page}` : count; }, 300);
    document.dispatchEvent(new Event("results"));
  }

  // What only makes sense while this script runs.
  function ready() {
    const apply = document.querySelector("#filters .apply");
    if (apply) apply.textContent = apply.dataset.text;
    const map = document.getElementById("map");
    if (map && wide.matches) map.open = true;
  }

  // The filters as a sheet: the rest of the page waits, Escape and the button close it.
  const outside = () => [document.querySelector(".site-header"), document.querySelector(".search-bar"), document.querySelector(".site-footer"),
    ...document.querySelectorAll("#answer > *:not(.columns), .columns > *:not(#filters)")].filter(Boolean);
  function open({ focus = true } = {}) {
    const sheet = document.getElementById("filters");
    if (!sheet) return;
    sheet.classList.add("open");
    sheet.setAttribute("role", "dialog");
    sheet.setAttribute("aria-modal", "true");
    outside().forEach((each) => { each.inert = true; });
    if (focus) sheet.focus({ preventScroll: true });
  }
  function close() {
    const sheet = document.getElementById("filters");
    if (!sheet?.classList.contains("open")) return;
    sheet.classList.remove("open");
    sheet.removeAttribute("role");
    sheet.removeAttribute("aria-modal");
    outside().forEach((each) => { each.inert = false; });
    document.getElementById("open-filters")?.focus({ preventScroll: true });
  }
  narrow.addEventListener("change", close);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const isSheet = event.submitter?.classList.contains("apply");
    if (isSheet) close();
    show(address(), { scroll: true });
  });
  document.addEventListener("change", (event) => {
    if (event.target.form === form && event.target.name !== "q") show(address());
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-place]")) return;
    event.preventDefault();
    show(`/?${new URLSearchParams(new FormData(event.target))}`, { scroll: true });
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("#open-filters")) { event.preventDefault(); open(); return; }
    if (event.target.closest(".sheet-close")) { event.preventDefault(); close(); return; }
    const link = event.target.closest("a[data-stay], a[data-unfold]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    if (link.dataset.unfold) unfold(link); else show(link.getAttribute("href"), { scroll: Boolean(link.closest(".pages")) });
  });
  // A click counts for the search that led to it; nothing is told of who clicked.
  document.addEventListener("click", (event) => {
    const hit = event.target.closest("a[data-hit]");
    const search = hit?.closest("[data-search]")?.dataset.search;
    if (!search) return;
    const body = JSON.stringify({ kind: "click", id: hit.dataset.hit, search_id: search });
    fetch("/v1/events", { method: "POST", keepalive: true, credentials: "omit", headers: { "Content-Type": "application/json" }, body }).catch(() => {});
  });
  // A link to a place in this page is no other page.
  addEventListener("popstate", () => { const to = location.pathname + location.search; if (to !== current) show(to, { push: false }); });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.matches("input, select, textarea, ketamine-search")) return;
    event.preventDefault();
    (document.querySelector("ketamine-search") ?? document.getElementById("ktc-q")).focus();
  });
  document.documentElement.classList.add("js");
  ready();

  // What to read next under a result, from the page that its link leads to.
  async function unfold(link) {
    const shown = link.parentElement.nextElementSibling;
    if (shown?.classList.contains("unfolded")) {
      shown.remove();
      link.setAttribute("aria-expanded", "false");
      return;
    }
    const place = document.createElement("div");
    place.className = "unfolded";
    place.setAttribute("role", "status");
    place.textContent = told.dataset.loading;
    link.parentElement.after(place);
    link.setAttribute("aria-expanded", "true");
    try {
      const answer = await fetch(link.href, { signal: AbortSignal.timeout(LONGEST_MS) });
      if (!answer.ok) throw new Error(answer.status);
      const list = document.createElement("ul");
      for (const item of inert(await answer.text()).querySelectorAll(".hits > li")) {
        const entry = document.createElement("li");
        entry.append(item.querySelector("a"), " – ", item.querySelector(".quiet").textContent);
        list.append(entry);
      }
      place.replaceChildren(list.children.length ? list : told.dataset.nothing);
    } catch (error) {
      place.textContent = told.dataset.loadFailed;
    }
  }
})();
