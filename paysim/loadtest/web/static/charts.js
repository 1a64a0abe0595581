"use strict";
// The charts over time: uPlot, with a legend that tells values, arrow keys, marks of reloads, and a table of the same.
(() => {
  const { el, short, clock } = paysim;
  const latency = (kind) => ["p50", "p95", "p99"].map((p, at) =>
    ({ key: `${kind}_${p}`, label: p, color: ["--c3", "--c1", "--c2"][at], unit: " ms" }));

  const CHARTS = [
    { title: "Transactions per second", series: [
      { key: "per_s", label: "acknowledged", color: "--c1", unit: "/s" },
      { key: "target", label: "target", color: "--c2", unit: "/s", dash: true }] },
    { title: "MB per second against throughput units", series: [
      { key: "mb_per_s", label: "sent", color: "--c1", unit: " MB/s" },
      { key: "units", label: "units needed (1 TU: 1 MB/s or 1,000 events/s)", color: "--c2", unit: " TU", dash: true }] },
    { title: "Response time, ms: batch ready → acknowledged", series: latency("response") },
    { title: "Service time, ms: sent → acknowledged", series: latency("service") },
    { title: "From schedule, ms: intended time → acknowledged", series: latency("from_schedule"),
      empty: "Only a rate for the whole test has a schedule to be late for." },
  ];
  // Outcomes stand first and have lines of their own; counters come after them, dashed.
  const faults = (labels) => ({ title: "Faults per second", series: Object.entries(labels).map(([key, label], n) =>
    ({ key, label, color: ["--c4", "--c5", "--c1", "--c2", "--c3"][n % 5], unit: "/s", dash: n > 1 })) });
  const MOST_ROWS = 60;
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  class Chart {
    constructor(spec) {
      this.spec = spec;
      this.at = null;
      this.values = spec.series.map(() => el("b"));
      this.time = el("li", { class: "muted" });
      this.time.style.setProperty("--swatch", "transparent");
      this.plot = el("div", { class: "plot", tabindex: "0", role: "group",
        "aria-label": `${spec.title}: chart. Left and right arrow keys tell values; they are also in the table below.` });
      this.empty = el("p", { class: "empty" }, spec.empty || "Nothing yet.");
      this.spoken = el("span", { class: "skip", role: "status" });
      this.details = el("details", {}, el("summary", {}, "As a table"));
      this.details.addEventListener("toggle", () => this.tabulate());
      const legend = el("ul", { class: "legend" }, ...spec.series.map((series, n) => {
        const item = el("li", series.dash ? { class: "dashed" } : {}, `${series.label} `, this.values[n]);
        item.style.setProperty("--swatch", `var(${series.color})`);
        return item;
      }));
      this.node = el("figure", {}, el("figcaption", {}, spec.title), legend, this.plot, this.empty, this.spoken, this.details);
      this.plot.addEventListener("keydown", (event) => this.key(event));
      new ResizeObserver(() => this.u && this.u.setSize(this.size())).observe(this.plot);
    }

    size() { return { width: Math.max(200, this.plot.clientWidth), height: 210 }; }

    build() {
      if (this.u) this.u.destroy();
      const axis = { stroke: css("--muted"), grid: { stroke: css("--line"), width: 1 }, ticks: { stroke: css("--line"), width: 1 }, font: "12px system-ui, sans-serif", size: 34 };
      this.u = new uPlot({
        ...this.size(), legend: { show: false }, padding: [14, 12, 0, 0],
        cursor: { drag: { x: false, y: false }, points: { size: 7 } },
        scales: { x: { time: false }, y: { range: (u, low, high) => [0, high > 0 ? high * 1.08 : 1] } },
        axes: [{ ...axis, values: (u, splits) => splits.map(clock), space: 60 },
          { ...axis, values: (u, splits) => splits.map((v) => v >= 1e4 ? `${v / 1000}k` : (+v.toFixed(3)).toLocaleString("en")), size: 54 }],
        series: [{}, ...this.spec.series.map((s) => ({ stroke: css(s.color), width: 2, dash: s.dash ? [6, 4] : undefined,
          points: { show: false }, spanGaps: false }))],
        hooks: { setCursor: [(u) => { this.at = u.cursor.idx ?? null; this.tell(); }], draw: [(u) => this.mark(u)] },
      }, this.data, this.plot);
    }

    mark(u) {
      const { ctx, bbox } = u;
      ctx.save();
      ctx.strokeStyle = ctx.fillStyle = css("--c5");
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
      ctx.textAlign = "left";
      let free = -Infinity; // where the last label ended: close marks share their room, or go without
      this.reloads.forEach((at, n) => {
        const x = Math.round(u.valToPos(at, "x", true));
        if (x < bbox.left || x > bbox.left + bbox.width) return;
        ctx.beginPath();
        ctx.moveTo(x, bbox.top);
        ctx.lineTo(x, bbox.top + bbox.height);
        ctx.stroke();
        const gap = 3 * devicePixelRatio, end = bbox.left + bbox.width + 12 * devicePixelRatio;
        const next = n + 1 < this.reloads.length ? Math.round(u.valToPos(this.reloads[n + 1], "x", true)) : Infinity;
        const fits = (label) => x + gap >= free && x + 2 * gap + ctx.measureText(label).width <= Math.min(end, next);
        const label = [`reload ${n + 1}`, String(n + 1)].find(fits);
        if (!label) return;
        ctx.fillText(label, x + gap, bbox.top - gap);
        free = x + gap + ctx.measureText(label).width;
      });
      ctx.restore();
    }

    show(columns, reloads) {
      this.reloads = reloads;
      this.data = [columns.elapsed, ...this.spec.series.map((s) => columns[s.key])];
      const any = this.data.slice(1).some((values) => values.some((value) => value !== null)) && columns.elapsed.length > 1;
      this.plot.hidden = !any;
      this.empty.hidden = any;
      if (any && !this.u) this.build();
      else if (any) this.u.setData(this.data);
      this.tell();
      this.tabulate();
    }

    tell() {
      const at = this.at ?? this.data[0].length - 1;
      this.spec.series.forEach((series, n) => {
        const value = at < 0 ? null : this.data[n + 1][at];
        this.values[n].textContent = value === null || value === undefined ? "–" : short(value) + series.unit;
      });
    }

    key(event) {
      const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
      if (!step || !this.u) return;
      event.preventDefault();
      const last = this.data[0].length - 1;
      const at = Math.max(0, Math.min(last, (this.at ?? last) + step));
      this.u.setCursor({ left: this.u.valToPos(this.data[0][at], "x"), top: 20 });
      this.at = at;
      this.tell();
      this.spoken.textContent = `${clock(this.data[0][at])}: ` +
        this.spec.series.map((series, n) => `${series.label} ${this.values[n].textContent}`).join(", ");
    }

    tabulate() {
      if (!this.details.open) return;
      const n = this.data[0].length, step = Math.max(1, Math.ceil(n / MOST_ROWS)), rows = [];
      for (let at = n - 1; at >= 0; at -= step)
        rows.push([clock(this.data[0][at]), ...this.data.slice(1).map((values) => short(values[at]))]);
      const table = paysim.table(this.spec.title, ["Time", ...this.spec.series.map((s) => s.label + s.unit.replace("/s", ", 1/s"))], rows);
      const region = this.details.querySelector(".scroll");
      if (region) region.replaceChildren(table);
      else this.details.append(paysim.scrolling(`${this.spec.title}, table`, table));
    }
  }

  const charts = [];
  const others = new Set(); // of other parts of the page
  const make = (labels) => {
    charts.push(...[...CHARTS, faults(labels)].map((spec) => new Chart(spec)));
    document.getElementById("charts").append(...charts.map((chart) => chart.node));
  };
  paysim.charts = {
    show: (columns, reloads, labels) => {
      if (!charts.length) make(labels); // which counters there are is known with the first figures
      charts.forEach((chart) => chart.show(columns, reloads));
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
