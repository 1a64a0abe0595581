"use strict";
// One chart over time: uPlot, with a legend that tells values, arrow keys, marks, and a table of the same.
(() => {
  const { el, short, clock, zoom } = paysim;
  const MOST_ROWS = 60;
  const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400]; // seconds
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const thousands = (v) => (v >= 1e4 ? `${v / 1000}k` : (+v.toFixed(3)).toLocaleString("en"));
  const known = (value) => value !== null && value !== undefined;

  // A value with none beside it: no line leads there.
  const alone = (u, n) => {
    const values = u.data[n], found = [];
    for (let at = 0; at < values.length; at++)
      if (known(values[at]) && !known(values[at - 1]) && !known(values[at + 1])) found.push(at);
    return found;
  };

  // spec: title, series (key, label, color, unit, dash, scale, steps: -1 where a value is of the second that ends there, 1 of
  // the one that begins), empty (what is said without values), quiet (whether it is
  // hidden then), limits (data → [{label, value}], drawn where they are near).
  paysim.Chart = class {
    constructor(spec) {
      this.spec = spec;
      this.at = null;
      this.marks = { changes: [], faults: [] };
      this.limits = [];
      this.values = spec.series.map(() => el("b"));
      this.plot = el("div", { class: "plot", tabindex: "0", role: "group",
        "aria-label": `${spec.title}: chart. Left and right arrow keys tell values, plus and minus zoom; values are also in the table below.` });
      this.when = el("li", { class: "when" });
      this.empty = el("p", { class: "empty" }, spec.empty || "Nothing yet.");
      this.spoken = el("span", { class: "skip", role: "status" });
      this.details = el("details", {}, el("summary", {}, "As a table"));
      this.details.addEventListener("toggle", () => this.tabulate());
      const legend = el("ul", { class: "legend" }, ...spec.series.map((series, n) => {
        const item = el("li", series.dash ? { class: "dashed" } : {}, `${series.label} `, this.values[n]);
        item.style.setProperty("--swatch", `var(${series.color})`);
        return item;
      }), this.when);
      this.node = el("figure", {}, el("figcaption", {}, spec.title), legend, this.plot, this.empty, this.spoken, this.details);
      this.plot.addEventListener("keydown", (event) => this.key(event));
      new ResizeObserver(() => this.u && this.u.setSize(this.size())).observe(this.plot);
    }

    size() { return { width: Math.max(200, this.plot.clientWidth), height: 210 }; }

    build() {
      if (this.u) this.u.destroy();
      const { spec } = this, axis = { stroke: css("--muted"), grid: { stroke: css("--line"), width: 1 }, ticks: { stroke: css("--line"), width: 1 }, font: "12px system-ui, sans-serif", size: 34 };
      const right = [...new Set(spec.series.map((s) => s.scale).filter(Boolean))];
      const fromZero = { range: (u, low, high) => [0, high > 0 ? high * 1.08 : 1] };
      this.u = new uPlot({
        ...this.size(), legend: { show: false }, padding: [14, right.length ? 0 : 12, 0, 0],
        cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
        scales: { x: { time: false, range: () => this.range() }, y: fromZero,
          ...Object.fromEntries(right.map((name) => [name, { range: (u, low, high) => [0, Math.max(1, high || 0) * 1.3] }])) },
        axes: [{ ...axis, values: (u, splits) => splits.map(clock), space: 60, incrs: STEPS },
          { ...axis, values: (u, splits) => splits.map(thousands), size: 54 },
          ...right.map((name) => ({ ...axis, scale: name, side: 1, grid: { show: false }, size: 44,
            values: (u, splits) => splits.map((v) => (Number.isInteger(v) ? thousands(v) : "")) }))],
        series: [{}, ...spec.series.map((s) => ({ stroke: css(s.color), width: s.scale ? 1.5 : 2, dash: s.dash ? [6, 4] : undefined,
          scale: s.scale || "y", paths: s.steps ? uPlot.paths.stepped({ align: s.steps }) : undefined, points: { show: true, size: 6, fill: css(s.color), filter: alone }, spanGaps: false }))],
        hooks: { setCursor: [(u) => { this.at = u.cursor.idx ?? null; this.tell(); }], draw: [(u) => this.draw(u)],
          setSelect: [(u) => this.selected(u)] },
      }, this.data, this.plot);
      zoom.listen(this.u.over, (left) => this.u.posToVal(left, "x"));
    }

    range() {
      const [from, to] = zoom.range();
      return to > from ? [from, to] : [from, from + 1];
    }

    selected(u) {
      const { left, width } = u.select;
      if (!width) return;
      const [from, to] = [u.posToVal(left, "x"), u.posToVal(left + width, "x")];
      u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
      if (width > 4) zoom.choose(from, to);
    }

    zoomed() {
      if (this.u && !this.plot.hidden) this.u.setData(this.data);
      this.tell();
    }

    draw(u) {
      const { ctx, bbox } = u, pixel = devicePixelRatio, right = bbox.left + bbox.width;
      const inside = (x) => x >= bbox.left && x <= right;
      ctx.save();
      ctx.lineWidth = pixel;
      ctx.font = `${11 * pixel}px system-ui, sans-serif`;
      ctx.fillStyle = css("--bad");
      for (const time of this.marks.faults) {
        const x = u.valToPos(time, "x", true);
        if (inside(x)) ctx.fillRect(x - 1.5 * pixel, bbox.top + bbox.height - 7 * pixel, 3 * pixel, 7 * pixel);
      }
      ctx.strokeStyle = css("--bad");
      ctx.textAlign = "right";
      ctx.setLineDash([2 * pixel, 3 * pixel]);
      for (const { label, value } of this.limits) {
        const y = Math.round(u.valToPos(value, "y", true));
        if (y < bbox.top || y > bbox.top + bbox.height) continue;
        this.line(ctx, bbox.left, y, right, y);
        ctx.save();
        ctx.setLineDash([]);
        ctx.lineWidth = 4 * pixel;
        ctx.strokeStyle = css("--card");
        ctx.strokeText(label, right - 3 * pixel, y - 3 * pixel);
        ctx.restore();
        ctx.fillText(label, right - 3 * pixel, y - 3 * pixel);
      }
      this.changes(u, inside);
      ctx.restore();
    }

    line(ctx, x1, y1, x2, y2) {
      ctx.beginPath();
      ctx.moveTo(x1, y1);
      ctx.lineTo(x2, y2);
      ctx.stroke();
    }

    changes(u, inside) {
      const { ctx, bbox } = u, pixel = devicePixelRatio, { changes } = this.marks;
      ctx.strokeStyle = ctx.fillStyle = css("--c5");
      ctx.setLineDash([3 * pixel, 3 * pixel]);
      ctx.textAlign = "left";
      let free = -Infinity; // where the last label ended: close marks share their room, or go without
      changes.forEach((at, n) => {
        const x = Math.round(u.valToPos(at, "x", true));
        if (!inside(x)) return;
        this.line(ctx, x, bbox.top, x, bbox.top + bbox.height);
        const gap = 3 * pixel, end = bbox.left + bbox.width + 12 * pixel;
        const next = n + 1 < changes.length ? Math.round(u.valToPos(changes[n + 1], "x", true)) : Infinity;
        const fits = (label) => x + gap >= free && x + 2 * gap + ctx.measureText(label).width <= Math.min(end, next);
        const label = [`change ${n + 1}`, String(n + 1)].find(fits);
        if (!label) return;
        ctx.fillText(label, x + gap, bbox.top - gap);
        free = x + gap + ctx.measureText(label).width;
      });
    }

    // marks: times of changes and of faults.
    show(columns, marks, data) {
      const { spec } = this;
      this.marks = marks;
      this.limits = spec.limits && data ? spec.limits(data) : [];
      this.data = [columns.elapsed, ...spec.series.map((s) => columns[s.key])];
      const told = spec.quiet === "zero" ? (value) => value > 0 : known;
      const any = this.data.slice(1).some((values) => values.some(told)) && columns.elapsed.length > 1;
      this.node.hidden = Boolean(spec.quiet) && !any;
      this.plot.hidden = !any;
      this.empty.hidden = any;
      if (any && !this.u) this.build();
      else if (any) this.u.setData(this.data);
      this.tell();
      this.tabulate();
    }

    // The last moment that is shown.
    newest() {
      const times = this.data[0], to = zoom.range()[1];
      let at = times.length - 1;
      while (at > 0 && times[at] > to) at--;
      return at;
    }

    tell() {
      if (!this.data) return;
      const at = this.at ?? this.newest();
      this.when.textContent = this.at === null ? "" : `at ${clock(this.data[0][at])}, ${zoom.timeOfDay(this.data[0][at])}`;
      this.spec.series.forEach((series, n) => {
        const value = at < 0 ? null : this.data[n + 1][at];
        this.values[n].textContent = known(value) ? short(value) + series.unit : "–";
      });
    }

    key(event) {
      if (!this.u) return;
      if (zoom.key(event)) {
        event.preventDefault();
        this.spoken.textContent = `From ${document.getElementById("range").textContent}`;
        return;
      }
      const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
      if (!step) return;
      event.preventDefault();
      const last = this.data[0].length - 1;
      const at = Math.max(0, Math.min(last, (this.at ?? this.newest()) + step));
      const time = this.data[0][at], [from, to] = zoom.range();
      if (time < from || time > to) zoom.choose(time < from ? time : time - (to - from), time < from ? time + (to - from) : time);
      this.u.setCursor({ left: this.u.valToPos(time, "x"), top: 20 });
      this.at = at;
      this.tell();
      this.spoken.textContent = `${clock(time)}: ` +
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
  };
})();
