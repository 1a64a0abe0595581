"use strict";
// What follows payments, where anything does: how many of each type, and how many payments wait for theirs.
(() => {
  const { el, number, short, table, track } = paysim;
  const byId = (id) => document.getElementById(id);

  const more = (found, over) => {
    const bad = (count, words) => (count ? [[count, words, true]] : []);
    const parts = [
      [found.open, over ? " payments with something due after the end" : " payments open now", false],
      ...bad(found.open_of_silent, " of them of a process that went silent"),
      ...bad(found.thinned, " payments that nothing follows, for want of room"),
      ...bad(found.cut_off, " payments cut off by reloads"),
    ];
    return el("p", { class: "more" }, ...parts.map(([count, words, isBad]) =>
      el("span", isBad ? { class: "bad" } : {}, el("span", {}, number(count)), words)));
  };

  paysim.followUps = {
    show: ({ now, ended }) => {
      const found = (ended && ended.summary.follow_ups) || (now && now.follow_ups);
      byId("follow-ups-section").hidden = !found;
      if (!found) return;
      const entries = Object.entries(found.by_type).sort(([, a], [, b]) => b - a);
      const total = entries.reduce((sum, [, count]) => sum + count, 0), most = entries.length ? entries[0][1] : 1;
      const per_s = now && now.running && !ended ? now.follow_ups.per_s : null;
      const rows = entries.map(([type, count]) => [type.replaceAll("_", " "), number(count), ...(per_s ? [short(per_s[type])] : []),
        `${number(total ? (100 * count) / total : 0, 1)} %`, track(count, null, most)]);
      const head = ["Type", "Made", ...(per_s ? ["Per s"] : []), "Share", ""];
      byId("follow-ups").replaceChildren(
        rows.length ? table("What follows payments", head, rows, "bars") : el("p", { class: "muted" }, "Nothing was due yet."),
        more(found, !now.running || Boolean(ended)));
    },
  };
})();
