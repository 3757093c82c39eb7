// Forms of the console: faults told by the labels on screen, and text that is not stored yet.
import { attempt, confirmed, make } from "./editor-base.js";

// What is wrong with a field, for somebody who sees its label; the service speaks of names and patterns.
function inPlainWords(message, example, label) {
  if (/regex|RFC ?3339|1-128 (of|characters)/i.test(message)) return example ? `expected ${example}` : "is not understood";
  if (/is required/.test(message)) return "is missing";
  const [, than, count] = /of length (>=|<=) (\d+)/.exec(message) ?? [];
  if (than === ">=") return count === "1" ? "is empty" : `needs at least ${count}`;
  if (than === "<=") return `is longer than ${count}`;
  return message.replace(/`(\w+)`/g, (quoted, name) => (label(name) ? `“${label(name)}”` : quoted));
}

function unmark(form) {
  form.querySelectorAll(".fault").forEach((each) => each.remove());
  form.querySelectorAll("[aria-invalid]").forEach((each) => { each.removeAttribute("aria-invalid"); each.removeAttribute("aria-describedby"); });
}

// Marks the fields that the service names and returns what to say; `place` tells of a name the control, its label and an example.
function marked(errors, place) {
  let first = null;
  const told = errors.map(({ field, message }) => {
    const [, name, number] = /^(?:settings\.|secrets\.)?(\w+)(?:\[(\d+)\])?/.exec(field) ?? [];
    const found = name && place(name);
    if (!found) return [field, message].filter(Boolean).join(": ");
    const text = `${found.label}${number ? `, line ${Number(number) + 1}` : ""}: ${inPlainWords(message, found.example, (other) => place(other)?.label)}`;
    const id = `${found.control.id}-fault`;
    document.getElementById(id)?.remove();
    found.control.setAttribute("aria-invalid", "true");
    found.control.setAttribute("aria-describedby", id);
    found.control.after(make("span", { class: "fault warning", id }, text));
    first ??= found.control;
    return text;
  });
  first?.focus();
  return told.join("; ");
}

// Work of a form: what was wrong before is forgotten, what is wrong now is marked.
export const attemptIn = (form, place, work) => attempt(async (event) => {
  unmark(form);
  try { await work(event); } catch (error) {
    if (error.errors?.length) error.message = marked(error.errors, place);
    throw error;
  }
});

// Watches what is typed into a form; `aside` are ids of controls that are never stored.
export function unsaved(form, aside = []) {
  let isTyped = false;
  form.addEventListener("input", (event) => { isTyped ||= !aside.includes(event.target.id); });
  addEventListener("beforeunload", (event) => { if (isTyped) event.preventDefault(); });
  return {
    forget() { isTyped = false; },
    async mayGo() { return !isTyped || confirmed("Leave what you typed?", "It is not stored yet and would be lost.", "Yes, leave it"); },
  };
}
