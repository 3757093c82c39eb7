"use strict";
// <ketamine-search>: suggestions, notices and a correct combobox round a page's own <form><input>.
// Without this script, and until it has run, that form works by itself. Nothing is stored; requests go to the
// service that this file came from (or to `src`), and nowhere else.
(() => {
  if (customElements.get("ketamine-search")) return;
  const ORIGIN = new URL(document.currentScript?.src ?? location.href).origin;
  const PAUSE_MS = 90, WAIT_MS = 4000, SAY_MS = 1200, MOST = 8;
  const KINDS = ["topic", "article", "clinic", "place", "query"];
  const TEXTS = {
    label: "Search articles and clinics", placeholder: "", button: "Search", clear: "Clear the search field",
    "search-for": "Search for “{text}”", suggestions: "Suggestions", count: "{n} suggestions", one: "1 suggestion",
    none: "No suggestions", error: "Suggestions are not available just now. You can still search. In a crisis, call or text 988.", notices: "Important",
    close: "Close", starts: "Where to begin", topic: "Topic", article: "Article", clinic: "Clinic", place: "Clinics near", "place-search": "clinics near {text}", query: "Common question",
  };
  const STYLE = `
    :host { display: block; }
    :host([hidden]) { display: none; }
    .box { all: initial; display: block; position: relative; color-scheme: inherit; direction: inherit; text-align: start;
      color: var(--ketamine-search-ink, light-dark(#1c2430, #e8ecf2));
      font: 400 max(1.0625rem, 17px)/1.4 var(--ketamine-search-font, system-ui, sans-serif); }
    .box, .box * { box-sizing: border-box; }
    label { display: block; margin: 0 0 .35em; }
    .field { display: flex; flex-wrap: wrap; gap: .5em; align-items: stretch; }
    .typed { position: relative; flex: 1 1 8em; min-width: 0; }
    input, button { font: inherit; color: inherit; min-height: max(2.6em, 44px); border-radius: var(--ketamine-search-radius, .5em);
      border: 1px solid var(--ketamine-search-line, light-dark(#69748a, #8d99ac)); background: var(--ketamine-search-ground, light-dark(#fff, #14181f)); margin: 0; }
    input { display: block; width: 100%; padding: .25em 2.8em .25em .75em; appearance: none; }
    .rtl input { padding: .25em .75em .25em 2.8em; }
    input::-webkit-search-cancel-button { display: none; }
    button { cursor: pointer; }
    .go { padding: .25em 1em; border-color: transparent; background: var(--ketamine-search-accent, light-dark(#1b5799, #93bffa));
      color: var(--ketamine-search-on-accent, light-dark(#fff, #10151c)); }
    .clear { position: absolute; inset-block: 0; inset-inline-end: 0; width: max(2.6em, 44px); border: 0; background: none; font-size: 1em; line-height: 1; }
    .shut { display: none; width: max(2.6em, 44px); padding: 0; }
    [hidden] { display: none !important; }
    :focus-visible { outline: 3px solid var(--ketamine-search-accent, light-dark(#1b5799, #93bffa)); outline-offset: 2px; }
    .below { position: absolute; z-index: 1000; inset-inline: 0; top: calc(100% + .35em);
      border: 1px solid var(--ketamine-search-line, light-dark(#69748a, #8d99ac)); border-radius: var(--ketamine-search-radius, .5em);
      background: var(--ketamine-search-ground, light-dark(#fff, #14181f)); box-shadow: 0 .5em 1.5em rgb(0 0 0 / .25); }
    #list { max-height: min(32em, 60vh); overflow: auto; overscroll-behavior: contain; }
    .notice { padding: .75em; background: light-dark(#fdeceb, #43201e); border-inline-start: .35em solid light-dark(#b3261e, #f2b8b5); }
    .notice.quiet { background: none; border-color: light-dark(#69748a, #8d99ac); }
    .notice strong, .notice span { display: block; }
    .notice a { display: inline-flex; align-items: center; min-height: max(2.6em, 44px); margin-inline-end: 1em; color: inherit; font-weight: 600; }
    .title { padding: .6em .75em .15em; }
    .title, .of { font-size: .8235em; color: var(--ketamine-search-quiet, light-dark(#4c5666, #aeb8c8)); }
    .option { display: flex; flex-direction: column; justify-content: center; min-height: max(2.6em, 44px); padding: .35em .75em; color: inherit; text-decoration: none; cursor: pointer; overflow-wrap: break-word; }
    .option > span { min-width: 0; max-width: 100%; }
    .option:hover, .option[aria-selected=true] { background: var(--ketamine-search-soft, light-dark(#e7eef7, #263040)); }
    .option[aria-selected=true] { outline: 2px solid var(--ketamine-search-accent, light-dark(#1b5799, #93bffa)); outline-offset: -2px; }
    mark { background: none; color: inherit; font-weight: 700; }
    .error { padding: .75em; }
    .said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    @media (max-width: 40em) and (pointer: coarse) {
      .box.open { position: fixed; inset: 0; z-index: 2147483000; display: flex; flex-direction: column; padding: .5em; background: var(--ketamine-search-ground, light-dark(#fff, #14181f)); }
      .open > label { display: none; }
      .open .shut { display: block; }
      .open .go { display: none; }
      .open .typed { flex-basis: 4em; }
      .open .below { position: static; border: 0; box-shadow: none; flex: 1; min-height: 0; overflow: auto; overscroll-behavior: contain; margin-top: .5em; }
      .open #list { max-height: none; }
    }
    @media (forced-colors: active) { .option[aria-selected=true] { background: Highlight; color: HighlightText; forced-color-adjust: none; }
      .option[aria-selected=true] :is(mark, .of) { color: HighlightText; } .go, .below { border-color: ButtonText; } }
    @media (prefers-reduced-motion: no-preference) { .option { transition: background .1s; } }
  `;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);

  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== null) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  // `html` of an answer is escaped text with <mark> only: it becomes nodes without any HTML being parsed.
  function marked(html) {
    const plain = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&#x27;|&#39;/g, "'").replace(/&amp;/g, "&");
    const line = make("span");
    for (const part of String(html).split(/(<mark>[^<]*<\/mark>)/)) {
      const inside = /^<mark>([^<]*)<\/mark>$/.exec(part);
      line.append(inside ? make("mark", {}, plain(inside[1])) : plain(part));
    }
    return line;
  }

  class KetamineSearch extends HTMLElement {
    #box; #input; #own; #form; #clear; #below; #notices; #list; #error; #said = [];
    #running = null; #pause = 0; #saying = 0; #active = -1; #isOpen = false; #offers = false; #turn = 0;

    connectedCallback() {
      if (this.shadowRoot) return;
      const build = () => { if (!this.shadowRoot && this.isConnected) this.#build(); };
      if (this.querySelector("input")) build(); else document.addEventListener("DOMContentLoaded", build, { once: true });
    }

    get value() { return this.#input?.value ?? this.#own?.value ?? ""; }
    set value(text) { if (this.#input) { this.#input.value = text; this.#sync(); this.#close(); } }
    focus(options) { this.#input?.focus(options); }

    #text(name) { return this.getAttribute(name) ?? this.getAttribute(`text-${name}`) ?? TEXTS[name]; }

    #build() {
      this.#own = this.querySelector("input[type=search], input[type=text], input:not([type])");
      if (!this.#own) return;
      this.#form = this.#own.form;
      const root = this.attachShadow({ mode: "open", delegatesFocus: true });
      root.adoptedStyleSheets = [sheet];
      const label = this.getAttribute("label") ?? this.#own.labels?.[0]?.textContent.trim() ?? TEXTS.label;
      this.#input = make("input", {
        id: "typed", type: "search", role: "combobox", part: "input", autocomplete: "off", autocapitalize: "none", spellcheck: "false",
        enterkeyhint: "search", maxlength: "512", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "list",
        placeholder: this.#text("placeholder") || this.#own.placeholder || null,
      });
      this.#input.value = this.#own.value;
      this.#clear = make("button", { type: "button", class: "clear", part: "clear", "aria-label": this.#text("clear") }, "×");
      this.#notices = make("div", { part: "notices", role: "region", "aria-label": this.#text("notices"), hidden: "" });
      this.#list = make("div", { id: "list", role: "listbox", part: "list", "aria-label": this.#text("suggestions") });
      this.#error = make("div", { class: "error", part: "error", hidden: "" });
      this.#below = make("div", { class: "below", part: "suggestions", hidden: "" }, this.#notices, this.#error, this.#list);
      this.#said = [0, 1].map(() => make("div", { class: "said", role: "status", "aria-live": "polite", "aria-atomic": "true" }));
      const go = make("button", { type: "button", class: "go", part: "button" }, this.#text("button"));
      const shut = make("button", { type: "button", class: "shut", part: "close", "aria-label": this.#text("close") }, "←");
      const direction = getComputedStyle(this).direction;
      this.#box = make("div", { class: `box${direction === "rtl" ? " rtl" : ""}`, part: "box", dir: direction },
        make("label", { for: "typed", part: "label" }, label),
        make("div", { class: "field", part: "field" }, shut, make("div", { class: "typed" }, this.#input, this.#clear), go), this.#below, ...this.#said);
      root.append(this.#box);
      shut.addEventListener("click", () => this.#close());
      go.addEventListener("click", () => this.#submit());
      this.#clear.addEventListener("click", () => { this.value = ""; this.#input.focus(); this.#offer(); });
      for (const how of ["focus", "click"]) this.#input.addEventListener(how, () => this.#offer());
      this.#input.addEventListener("input", () => this.#typed());
      this.#input.addEventListener("keydown", (event) => this.#key(event));
      this.#list.addEventListener("click", (event) => this.#clicked(event));
      // The page leaves the field in the list: a tap must not close it before it counts as a click.
      this.#list.addEventListener("mousedown", (event) => event.preventDefault());
      document.addEventListener("pointerdown", (event) => { if (this.#isOpen && !event.composedPath().includes(this)) this.#close(); });
      this.#sync();
    }

    #sync() {
      this.#own.value = this.#input.value;
      this.#clear.hidden = !this.#input.value;
    }

    #typed() {
      this.#sync();
      this.#stop();
      clearTimeout(this.#saying);
      if (!this.#input.value.trim()) { this.#close(); this.#offer(); return; }
      if (this.#offers) { this.#close(); this.#box.classList.add("open"); } // a phone stays in its panel
      this.#pause = setTimeout(() => this.#ask(), PAUSE_MS);
    }

    // The empty field offers where to begin: links that the page put into a list of this element.
    #offer() {
      const starts = [...this.querySelectorAll("[data-starts] a")];
      if (this.#isOpen || this.#input.value.trim() || !starts.length) return;
      this.#list.replaceChildren(make("div", { role: "group", "aria-labelledby": "title-starts" },
        make("div", { id: "title-starts", class: "title", role: "presentation", part: "title" }, this.#text("starts")),
        ...starts.map((link) => this.#option({ text: link.textContent }, link.href))));
      this.#number();
      this.#notices.hidden = this.#error.hidden = true;
      this.#open();
      this.#offers = true;
    }

    #number() { this.#options().forEach((option, place) => { option.id = `option-${place}`; }); }

    // Nothing that was asked before may show any more.
    #stop() {
      clearTimeout(this.#pause);
      this.#running?.abort();
      this.#running = null;
    }

    async #ask() {
      const own = (this.#running = new AbortController());
      const text = this.#input.value;
      const address = new URL("/v1/suggest", this.getAttribute("src") ?? ORIGIN);
      address.search = new URLSearchParams({ q: text.slice(0, 512), limit: String(MOST) });
      const late = setTimeout(() => own.abort("late"), WAIT_MS);
      try {
        const answer = await fetch(address, { signal: own.signal, credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" });
        if (!answer.ok) throw new Error(String(answer.status));
        const { suggestions, notices = [] } = await answer.json();
        if (!Array.isArray(suggestions)) throw new Error("shape");
        if (this.#running === own) this.#show(text, suggestions, notices);
      } catch (error) {
        if (this.#running === own) this.#fail(text);
      } finally {
        clearTimeout(late);
      }
    }

    #show(text, suggestions, notices) {
      const options = [this.#option({ text: this.#text("search-for").replace("{text}", text.trim()) }, this.#address(text.trim()))];
      const first = (kind) => suggestions.findIndex((each) => each.kind === kind);
      const groups = [...KINDS].sort((one, other) => first(one) - first(other)).map((kind) => {
        const own = suggestions.filter((each) => each.kind === kind);
        if (!own.length) return null;
        return make("div", { role: "group", "aria-label": this.#text(kind) }, ...own.map((each) => this.#option(each, this.#target(each))));
      });
      this.#list.replaceChildren(make("div", { role: "group", "aria-label": this.#text("button") }, ...options), ...groups.filter(Boolean));
      this.#number();
      this.#notices.replaceChildren(...notices.map((each) => make("div", { class: each.level === "line" ? "notice quiet" : "notice", lang: each.language ?? null }, make("strong", {}, each.title), make("span", {}, each.body ?? ""),
        ...(each.links ?? []).map((link) => make("a", { href: this.#safe(link.url) }, link.label)))));
      this.#notices.hidden = !notices.length;
      this.#error.hidden = true;
      this.#open();
      const n = suggestions.length;
      const important = notices.length ? `${notices.map((each) => each.title).join(". ")}. ` : "";
      this.#say(important + (n === 0 ? this.#text("none") : n === 1 ? this.#text("one") : this.#text("count").replace("{n}", n)));
    }

    #fail(text) {
      const options = [this.#option({ text: this.#text("search-for").replace("{text}", text.trim()) }, this.#address(text.trim()))];
      this.#list.replaceChildren(make("div", { role: "group", "aria-label": this.#text("button") }, ...options));
      this.#number();
      this.#notices.hidden = true;
      this.#error.textContent = this.#text("error");
      this.#error.hidden = false;
      this.#open();
      this.#say(this.#text("error"));
    }

    #option(suggestion, href) {
      return make("a", { role: "option", class: "option", part: "option", tabindex: "-1", "aria-selected": "false", href, rel: "noreferrer", referrerpolicy: "no-referrer" },
        suggestion.html ? marked(suggestion.html) : make("span", {}, suggestion.text),
        ...(suggestion.kind ? [make("span", { class: "of", part: "kind" }, [this.#text(suggestion.kind), suggestion.section_of].filter(Boolean).join(" · "))] : []));
    }

    // Where a suggestion leads: to what it names, or to the search for its words.
    #target({ kind, text, url }) {
      if (url) return this.#safe(url);
      return this.#address(kind === "place" ? this.#text("place-search").replace("{text}", text) : text);
    }

    #safe(url) {
      try {
        const target = new URL(url, this.getAttribute("src") ?? ORIGIN);
        return ["http:", "https:", "tel:", "sms:", "mailto:"].includes(target.protocol) ? target.href : "#";
      } catch { return "#"; }
    }

    #address(words) {
      const target = new URL(this.#form?.getAttribute("action") || location.href, document.baseURI);
      target.search = new URLSearchParams({ [this.#own.name || "q"]: words });
      target.hash = "";
      return target.href;
    }

    // One short sentence after a pause; two regions take turns, so that the same one is heard again.
    #say(sentence) {
      clearTimeout(this.#saying);
      this.#saying = setTimeout(() => {
        this.#turn = 1 - this.#turn;
        this.#said[1 - this.#turn].textContent = "";
        this.#said[this.#turn].textContent = sentence;
      }, SAY_MS);
    }

    #open() {
      this.#isOpen = true;
      this.#offers = false;
      this.#below.hidden = false;
      this.#box.classList.add("open");
      this.#input.setAttribute("aria-expanded", "true");
      this.#choose(-1);
    }

    #close() {
      this.#stop();
      clearTimeout(this.#saying);
      this.#isOpen = this.#offers = false;
      this.#active = -1;
      this.#below.hidden = true;
      this.#box?.classList.remove("open");
      this.#input.setAttribute("aria-expanded", "false");
      this.#input.removeAttribute("aria-activedescendant");
    }

    #options() { return [...this.#list.querySelectorAll("[role=option]")]; }

    #choose(place) {
      const options = this.#options();
      this.#active = place;
      options.forEach((option, number) => option.setAttribute("aria-selected", String(number === place)));
      if (place < 0) { this.#input.removeAttribute("aria-activedescendant"); return; }
      this.#input.setAttribute("aria-activedescendant", options[place].id);
      options[place].scrollIntoView({ block: "nearest" });
    }

    #key(event) {
      if (event.isComposing || event.keyCode === 229) return;
      const last = this.#options().length - 1;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (!this.#isOpen) { if (this.#input.value.trim()) { this.#stop(); this.#ask(); } else this.#offer(); return; }
        const step = event.key === "ArrowDown" ? 1 : -1;
        const next = this.#active + step;
        this.#choose(next > last ? -1 : next < -1 ? last : next);
      } else if (event.key === "Enter") {
        event.preventDefault();
        const chosen = this.#isOpen ? this.#options()[this.#active] : undefined;
        if (!chosen) this.#submit(); else this.#follow(chosen, event);
      } else if (event.key === "Escape") {
        if (this.#isOpen) { event.preventDefault(); this.#close(); } else if (this.#input.value) { event.preventDefault(); this.value = ""; }
        this.#stop();
      } else if (event.key === "Tab") {
        this.#close();
      }
    }

    #clicked(event) {
      const option = event.target.closest("[role=option]");
      if (!option || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.#follow(option, event);
    }

    #follow(option, event) {
      const apart = event.ctrlKey || event.metaKey;
      if (option === this.#options()[0] && this.#input.value.trim() && !apart) { this.#submit(); return; }
      if (apart) { open(option.href, "_blank", "noopener,noreferrer"); return; }
      this.#close();
      this.#go(option.href);
    }

    // A link of its own, so that the address of this page, which may hold the words, is not told to the next one.
    #go(href) {
      const link = make("a", { href, rel: "noreferrer", referrerpolicy: "no-referrer", hidden: "" });
      this.shadowRoot.append(link);
      link.click();
      link.remove();
    }

    #submit() {
      this.#sync();
      this.#close();
      if (this.#form) this.#form.requestSubmit(); else this.#go(this.#address(this.#input.value));
    }
  }
  customElements.define("ketamine-search", KetamineSearch);
})();
