"use strict";
// Gets the figures, once a second while the page is looked at, or, in a report, from the page itself.
(() => {
  const PERIOD = 1000;
  const embedded = document.getElementById("paysim-data");
  let series = "", columns = null, ended = null;

  const show = (data) => {
    const fresh = data.series !== series || !columns;
    if (fresh) columns = data.history;
    else for (const name of Object.keys(columns)) columns[name].push(...data.history[name]);
    series = data.series;
    data.ended = ended;
    paysim.verdict.show(data.judgement, data.thresholds, Boolean(data.now) && !data.now.running);
    paysim.figures.show(data);
    const changes = paysim.figures.grouped(data.reloads).map((reload) => reload.elapsed);
    if (data.now) paysim.charts.show(columns, changes, data);
    paysim.hops.show(data, fresh, changes);
    paysim.followUps.show(data);
    paysim.senders.show(data);
  };

  // What there is to say once a run is over; asked for once.
  const end = (found) => {
    ended = found;
    if (found) { paysim.result.show(found); paysim.verdict.after(found); }
    else { paysim.result.clear(); paysim.verdict.clear(); }
  };
  const ask = async ({ run_id: run, verdict }) => {
    const known = ended ? ended.summary.run_id : "";
    if (verdict && known !== run) end(await (await fetch("payments/result")).json());
    else if (!verdict && known) end(null);
  };

  const look = async () => {
    try {
      const last = columns && columns.elapsed.length ? columns.elapsed.at(-1) : -1;
      const response = await fetch(`payments/data?series=${series}&after=${last}&hops_after=${paysim.hops.last()}`);
      if (response.redirected) location.reload();
      if (response.ok) {
        const data = await response.json();
        await ask(data.judgement);
        show(data);
      }
    } catch {
      document.getElementById("state").textContent = "no answer from Locust";
    }
    setTimeout(look, PERIOD);
  };

  if (embedded) {
    const data = JSON.parse(embedded.textContent);
    for (const link of document.querySelectorAll(".live")) link.remove();
    document.querySelector("h1").textContent = `Run ${data.run_id}`;
    data.judgement = data.ended.judgement;
    end(data.ended);
    show(data);
  } else look();
  const wide = matchMedia("(min-width: 700px)"), links = document.getElementById("links");
  const unfold = () => { if (links) { links.open = wide.matches; links.classList.toggle("narrow", !wide.matches); } };
  wide.addEventListener("change", unfold);
  unfold();
  paysim.themed(paysim.charts.repaint);
})();
