"use strict";
// The map of a page's clinics: it zooms and moves, draws counties from near, and offers to search what it shows.
// Pins that would hide one another are one. Asks our own host alone, and only for what is in view. Stores nothing.
(() => {
  const SVG = "http://www.w3.org/2000/svg", ASPECT = 1.25, WIDE = 975, HIGH = 610;
  const LEAST = 12, NEAR = 300, STEP = 1.5, MOVE = 0.3, MOVED = 0.05, DRAGGED_PX = 5;
  const fine = new Map(); // by state: its border and the lines of its counties
  const TYPE_REM = 0.75, PIN_REM = 0.75, MOST_NAMES = 12, LETTER = 0.64, LINE = 1.3;
  const ROUND = [[0, 0], [0, 1], [0, -1], [1, 0], [-1, 0], [1, 1], [1, -1], [-1, 1], [-1, -1]]; // where a name may stand
  let cities = null; // name, x and y of each, largest first
  let svg = null, places = [], view = null, first = null, states = null, waiting = 0;

  const make = (name, attributes) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const within = (low, value, high) => Math.min(Math.max(value, low), high);
  // Lengths of type in units of the map.
  const rems = (n) => n * parseFloat(getComputedStyle(document.documentElement).fontSize) * view.width / (svg.clientWidth || 350);
  const map = () => document.getElementById("map");

  function ready() {
    const shown = map()?.querySelector("svg[data-places]");
    if (!shown || shown === svg) return;
    svg = shown;
    states = null;
    places = JSON.parse(svg.dataset.places);
    const { x, y, width, height } = svg.viewBox.baseVal;
    first = { x: x + width / 2, y: y + height / 2, width };
    view = first;
    map().querySelector(".map-tools").hidden = false;
    listen(svg);
    pins();
    if (map().open) opened();
  }

  function opened() {
    borders();
    naming();
  }

  function show(next) {
    const width = within(LEAST, next.width, WIDE);
    view = { x: within(0, next.x, WIDE), y: within(0, next.y, HIGH), width };
    svg.setAttribute("viewBox", `${view.x - width / 2} ${view.y - width / ASPECT / 2} ${width} ${width / ASPECT}`);
    pins();
    const search = map().querySelector("[data-area]"), to = search.dataset.area;
    search.hidden = !["x", "y", "width"].some((name) => Math.abs(view[name] - first[name]) > MOVED * first.width);
    search.setAttribute("href", `${to}${to.includes("?") ? "&" : "?"}area=${[view.x, view.y, view.width].map((each) => each.toFixed(1))}`);
    clearTimeout(waiting);
    waiting = setTimeout(() => { borders(); say(); }, 200);
  }

  const isSeen = ({ x, y }) => Math.abs(x - view.x) <= view.width / 2 && Math.abs(y - view.y) <= view.width / ASPECT / 2;
  function say() {
    const told = map()?.querySelector("[data-shown]");
    if (told) told.textContent = told.dataset.shown.replace("{n}", places.filter(isSeen).length).replace("{all}", places.length);
  }

  function pins() {
    const radius = Math.max(view.width * Number(svg.dataset.radius), rems(PIN_REM)), together = [];
    for (const place of places) {
      const pin = together.find((each) => Math.hypot(each[0].x - place.x, each[0].y - place.y) < 2 * radius);
      if (pin) pin.push(place); else together.push([place]);
    }
    const active = document.activeElement?.closest("[data-pins] a")?.getAttribute("href");
    svg.querySelector("[data-pins]").replaceChildren(...together.map((each) => drawn(each, radius)));
    if (cities) names(together.map(([{ x, y }]) => ({ x, y, wide: radius, high: radius })), radius);
    if (active) svg.querySelector(`a[href="${active}"]`)?.focus({ preventScroll: true });
  }

  function drawn(members, radius) {
    const { number, x, y } = members[0];
    const link = make("a", { href: `#hit-${number}`, "aria-label": `${number}. ${members.flatMap((each) => each.names).join("; ")}` });
    const text = make("text", { x, y, "font-size": radius * (members.length > 1 ? 0.8 : 1), "text-anchor": "middle", "dominant-baseline": "central", "aria-hidden": "true" });
    text.textContent = members.length > 1 ? `${number}+${members.length - 1}` : number;
    link.append(make("circle", { cx: x, cy: y, r: radius }), text);
    link.addEventListener("click", (event) => { if (apart(members)) event.preventDefault(); });
    return link;
  }

  // Cities are named as the server does it (`place_names.py`): the largest in view, none over another or over a pin.
  function names(taken, radius) {
    const size = rems(TYPE_REM);
    const meets = (one, other) => Math.abs(one.x - other.x) < one.wide + other.wide && Math.abs(one.y - other.y) < one.high + other.high;
    const isWithin = ({ x, y, wide, high }) => isSeen({ x: x + wide, y: y + high }) && isSeen({ x: x - wide, y: y - high });
    const written = [];
    for (const [name, x, y] of cities) {
      if (written.length === MOST_NAMES) break;
      if (!isSeen({ x, y })) continue;
      const wide = name.length * size * LETTER / 2, high = size * LINE / 2;
      const free = ROUND
        .map(([across, down]) => ({ x: x + across * (radius + wide), y: y + down * (radius + high), wide, high })).find((box) => isWithin(box) && !taken.some((other) => meets(box, other)));
      if (!free) continue;
      taken.push(free);
      const text = make("text", { x: free.x, y: free.y, "font-size": size, "text-anchor": "middle", "dominant-baseline": "central" });
      text.textContent = name;
      written.push(text);
    }
    svg.querySelector("[data-names]").replaceChildren(...written);
  }

  async function naming() {
    try {
      const answer = cities ? null : await fetch(svg.querySelector("[data-names]").dataset.names, { credentials: "omit" });
      if (answer?.ok) cities = await answer.json();
      pins();
    } catch { /* those that the server wrote stay */ }
  }

  // Whether several of one pin can be told apart from nearer, and then shows them so.
  function apart(members) {
    const xs = members.map((each) => each.x), ys = members.map((each) => each.y);
    const wide = Math.max(Math.max(...xs) - Math.min(...xs), (Math.max(...ys) - Math.min(...ys)) * ASPECT);
    const width = Math.max(wide * 1.5, LEAST);
    if (members.length < 2 || wide < 2 * LEAST * Number(svg.dataset.radius) || width >= view.width) return false;
    show({ x: (Math.min(...xs) + Math.max(...xs)) / 2, y: (Math.min(...ys) + Math.max(...ys)) / 2, width });
    svg.querySelector(`a[href="#hit-${members[0].number}"]`)?.focus({ preventScroll: true });
    return true;
  }

  // The borders as shapes of this page, whose lines stay thin from near.
  async function borders() {
    const own = svg, image = svg.querySelector("image");
    if (image && view.width < NEAR) {
      const lines = make("g", { class: "borders", transform: "scale(.1)" });
      for (const { d, id } of await shapes(image.getAttribute("href"))) lines.append(make("path", { d, "data-state": id }));
      if (!image.isConnected || !lines.childElementCount) return;
      image.replaceWith(lines);
      if (own === svg) states = lines;
    }
    if (states) await Promise.all([...states.querySelectorAll("[data-state]")].filter(isNear).map(counties));
  }

  function isNear(path) {
    const { x, y, width, height } = path.getBBox(), half = view.width / 2;
    return view.width < NEAR && x / 10 < view.x + half && (x + width) / 10 > view.x - half
      && y / 10 < view.y + half / ASPECT && (y + height) / 10 > view.y - half / ASPECT;
  }

  async function counties(state) {
    const code = state.dataset.state;
    delete state.dataset.state;
    if (!fine.has(code)) fine.set(code, shapes(`/assets/us-counties-${code}.svg`));
    const [border, lines] = await fine.get(code);
    if (!border) { fine.delete(code); state.dataset.state = code; return; }
    state.setAttribute("d", border.d);
    if (lines) state.after(make("path", { d: lines.d, class: "county" }));
  }

  async function shapes(address) {
    try {
      const answer = await fetch(address, { credentials: "omit" });
      if (!answer.ok) return [];
      const found = (await answer.text()).matchAll(/<path(?: id="(\w+)")?(?: fill="none")? d="([^"]*)"/g);
      return [...found].map(([, id, d]) => ({ id, d }));
    } catch { return []; }
  }

  const at = (clientX, clientY) => {
    const box = svg.getBoundingClientRect();
    return { x: view.x + ((clientX - box.x) / box.width - 0.5) * view.width, y: view.y + ((clientY - box.y) / box.height - 0.5) * view.width / ASPECT };
  };
  const zoom = (by, { x, y } = view) => {
    const width = within(LEAST, view.width * by, WIDE), kept = width / view.width;
    show({ x: x + (view.x - x) * kept, y: y + (view.y - y) * kept, width });
  };
  const move = (x, y) => show({ ...view, x: view.x + x * view.width, y: view.y + y * view.width / ASPECT });
  const ACTS = {
    in: () => zoom(1 / STEP), out: () => zoom(STEP), whole: () => show(first),
    left: () => move(-MOVE, 0), right: () => move(MOVE, 0), up: () => move(0, -MOVE), down: () => move(0, MOVE),
  };
  const KEYS = { "+": "in", "=": "in", "-": "out", 0: "whole", ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };

  // One finger and the wheel scroll the page; two fingers, Ctrl with the wheel, or the wheel on a chosen map zoom it.
  function listen(own) {
    let from = null, dragged = false;
    own.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !map().contains(document.activeElement)) return;
      event.preventDefault();
      zoom(Math.exp(within(-60, event.deltaY, 60) * (event.ctrlKey ? 0.01 : 0.004)), at(event.clientX, event.clientY));
    }, { passive: false });
    own.addEventListener("pointerdown", (event) => {
      dragged = false;
      if (event.pointerType !== "touch" && !event.button) from = { x: event.clientX, y: event.clientY, view };
    });
    own.addEventListener("pointermove", (event) => {
      if (!from) return;
      const x = event.clientX - from.x, y = event.clientY - from.y, unit = from.view.width / own.getBoundingClientRect().width;
      if (!dragged && Math.hypot(x, y) < DRAGGED_PX) return;
      if (!dragged) own.setPointerCapture(event.pointerId);
      dragged = true;
      show({ ...from.view, x: from.view.x - x * unit, y: from.view.y - y * unit });
    });
    for (const name of ["pointerup", "pointercancel"]) own.addEventListener(name, () => { from = null; });
    own.addEventListener("dragstart", (event) => event.preventDefault());
    own.addEventListener("click", (event) => { if (dragged) { event.preventDefault(); event.stopPropagation(); dragged = false; } }, true);
    own.addEventListener("dblclick", (event) => { if (!event.target.closest("a")) zoom(1 / STEP, at(event.clientX, event.clientY)); });
    let pinch = null;
    own.addEventListener("touchstart", (event) => { pinch = event.touches.length === 2 ? fingers(event) : null; }, { passive: true });
    own.addEventListener("touchmove", (event) => {
      if (!pinch || event.touches.length !== 2) return;
      event.preventDefault();
      const now = fingers(event), unit = view.width / own.getBoundingClientRect().width;
      show({ ...view, x: view.x - (now.x - pinch.x) * unit, y: view.y - (now.y - pinch.y) * unit });
      zoom(pinch.apart / now.apart, at(now.x, now.y));
      pinch = now;
    }, { passive: false });
    own.addEventListener("touchend", () => { pinch = null; });
  }
  const fingers = ({ touches: [one, two] }) => ({
    x: (one.clientX + two.clientX) / 2, y: (one.clientY + two.clientY) / 2,
    apart: Math.max(Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY), 1),
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-map]");
    if (button && svg) ACTS[button.dataset.map]();
  });
  document.addEventListener("keydown", (event) => {
    const act = event.target.closest?.("#map svg, #map .map-tools") && !event.ctrlKey && !event.metaKey && !event.altKey && KEYS[event.key];
    if (!act || !svg) return;
    event.preventDefault();
    ACTS[act]();
  });
  document.addEventListener("toggle", (event) => { if (event.target === map() && map().open && svg) opened(); }, true);
  document.addEventListener("results", ready);
  ready();
})();
