"use strict";
// What is known once a run is over: latencies of all of it, what was found in the hub, remarks, and how it was run.
(() => {
  const { el, number, short, table, scrolling } = paysim;
  const byId = (id) => document.getElementById(id);
  const several = (n, noun) => `${number(n)} ${noun}${n === 1 ? "" : "s"}`;
  const NAMES = ["p50", "p90", "p95", "p99", "p999", "max"];
  const card = (title, ...nodes) => el("section", {}, el("h2", {}, title), ...nodes);

  // A percentile a row, so that the longest is seen on a narrow screen too.
  const latencies = ({ latency_ms: found }) => {
    const kinds = Object.keys(found).filter((kind) => found[kind]);
    if (!kinds.length) return [];
    const rows = NAMES.map((name) => [name === "p999" ? "p99.9" : name, ...kinds.map((kind) => short(found[kind][name]))]);
    return [card("Latency of the whole run, ms",
      scrolling("Latency of the whole run", table("Latency of the whole run, milliseconds", ["", ...kinds.map((kind) => kind.replaceAll("_", " "))], rows)))];
  };

  const delivery = (rows) => rows.length ? [card("Found in the hub", el("table", { class: "words", "aria-label": "Found in the hub" },
    el("tbody", {}, ...rows.map(([what, count, bad]) => el("tr", bad ? { class: "bad" } : {},
      el("th", { scope: "row" }, bad ? "✗ " : "", what), el("td", {}, count))))))] : [];

  const methods = ({ by_payment_method: found }) => {
    const rows = Object.entries(found).map(([name, tally]) => [name.replaceAll("_", " "), number(tally.acked), number(tally.failed), number(tally.unknown)]);
    return rows.length ? [card("Payment methods", scrolling("Payment methods", table("Payment methods", ["", "Acknowledged", "Failed", "Unknown"], rows)))] : [];
  };

  // Limit and advice stand beside the verdict.
  const remarks = (found) => {
    const rows = Object.entries(found).filter(([name]) => !["Limit", "Next"].includes(name));
    return rows.length ? [card("Besides", ...rows.map(([name, text]) => el("p", {}, el("strong", {}, `${name}: `), text)))] : [];
  };

  paysim.result = {
    show: ({ summary, remarks: told, delivery: found }) => {
      byId("result").replaceChildren(...latencies(summary), ...delivery(found), ...methods(summary), ...remarks(told));
      byId("result").hidden = false;
      const versions = Object.entries(summary.versions).map(([name, version]) => `${name} ${version}`).join(", ");
      byId("facts").replaceChildren(byId("facts-title"), el("p", {}, `Run ${summary.run_id}, started ${summary.started_at}, ${several(summary.users_max, "user")}, ` +
        `${summary.workers ? several(summary.workers, "worker") : "one process"}. ${versions}.`),
        el("details", {}, el("summary", {}, "Effective configuration, secrets masked"),
          el("pre", { tabindex: "0" }, JSON.stringify(summary.config, null, 2))));
      byId("facts").hidden = false;
    },
    clear: () => { for (const id of ["result", "facts"]) byId(id).hidden = true; },
  };
})();
