"use strict";
// Fields for a place: completed while typing, and filled from the device where the visitor asks for it. Stores nothing.
(() => {
  const PAUSE_MS = 150, LONGEST_MS = 8000, MOST = 6;
  let pause = 0, running = null;

  // Places that begin as typed become the options of a list that belongs to the field.
  async function complete(field) {
    running?.abort();
    const own = (running = new AbortController());
    const text = field.value.trim();
    if (text.length < 2) return;
    const query = new URLSearchParams({ q: text.slice(0, 200), limit: "20" });
    try {
      const answer = await fetch(`/v1/suggest?${query}`, { signal: own.signal, credentials: "omit", cache: "no-store" });
      if (!answer.ok) return;
      const { suggestions } = await answer.json();
      const places = suggestions.filter((each) => each.kind === "place").map((each) => each.text);
      if (own.signal.aborted) return;
      listOf(field).replaceChildren(...[...new Set(places)].slice(0, MOST).map((place) => {
        const option = document.createElement("option");
        option.value = place;
        return option;
      }));
    } catch { /* the field works without */ }
  }

  function listOf(field) {
    const id = `places-${field.id}`;
    let list = document.getElementById(id);
    if (!list) {
      list = document.createElement("datalist");
      list.id = id;
      field.after(list);
      field.setAttribute("list", id);
    }
    return list;
  }

  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("input[data-completes]")) return;
    clearTimeout(pause);
    pause = setTimeout(() => complete(event.target), PAUSE_MS);
  });

  // Two decimals are about a mile: enough for finding a clinic, too little for an address.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-locate]");
    if (!button) return;
    const form = button.closest("form"), said = form.querySelector("[role=status]");
    const failed = () => { said.textContent = said.dataset.failed; };
    said.textContent = "";
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      form.elements.near.value = `${coords.latitude.toFixed(2)},${coords.longitude.toFixed(2)}`;
      form.requestSubmit();
    }, failed, { maximumAge: 600_000, timeout: LONGEST_MS });
  });

  const offer = () => { if (navigator.geolocation) document.querySelectorAll("[data-locate]").forEach((each) => { each.hidden = false; }); };
  document.addEventListener("results", offer);
  offer();
})();
