"use strict";
// Reports without leaving the page, and printing. Nothing is told of who reports.
(() => {
  const LONGEST_MS = 8000;
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
      place.textContent = report.dataset.thanks;
    } catch (error) {
      place.textContent = error.message === "429" ? report.dataset.many : report.dataset.failed;
    }
  });
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => print());
  });
})();
