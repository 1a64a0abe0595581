"use strict";
// Which charts there are, and what they are fed with: the run second by second.
(() => {
  const { Chart, zoom } = paysim;
  const byId = (id) => document.getElementById(id);
  const latency = (kind) => ["p50", "p95", "p99"].map((p, at) =>
    ({ key: `${kind}_${p}`, label: p, color: ["--c3", "--c1", "--c2"][at], unit: " ms" }));
  // Limits are of what thresholds mean: from schedule where there is a rate, else the response time.
  const limits = (kind) => ({ now, judgement }) => {
    const meant = now && now.latency_ms.from_schedule ? "from_schedule" : "response";
    const rows = kind === meant && judgement ? judgement.thresholds.filter(({ name }) => ["p95_ms", "p99_ms"].includes(name)) : [];
    return rows.map(({ name, limit }) => ({ label: `${name} ≤ ${paysim.short(limit)}`, value: limit }));
  };

  const CHARTS = [
    { title: "Transactions per second, and users", series: [
      { key: "per_s", label: "acknowledged", color: "--c1", unit: "/s", steps: -1 },
      { key: "target", label: "target", color: "--c2", unit: "/s", dash: true, steps: 1 },
      { key: "users", label: "users (right)", color: "--c3", unit: "", scale: "users" }] },
    { title: "From schedule, ms: intended time → acknowledged", series: latency("from_schedule"), limits: limits("from_schedule"), quiet: "none" },
    { title: "Response time, ms: batch ready → acknowledged", series: latency("response"), limits: limits("response") },
    { title: "Service time, ms: sent → acknowledged", series: latency("service") },
    { title: "MB per second against throughput units", series: [
      { key: "mb_per_s", label: "sent", color: "--c1", unit: " MB/s", steps: -1 },
      { key: "units", label: "units needed (1 TU: 1 MB/s or 1,000 events/s)", color: "--c2", unit: " TU", dash: true, steps: -1 }] },
  ];
  // Outcomes stand first and have lines of their own; counters come after them, dashed.
  const faults = (labels) => ({ title: "Faults per second", quiet: "zero", series: Object.entries(labels).map(([key, label], n) =>
    ({ key, label, color: ["--c4", "--c5", "--c1", "--c2", "--c3"][n % 5], unit: "/s", dash: n > 1, steps: -1 })) });

  const charts = [];
  const others = new Set(); // of other parts of the page
  const make = (labels) => {
    charts.push(...[...CHARTS, faults(labels)].map((spec) => new Chart(spec)));
    byId("charts").append(...charts.map((chart) => chart.node));
  };
  zoom.watch(() => [...charts, ...others].forEach((chart) => chart.data && chart.zoomed()));

  paysim.charts = {
    // until: to where the run has come, which may be later than its last second.
    show: (columns, changes, data) => {
      if (!charts.length) make(data.faults); // which counters there are is known with the first figures
      const { elapsed } = columns, keys = Object.keys(data.faults);
      const marks = { changes, faults: elapsed.filter((_, at) => keys.some((key) => columns[key][at] > 0)) };
      zoom.began(data.now.at - data.now.elapsed);
      zoom.whole(elapsed.length ? elapsed[0] : 0, Math.max(elapsed.length ? elapsed.at(-1) : 0, paysim.hops.last()));
      charts.forEach((chart) => chart.show(columns, marks, data));
      byId("fault-key").hidden = !marks.faults.length;
      byId("no-faults").hidden = Boolean(marks.faults.length);
    },
    // Charts with these specs, instead of others that another part of the page had.
    replace: (old, specs) => {
      for (const chart of old) others.delete(chart);
      return specs.map((spec) => {
        const chart = new Chart(spec);
        others.add(chart);
        return chart;
      });
    },
    repaint: () => [...charts, ...others].forEach((chart) => chart.u && chart.build()),
  };
})();
