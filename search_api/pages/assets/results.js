"use strict";
// The results page without loading it anew: filters act at once, Back works, what changed is said. Stores nothing.
(() => {
  const LONGEST_MS = 8000;
  const form = document.getElementById("search");
  const told = document.getElementById("told");
  const policy = self.trustedTypes?.createPolicy("ketamine-page", { createHTML: (html) => html });
  const inert = (html) => new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, "text/html");
  let running = null;
  let current = location.pathname + location.search;

  function address() {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      const isDefault = (name === "sort" && value === "relevance") || (name === "radius_miles" && !form.elements.near.value);
      if (value && !isDefault) query.append(name, value);
    }
    return query.size ? `/?${query}` : "/";
  }

  // Shows the page of an address; the server makes it, so that it is the same with and without this script.
  async function show(to, { push = true, scroll = false } = {}) {
    running?.abort();
    const own = (running = new AbortController());
    document.documentElement.classList.add("busy");
    told.className = "unseen";
    told.textContent = "";
    try {
      const answer = await fetch(to, { headers: { Accept: "text/html" }, signal: AbortSignal.any([own.signal, AbortSignal.timeout(LONGEST_MS)]) });
      if (!answer.ok) throw new Error(answer.status);
      const fresh = inert(await answer.text());
      if (own.signal.aborted) return;
      if (push) history.pushState(null, "", to);
      current = to;
      replace(fresh);
      if (scroll) scrollTo(0, 0);
    } catch (error) {
      if (own.signal.aborted) return;
      told.className = "notice";
      told.textContent = "The search did not answer. Please try again.";
    } finally {
      if (running === own) document.documentElement.classList.remove("busy");
    }
  }

  function replace(fresh) {
    const active = document.activeElement?.id;
    const open = document.getElementById("filters")?.open;
    document.title = fresh.title;
    document.getElementById("answer").replaceWith(fresh.getElementById("answer"));
    offerReports();
    const words = fresh.getElementById("q").value;
    const box = document.querySelector("ketamine-search");
    if (box && "value" in box) box.value = words; else document.getElementById("q").value = words;
    const filters = document.getElementById("filters");
    if (filters && open !== undefined) filters.open = open;
    (active && document.getElementById(active) || document.getElementById("answer")).focus?.({ preventScroll: true });
    const count = document.getElementById("count")?.textContent ?? document.querySelector("[role=alert] p")?.textContent ?? "";
    const page = document.querySelector(".pages span")?.textContent;
    setTimeout(() => { told.textContent = page ? `${count}, ${page}` : count; }, 300);
  }

  const filters = document.getElementById("filters");
  if (filters && !filters.hasAttribute("data-quiet") && matchMedia("(min-width: 44rem)").matches) filters.open = true;

  form.addEventListener("submit", (event) => { event.preventDefault(); show(address(), { scroll: true }); });
  document.addEventListener("change", (event) => {
    if (event.target.form === form && event.target.name !== "q") show(address());
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-stay], a[data-unfold]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    if (link.dataset.unfold) unfold(link); else show(link.getAttribute("href"), { scroll: Boolean(link.rel) });
  });
  // Editors are told what is wrong with a listing; nothing is told of who says it.
  const offerReports = () => document.querySelectorAll("details.report").forEach((each) => { each.hidden = false; });
  document.addEventListener("submit", async (event) => {
    const report = event.target.closest("form[data-report]");
    if (!report) return;
    event.preventDefault();
    const place = report.querySelector("[role=status]"), given = new FormData(report);
    const body = JSON.stringify({ id: report.dataset.report, type: "clinic", reason: given.get("reason"), text: given.get("text") });
    try {
      const answer = await fetch("/v1/reports", { method: "POST", credentials: "omit", headers: { "Content-Type": "application/json" }, body, signal: AbortSignal.timeout(LONGEST_MS) });
      if (!answer.ok) throw new Error(answer.status);
      report.reset();
      place.textContent = "Thank you. The editors look at it.";
    } catch (error) {
      place.textContent = error.message === "429" ? "You have told us much; please try again later." : "This did not arrive. Please try again.";
    }
  });
  offerReports();
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
    (document.querySelector("ketamine-search") ?? document.getElementById("q")).focus();
  });

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
    place.textContent = "Loading …";
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
      place.replaceChildren(list.children.length ? list : "Nothing that fits.");
    } catch (error) {
      place.textContent = "This did not load. Please try again.";
    }
  }
})();
