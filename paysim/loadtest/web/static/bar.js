"use strict";
// Says on Locust's page how the rate stands, that users do not change one that is set, and why an Edit was refused.
(() => {
  const text = document.querySelector("#paysim-bar span"), alert = document.querySelector("#paysim-bar strong");
  const short = (rate) => rate.toLocaleString("en", rate < 100 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 });
  const set = (node, words) => { if (node.textContent !== words) node.textContent = words; };
  const look = async () => {
    try {
      const { now, state, refused } = await (await fetch("./payments/data?after=1e12")).json();
      const rate = now && now.running ? `${short(now.total.per_s)} transactions/s` : "";
      const note = now && now.running && now.target_per_s !== null
        ? `${rate} of ${short(now.target_per_s)}; the rate is set, users change concurrency only` : rate;
      if (state) { set(text, note); set(alert, refused ? `Refused, nothing changed: ${refused}` : ""); }
    } catch { /* Locust's own page says when it is gone */ }
    setTimeout(look, 3000);
  };
  look();
})();
