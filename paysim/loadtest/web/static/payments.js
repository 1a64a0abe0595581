"use strict";
// Gets the figures, once a second while the page is looked at, or, in a report, from the page itself.
(() => {
  const PERIOD = 1000;
  const embedded = document.getElementById("paysim-data");
  let series = "", columns = null;

  const show = (data) => {
    const fresh = data.series !== series || !columns;
    if (fresh) columns = data.history;
    else for (const name of Object.keys(columns)) columns[name].push(...data.history[name]);
    series = data.series;
    paysim.figures.show(data);
    const reloads = paysim.figures.grouped(data.reloads).map((reload) => reload.elapsed);
    if (data.now) paysim.charts.show(columns, reloads, data.faults);
    paysim.hops.show(data, fresh, reloads);
  };

  const look = async () => {
    try {
      const last = columns && columns.elapsed.length ? columns.elapsed.at(-1) : -1;
      const response = await fetch(`payments/data?series=${series}&after=${last}&hops_after=${paysim.hops.last()}`);
      if (response.redirected) location.reload();
      if (response.ok) show(await response.json());
    } catch {
      document.getElementById("state").textContent = "no answer from Locust";
    }
    setTimeout(look, PERIOD);
  };

  if (embedded) {
    const data = JSON.parse(embedded.textContent);
    for (const link of document.querySelectorAll(".live")) link.remove();
    document.querySelector("h1").textContent = `Run ${data.run_id}`;
    document.getElementById("now-title").textContent = "At the end";
    show(data);
    paysim.figures.result(data.summary, data.remarks, data.missed_rate);
  } else look();
  paysim.themed(paysim.charts.repaint);
})();
