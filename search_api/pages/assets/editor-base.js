// What the parts of the editors' console have in common: elements, calls, and what is said of them.
const SAY_MS = 10000, LONGEST_MS = 15000;
let lastSaid = 0, saying = 0, signedOut = () => {};

// Says what to do once the service answers that nobody is signed in.
export function whenSignedOut(work) { signedOut = work; }

export const byId = (id) => document.getElementById(id);

export function make(tag, attributes = {}, ...children) {
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
    this.current = problem?.current;
  }
}

export async function call(method, path, body, type = "application/json", more = {}) {
  let answer;
  try {
    answer = await fetch(path, { method, signal: AbortSignal.timeout(LONGEST_MS), headers: body === undefined ? more : { "Content-Type": type, ...more },
      body: body === undefined || typeof body === "string" || body instanceof ArrayBuffer ? body : JSON.stringify(body) });
  } catch { throw new Error("The service does not answer. Is it running, and are you online?"); }
  if (answer.status === 401) signedOut();
  const content = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (!answer.ok) throw new Refused(answer.status, content);
  return content;
}

export function say(text) { lastSaid = Date.now(); clearTimeout(saying); byId("told").textContent = text; }
// Progress is told now and then, not each time that a number changes.
export function sayNowAndThen(text) { if (Date.now() - lastSaid >= SAY_MS) say(text); }
export const attempt = (work) => async (event) => {
  event?.preventDefault?.();
  try { await work(event); } catch (error) { say(error.message); }
};

export function confirmed(title, text, yes) {
  byId("confirm-title").textContent = title;
  byId("confirm-text").textContent = text;
  byId("confirm-yes").textContent = yes;
  const dialog = byId("confirm");
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}
