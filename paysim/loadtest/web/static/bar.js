"use strict";
// Says on Locust's page how the rate stands, and that users do not change one that is set.
(() => {
  const text = document.querySelector("#paysim-bar span");
  const look = async () => {
    try {
      const { now, state } = await (await fetch("./payments/data?after=1e12")).json();
      const rate = now && now.running ? `${Math.round(now.total.per_s).toLocaleString("en")} transactions/s` : "";
      const note = now && now.running && now.target_per_s !== null
        ? `${rate} of ${now.target_per_s.toLocaleString("en")}; the rate is set, users change concurrency only` : rate;
      if (text.textContent !== note && state) text.textContent = note;
    } catch { /* Locust's own page says when it is gone */ }
    setTimeout(look, 3000);
  };
  look();
})();
