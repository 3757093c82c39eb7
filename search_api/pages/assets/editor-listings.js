// Listings that visitors report, and those that stand for the same place.
import { attempt, byId, call, confirmed, make, say } from "./editor-base.js";

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

export async function loadListings() {
  const [{ reports }, { duplicates }, unplaced] = await Promise.all(["/v1/reports", "/v1/listings/duplicates", "/v1/listings/unplaced"].map((path) => call("GET", path)));
  const act = (text, id, work) => make("button", { type: "button", class: "plain", onclick: attempt(work) }, text, make("span", { class: "unseen" }, ` ${id}`));
  byId("reports").replaceChildren(...reports.map((each) => make("li", {}, make("strong", {}, REPORT_REASONS[each.reason]), ` · ${each.type} `, each.listing ? make("a", { href: each.listing.url, rel: "noreferrer noopener", target: "_blank" }, each.listing.name) : null, " ", make("code", {}, each.document),
    each.text ? make("p", {}, `“${each.text}”`) : null, reportedFields(each), make("p", { class: "quiet" }, new Date(each.created_at).toLocaleDateString()),
    act("Unpublish", each.document, async () => { if (!(await confirmed(`Unpublish ${each.document}?`, "It is no longer found. Its connector does not bring it back.", "Yes, unpublish it"))) return; await call("POST", `/v1/reports/${each.id}/unpublish`); await loadListings(); say(`${each.document} is unpublished.`); }), " ",
    act("Settled", each.document, async () => { await call("POST", `/v1/reports/${each.id}/settle`); await loadListings(); say("Settled."); }))));
  if (!reports.length) byId("reports").append(make("li", {}, "No report waits."));
  byId("duplicates").replaceChildren(...duplicates.map((each) => make("li", {}, make("code", {}, each.id), " is not shown, ", make("code", {}, each.shown), ` is. Same ${each.reasons.join(", ")}. `,
    act("These are two places", each.id, async () => { await call("POST", "/v1/listings/distinct", { one: each.id, other: each.shown }); await loadListings(); say("Both are shown from now on."); }))));
  if (!duplicates.length) byId("duplicates").append(make("li", {}, "None was found."));
  byId("unplaced").replaceChildren(...unplaced.listings.map((each) => make("li", {}, make("strong", {}, each.name), " ", make("code", {}, each.id), ` · ${Object.values(each.address).filter(Boolean).join(", ") || "no address"}`,
    ...each.reasons.map((reason) => make("p", { class: "quiet" }, `${reason.path} ${reason.message}`)))));
  if (unplaced.total > unplaced.listings.length) byId("unplaced").append(make("li", {}, `And ${unplaced.total - unplaced.listings.length} more.`));
  if (!unplaced.total) byId("unplaced").append(make("li", {}, "Every listing has its place."));
}
