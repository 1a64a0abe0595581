"use strict";
// The header, a few large figures, the mix and the balance of partitions, and what was changed while it ran.
(() => {
  const { el, number, short, clock, table, track } = paysim;
  const byId = (id) => document.getElementById(id);
  const several = (n, noun) => `${number(n)} ${noun}${n === 1 ? "" : "s"}`;
  const share = (part, whole) => (whole ? (100 * part) / whole : 0);
  const ms = (value) => (value === null || value === undefined ? "–" : `${short(value)} ms`);

  const header = (data) => {
    const { now, planned_s: planned } = data, run = data.run_id ? `run ${data.run_id}` : "";
    const parts = [["run", run], ["target", data.target ? `→ ${data.target}` : ""], ["configuration", data.configuration || ""]];
    byId("about").replaceChildren(...parts.filter(([, text]) => text).map(([id, text]) => el("span", { id }, text)));
    byId("state").textContent = byId("state").dataset.state = data.state;
    byId("clock").textContent = now ? time(now, planned) : "";
    const part = now && now.running && (planned ? now.elapsed / planned : now.planned ? ended(now.total) / now.planned : null);
    byId("progress").hidden = !part;
    if (part) byId("progress").value = Math.min(1, part);
    const links = document.querySelector("#links nav");
    if (links && links.childElementCount === 2) links.append(...data.tables.map(({ file, title }) =>
      el("a", { href: `payments/${file}` }, `${title} CSV`)));
  };

  const time = (now, planned) => {
    const at = clock(now.elapsed);
    if (!now.running) return at;
    const left = now.planned ? now.planned - ended(now.total) : null;
    if (planned) return `${at} of ${clock(planned)}, ${clock(Math.max(0, planned - now.elapsed))} left`;
    if (left === null) return at;
    return now.total.per_s > 0 ? `${at}, about ${clock(left / now.total.per_s)} left` : `${at}, ${number(left)} left`;
  };

  const ended = (flow) => flow.acked + flow.failed + flow.unknown;

  // kind: "ok", "bad" or nothing; a sign says the same as the colour.
  const tile = (id, term, value, small = "", kind = "") => {
    const sign = { bad: "✗ ", ok: "✓ " }[kind] || "";
    return el("div", kind ? { class: kind } : {}, el("dt", {}, term),
      el("dd", { id: `tile-${id}` }, ...(sign ? [el("i", { "aria-hidden": "true" }, sign)] : []), el("span", {}, value), el("small", {}, small)));
  };
  const group = (title, id, tiles) => el("section", { "aria-label": title, id }, el("h3", {}, title), el("dl", {}, ...tiles));

  const limits = (judgement) => Object.fromEntries((judgement ? judgement.thresholds : []).map((each) => [each.name, each]));
  const holds = ({ sign, limit }, value) => (sign === "≥" ? value >= limit : value <= limit);
  const against = (threshold, value) => (!threshold || value === null || value === undefined ? "" : holds(threshold, value) ? "ok" : "bad");
  const latency = (of, p, limit, kind) => {
    const name = `${p}_ms`, value = of ? of[p] : null;
    const small = limit[name] ? `limit ${ms(limit[name].limit)}` : kind;
    return [value, small, against(limit[name], value)];
  };

  // Figures of the last seconds; a rate counts as missed once the window lies wholly in the run.
  const present = (data, limit) => {
    const { now, window } = data, target = now.target_per_s, per_s = now.total.per_s;
    const kind = now.latency_ms.from_schedule ? "from schedule" : "response", of = now.latency_ms.from_schedule || now.latency_ms.response;
    const full = now.elapsed > 2 * window, least = limit.min_rate_share && target ? limit.min_rate_share.limit * target : null;
    const slow = full && ((least !== null && per_s < least) || (limit.min_rate && per_s < limit.min_rate.limit));
    const faults = now.faults.failed + now.faults.unknown;
    return group(`Now: the last ${number(window)} s`, "now", [
      tile("rate", "Transactions/s", short(per_s), target === null ? "no rate is set" : `of ${short(target)} asked`, slow ? "bad" : ""),
      ...["p95", "p99"].map((p) => {
        const [value, small, state] = latency(of, p, limit, kind);
        return tile(`now-${p}`, `${p} latency`, ms(value), small, state);
      }),
      tile("faults", "Failed or unknown/s", short(faults), "", faults ? "bad" : ""),
    ]);
  };

  const whole = (data, limit) => {
    const { now, since, ended } = data, { total } = now, summary = ended && ended.summary;
    const counts = summary ? summary.transactions : total, kinds = summary ? summary.latency_ms : now.run_ms;
    const rate = summary ? summary.rate.achieved_per_s : now.elapsed > since ? total.acked / (now.elapsed - since) : 0;
    const asked = summary ? summary.rate.target_per_s : now.target_per_s;
    const missed = ["min_rate_share", "min_rate"].some((name) => limit[name] && limit[name].state === "missed");
    const kind = kinds.from_schedule ? "from schedule" : "response", of = kinds.from_schedule || kinds.response;
    const late = summary ? summary.rate.late : now.late;
    const title = summary ? `Whole run: ${number(summary.duration_s, 1)} s` : since ? `Since the reset at ${clock(since)}` : `Whole run so far: ${clock(now.elapsed)}`;
    return group(title, "whole", [
      tile("acked", "Acknowledged", number(counts.acked), now.planned ? `of ${number(now.planned)} to send` : ""),
      tile("mean", "Mean rate", `${short(rate)}/s`, asked === null ? "no rate is set" : summary ? `of ${short(asked)}/s asked` : `${short(asked)}/s asked now`, missed ? "bad" : ""),
      ...["p95", "p99"].map((p) => {
        const [value, small, state] = latency(of, p, limit, kind);
        return tile(p, `${p} latency`, ms(value), small, state);
      }),
      tile("failed", "Failed", number(counts.failed), "", counts.failed ? "bad" : ""),
      tile("unknown", "Unknown", number(counts.unknown), "", counts.unknown ? "bad" : ""),
      ...(asked === null ? [] : [tile("late", "Began late", number(late), "by more than 100 ms")]),
    ]);
  };

  // The rest in one line: what is not what a run is judged by.
  const more = ({ now, tiles: counters, ended }) => {
    const { hub, total } = now, workers = now.senders.length;
    const summary = ended && ended.summary, mb = summary ? summary.rate.mb_per_s : total.mb_per_s;
    const units = summary ? summary.rate.throughput_units_needed : now.throughput_units;
    const states = Object.entries(hub.states).map(([name, n]) => `${number(n)} ${name}`).join(", ");
    const parts = [
      ["mb", `${number(mb, 2)} MB/s`, ` needs ${several(units, "throughput unit")}`],
      ...counters.map(({ key, title, bad }) => [key, number(hub[key]), ` ${title.toLowerCase()}`, bad && hub[key] > 0]),
      ["connections", number(hub.connections), ` connections${states ? ` (${states}${now.running ? " now" : " at the end"})` : ""}`],
      ...(now.running ? [["users", number(now.users), ` users${workers > 1 ? `, ${workers} workers` : ""}`]] : []),
    ];
    return el("p", { class: "more" }, ...parts.map(([id, value, words, bad]) =>
      el("span", { id: `tile-${id}`, ...(bad ? { class: "bad" } : {}) }, el("span", {}, value), words)));
  };

  const tiles = (data) => {
    const limit = limits(data.judgement), live = data.now.running && !data.ended;
    byId("tiles").replaceChildren(...(live ? [present(data, limit)] : []), whole(data, limit), more(data));
  };

  const mix = (now, configured) => {
    const names = [...new Set([...Object.keys(configured), ...Object.keys(now.methods)])];
    const all = Object.values(now.begun).reduce((sum, count) => sum + count, 0);
    const rows = names.map((name) => {
      const sent = share(now.begun[name] || 0, all);
      return [name, 100 * (configured[name] || 0), sent];
    });
    document.querySelector("#mix-title small").textContent = `of all so far${now.follow_ups ? " that follows nothing" : ""}`;
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

  // A change may be of several options: one mark in the charts, one item of the list.
  const grouped = (changes) => {
    const found = new Map();
    for (const { elapsed, change } of changes) found.set(elapsed, [...(found.get(elapsed) || []), change]);
    return [...found].map(([elapsed, lines]) => ({ elapsed, change: lines.join("; ") }));
  };

  const changes = (all) => {
    byId("changes-section").hidden = !all.length;
    byId("changes").replaceChildren(...all.map((each) => el("li", {}, `${clock(each.elapsed)} – ${each.change}`)));
  };

  const note = (data) => {
    const node = byId("note");
    if (data.refused && !data.ended) node.replaceChildren(el("strong", { class: "bad" }, "✗ What the form sent was refused, and nothing changed: "), data.refused);
    else if (!data.now) node.replaceChildren("No test has run yet. ", el("a", { href: "./" }, "Start one"), " in the start form.");
    node.hidden = Boolean(data.now) && (!data.refused || Boolean(data.ended));
  };

  paysim.figures = {
    show: (data) => {
      header(data);
      note(data);
      for (const node of document.querySelectorAll(".of-a-run")) node.hidden = !data.now;
      if (data.now) { tiles(data); mix(data.now, data.configured); partitions(data.now); }
      changes(grouped(data.reloads));
    },
    grouped,
  };
})();
