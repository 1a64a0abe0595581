"use strict";
// What is not a chart over time: tiles, mix, partitions, reloads; and, in a report, thresholds, latencies and facts.
(() => {
  const { el, number, short, clock, table } = paysim;
  const byId = (id) => document.getElementById(id);
  const several = (n, noun) => `${number(n)} ${noun}${n === 1 ? "" : "s"}`;
  const share = (part, whole) => (whole ? (100 * part) / whole : 0);

  const track = (percent, wanted, most) => {
    const fill = el("div", { class: "fill" });
    fill.style.width = `${Math.min(100, (100 * percent) / most)}%`;
    const node = el("div", { class: "track" }, fill);
    if (wanted !== null) {
      const line = el("div", { class: "wanted" });
      line.style.left = `${Math.min(99, (100 * wanted) / most)}%`;
      node.append(line);
    }
    return node;
  };

  const tile = (id, term, value, small = "", bad = false) => {
    const dd = el("dd", { id: `tile-${id}`, ...(bad ? { class: "bad" } : {}) }, el("span", {}, value));
    if (small) dd.append(el("small", {}, small));
    return el("div", {}, el("dt", {}, term), dd);
  };

  const tiles = (now, counters, running) => {
    const { total, hub } = now, late = now.latency_ms.from_schedule || now.latency_ms.response;
    byId("tiles").replaceChildren(
      tile("rate", "Transactions/s", short(total.per_s), now.target_per_s === null ? "no rate is set" : `of ${short(now.target_per_s)} asked`),
      tile("acked", "Acknowledged", number(total.acked)),
      tile("failed", "Failed", number(total.failed), "", total.failed > 0),
      tile("unknown", "Unknown", number(total.unknown), "", total.unknown > 0),
      tile("mb", "MB/s", number(total.mb_per_s, 2), `needs ${now.throughput_units} TU`),
      tile("p99", "p99 latency", late ? `${short(late.p99)} ms` : "–", now.latency_ms.from_schedule ? "from schedule" : "response"),
      ...counters.map(({ key, title, bad }) => tile(key, title, number(hub[key]), "", bad && hub[key] > 0)),
      tile("connections", "Connections", number(hub.connections), Object.entries(hub.states).map(([name, n]) => `${n} ${name}`).join(", ")),
      ...(running ? [tile("users", "Users", number(now.users), now.senders.length > 1 ? `${now.senders.length} workers` : "")] : []));
  };

  const mix = (now, configured) => {
    const settled = (flow) => flow.acked + flow.failed + flow.unknown;
    const names = [...new Set([...Object.keys(configured), ...Object.keys(now.methods)])];
    const rows = names.map((name) => {
      const sent = share(now.methods[name] ? settled(now.methods[name]) : 0, settled(now.total));
      return [name, 100 * (configured[name] || 0), sent];
    });
    const most = Math.max(1, ...rows.flatMap(([, ...percents]) => percents));
    byId("mix").replaceChildren(table("Mix against configuration", ["Method", "Set", "Sent", ""], rows.map(([name, set, sent]) =>
      [name.replaceAll("_", " "), `${number(set, 1)} %`, `${number(sent, 1)} %`, track(sent, set, most)]), "bars"));
  };

  const partitions = (now) => {
    const entries = Object.entries(now.partitions).sort(([a], [b]) => a - b);
    const all = entries.reduce((sum, [, p]) => sum + p.events, 0);
    if (!all) {
      byId("partitions").replaceChildren(el("p", { class: "muted" }, "Not known yet, or not an event hub."));
      return;
    }
    const even = 100 / entries.length, most = Math.max(even, ...entries.map(([, p]) => share(p.events, all)));
    byId("partitions").replaceChildren(table("Partition balance", ["Partition", "Events", "Per s", "Share", ""], entries.map(([id, p]) =>
      [id, number(p.events), short(p.per_s), `${number(share(p.events, all), 1)} %`, track(share(p.events, all), even, most)]), "bars"));
  };

  // A reload may change several options: one mark in the charts, one item of the list.
  const grouped = (changes) => {
    const found = new Map();
    for (const { elapsed, change } of changes) found.set(elapsed, [...(found.get(elapsed) || []), change]);
    return [...found].map(([elapsed, lines]) => ({ elapsed, change: lines.join("; ") }));
  };

  const reloads = (all) => {
    const list = byId("reloads");
    list.classList.toggle("none", !all.length);
    list.replaceChildren(...(all.length ? all.map((r) => el("li", {}, `${clock(r.elapsed)} – ${r.change}`)) : [el("li", {}, "None in this run.")]));
  };

  const signs = { held: ["✓", "ok"], missed: ["✗", "bad"], "not measured": ["–", "muted"] };

  // Thresholds as they stand, and the verdict once there is one. A report has its own.
  const judgement = (found) => {
    byId("judgement").hidden = !found || !found.run_id;
    if (!found || !found.run_id) return;
    const { verdict, aborted, thresholds, limit } = found, passed = verdict && verdict.outcome === "passed";
    const over = verdict && (passed ? "Passed" : `${verdict.outcome[0].toUpperCase()}${verdict.outcome.slice(1)}: ${verdict.reasons.join("; ")}`);
    const missed = thresholds.filter((each) => each.state === "missed").length;
    const soFar = missed ? `${several(missed, "threshold")} missed so far` : "nothing is missed so far";
    byId("verdict").className = passed ? "ok" : verdict || aborted || missed ? "bad" : "muted";
    byId("verdict").textContent = [over || aborted || soFar, limit && `Limit: ${limit}`].filter(Boolean).join(". ");
    byId("thresholds").replaceChildren(...thresholds.map(({ name, sign, limit, actual, state }) => {
      const [mark, kind] = signs[state];
      const value = actual === null ? "not measured" : `${short(actual)}, ${state}`;
      return el("li", { class: kind }, `${mark} ${name} ${sign} ${short(limit)}: ${value}`);
    }));
    const span = verdict ? "of the whole run" : `of the last ${number(found.seconds)} s`;
    byId("judgement-title").replaceChildren("Verdict ", el("small", {}, span));
  };

  const result = (summary, remarks, missedRate) => {
    const { transactions: t, rate, thresholds, verdict } = summary;
    const passed = verdict.outcome === "passed", outcome = verdict.outcome[0].toUpperCase() + verdict.outcome.slice(1);
    const missed = missedRate ? `, with ${missedRate}` : "";
    const why = passed ? "" : `: ${verdict.reasons.join("; ")}`;
    const first = el("p", {}, el("strong", { class: passed ? "ok" : "bad" }, `${outcome}, exit code ${verdict.exit_code}${missed}${why}. `),
      `${number(t.acked)} acknowledged, ${number(t.failed)} failed, ${number(t.unknown)} unknown in ${number(summary.duration_s, 1)} s: ` +
      `${short(rate.achieved_per_s)} transactions/s${rate.target_per_s === null ? "" : ` of ${short(rate.target_per_s)} asked`}, ` +
      `${number(rate.mb_per_s, 2)} MB/s, needs ${several(rate.throughput_units_needed, "throughput unit")}.`);
    byId("result").append(first);
    for (const [name, text] of Object.entries(remarks)) byId("result").append(el("p", {}, el("strong", {}, `${name}: `), text));
    const delivery = summary.delivery && Object.entries(summary.delivery).filter(([, value]) => typeof value === "number");
    if (delivery) byId("result").append(el("p", {}, "Delivery: " + delivery.map(([name, n]) => `${number(n)} ${name.replaceAll("_", " ")}`).join(", ") + "."));
    if (thresholds.length) byId("result").append(paysim.scrolling("Thresholds", table("Thresholds", ["Threshold", "Limit", "Actual", "Held"], thresholds.map((x) =>
      [x.name, String(x.limit), x.actual === null ? "not measured" : String(+x.actual.toPrecision(6)), el("span", { class: x.ok ? "ok" : "bad" }, x.ok ? "yes" : "no")]))));
    const kinds = Object.entries(summary.latency_ms).filter(([, values]) => values);
    const names = ["p50", "p90", "p95", "p99", "p999", "max"];
    byId("result").append(paysim.scrolling("Latency of the whole run", table("Latency of the whole run, milliseconds", ["Latency, ms", ...names],
      kinds.map(([kind, values]) => [kind.replaceAll("_", " "), ...names.map((name) => short(values[name]))]))));
    byId("result").hidden = false;
    const versions = Object.entries(summary.versions).map(([name, version]) => `${name} ${version}`).join(", ");
    byId("facts").append(el("p", {}, `Run ${summary.run_id}, started ${summary.started_at}, ${several(summary.users_max, "user")}, ` +
      `${summary.workers ? several(summary.workers, "worker") : "one process"}. ${versions}.`),
      el("details", {}, el("summary", {}, "Effective configuration, secrets masked"),
        el("pre", { tabindex: "0" }, JSON.stringify(summary.config, null, 2))));
    byId("facts").hidden = false;
  };

  paysim.figures = {
    show: (data) => {
      byId("target").textContent = data.target ? `→ ${data.target}` : "";
      byId("state").textContent = byId("state").dataset.state = data.state;
      byId("clock").textContent = data.now ? clock(data.now.elapsed) : "";
      const links = byId("tables");
      if (links && !links.childElementCount) links.append(...data.tables.map(({ file, title }) =>
        el("a", { href: `payments/${file}` }, `${title} CSV`)));
      const note = byId("note");
      note.textContent = !data.now ? "No test has run yet. Start one on Locust's page."
        : data.now.target_per_s !== null && data.state !== "ended" ? "The rate is set for the whole test: users change concurrency, not rate." : "";
      note.hidden = !note.textContent;
      for (const node of document.querySelectorAll(".of-a-run")) node.hidden = !data.now;
      if (data.now) { tiles(data.now, data.tiles, data.state !== "ended"); mix(data.now, data.configured); partitions(data.now); }
      reloads(grouped(data.reloads));
      judgement(data.judgement);
    },
    result,
    grouped,
  };
})();
