"use strict";
// What is behind the hub: the path of hops as a table, and over time the rate, latency and backlog of each, and lag.
(() => {
  const { el, number, short } = paysim;
  const byId = (id) => document.getElementById(id);
  const color = (n) => ["--c1", "--c2", "--c3", "--c5", "--c4"][n % 5];
  const line = (key, label, n, unit, dash = n >= 5) => ({ key, label, color: color(n), unit, dash });
  let columns = {}, charts = [], drawn = "";

  const names = (found) => ["acknowledged", ...(found.in_the_hub ? [found.in_the_hub.name] : []), ...found.stages.map((stage) => stage.name)];

  const specs = (found) => {
    const hops = names(found), stages = found.stages.map((stage) => stage.name), first = hops.length - stages.length;
    const lag = found.lag.flatMap((group) => Object.keys(group.partitions).map((partition) => [group.consumer_group, partition]));
    return [
      { title: "Rate by hop, transactions per second", series: hops.map((name, n) => line(`hop${n}_per_s`, name, n, "/s")) },
      { title: "Latency by hop, ms: intended time → there", series: hops.flatMap((name, n) => [
        line(`hop${n}_p95`, `${name} p95`, n, " ms", false), line(`hop${n}_p50`, `${name} p50`, n, " ms", true)]) },
      { title: "Not there yet by stage, transactions", series: stages.flatMap((name, n) => [
        line(`${name}_under_way`, `${name}: under way`, first + n, "", false), line(`${name}_missing`, `${name}: missing`, first + n, "", true)]) },
      { title: "Arrived by stage, transactions", series: stages.map((name, n) => line(`${name}_arrived`, name, first + n, "")) },
      ...(found.lag.length ? [{ title: "Lag by partition, events without a checkpoint", empty: "No checkpoint was seen yet.",
        series: lag.map(([group, partition], n) => line(`lag/${group}/${partition}`, `${group} ${partition}`, n, "")) }] : []),
    ];
  };

  // A row of a point may have keys that earlier ones had not, as partitions show with the first checkpoint.
  const add = (points) => {
    for (const point of points) {
      const length = (columns.elapsed || []).length;
      for (const key of Object.keys(point)) columns[key] ||= Array(length).fill(null);
      for (const [key, values] of Object.entries(columns)) values.push(point[key] ?? null);
    }
  };

  const row = (name, now, stage, latency) => [name, now ? short(now.per_s) : "–",
    ...(stage ? [number(stage.arrived), count(stage.missing), number(stage.under_way),
      stage.duplicates === null ? "not measured" : count(stage.duplicates), count(stage.misjudged)] : Array(5).fill("")),
    ...["p50", "p95", "p99"].map((p) => latency ? short(latency[p]) : "–")];
  const count = (n) => el("span", n ? { class: "bad" } : {}, number(n));

  // After the run, and where the watcher has told nothing for a while, nothing is known of now.
  const path = (found, target) => {
    const now = new Map(found.now.map((hop) => [hop.hop, hop])), known = now.size > 0;
    const hops = [...(found.in_the_hub ? [found.in_the_hub] : []), ...found.stages];
    const acknowledged = row("acknowledged", now.get("acknowledged"), null, found.acknowledged_ms);
    acknowledged[2] = number(found.acked);
    const asked = ["asked", target === null ? "–" : short(target), ...Array(8).fill("")];
    const rows = [...(known ? [asked] : []), acknowledged, ...hops.map((stage) => row(stage.name, now.get(stage.name), stage, stage.latency_ms))];
    const heads = ["Hop", "Per s", "Arrived", "Missing", "Under way", "Twice", "Misjudged", "p50, ms", "p95, ms", "p99, ms"];
    const shown = (cells) => cells.filter((_, at) => known || at !== 1);
    return paysim.table("Behind the hub", shown(heads), rows.map(shown));
  };

  const remarks = (found) => [
    ...(found.error ? [`Not measured: ${found.error}.`] : []),
    ...(found.not_measured ? [`${number(found.not_measured)} transactions were not measured: more were sent than could be kept.`] : []),
    ...found.stages.filter((stage) => stage.lost).map((stage) => `${stage.name} was not read to its end: ${stage.lost}.`),
    ...found.lag.map((group) => group.why ? `Lag of ${group.consumer_group} is not measured: ${group.why}.`
      : `Lag of ${group.consumer_group}: ${number(group.total)} events` +
        (group.slope_per_s === null ? "." : `, growing by ${short(group.slope_per_s)}/s over the last minute.`)),
  ];

  const draw = (found, changes) => {
    const wanted = specs(found), signature = JSON.stringify(wanted.map((spec) => spec.series.map((series) => series.key)));
    if (signature !== drawn) {
      charts = paysim.charts.replace(charts, wanted);
      byId("hop-charts").replaceChildren(...charts.map((chart) => chart.node));
      drawn = signature;
    }
    const length = columns.elapsed.length;
    for (const { series } of wanted) for (const { key } of series) columns[key] ||= Array(length).fill(null);
    for (const chart of charts) chart.show(columns, { changes, faults: [] });
  };

  paysim.hops = {
    // fresh: whether `data.hops` are all points, and not only those since the last.
    show: (data, fresh, changes) => {
      if (fresh) columns = {};
      add(data.hops);
      const found = data.now && data.now.pipeline;
      byId("behind").hidden = !found;
      byId("hop-charts").hidden = !found || !columns.elapsed || found.error !== null;
      if (!found) return;
      byId("behind-title").querySelector("small").textContent =
        `${found.now.length ? "rates of the last 3 s, " : ""}counts and latencies of the whole run`;
      byId("hops").replaceChildren(...(found.error ? [] : [paysim.scrolling("Behind the hub", path(found, data.now.target_per_s))]),
        ...remarks(found).map((text) => el("p", {}, text)));
      if (!byId("hop-charts").hidden) draw(found, changes);
    },
    last: () => (columns.elapsed && columns.elapsed.length ? columns.elapsed.at(-1) : -1),
  };
})();
