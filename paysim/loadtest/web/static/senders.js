"use strict";
// Processes that send, each with its connections folded away.
(() => {
  const { el, number, short, scrolling, table } = paysim;
  const byId = (id) => document.getElementById(id);
  const EXPLAINED = "A producer is one process that sends: a worker, or the only process there is. Its number stands in the id of " +
    "each of its transactions.";
  const open = new Set();

  const states = (each) => Object.entries(each.hub.states).map(([name, n]) => `${number(n)} ${name}`).join(", ");

  const connections = (sender, counters) => {
    const rows = sender.connections.map((each, n) => [`connection ${n}`, each.state, short(each.per_s), number(each.events),
      ...counters.map(({ key }) => number(each[key]))]);
    return scrolling(`Connections of producer ${sender.producer}`,
      table(`Connections of producer ${sender.producer}`, ["Connection", "Now", "Per s", "Events", ...counters.map(({ title }) => title)], rows));
  };

  const line = (sender, counters, running) => {
    const troubles = counters.filter(({ key, fault }) => fault && sender.hub[key]).map(({ key, title }) => `${number(sender.hub[key])} ${title.toLowerCase()}`);
    const said = [`${short(sender.flow.per_s)}/s`, `${number(sender.flow.acked)} acknowledged`,
      sender.silent ? "went silent" : `${number(sender.hub.connections)} connections: ${states(sender)} ${running ? "now" : "at the end"}`, ...troubles];
    return el("summary", {}, el("b", {}, `Producer ${sender.producer}`), sender.name ? ` (${sender.name})` : "", ": ",
      el("span", troubles.length || sender.silent ? { class: "bad" } : {}, said.join(", ")));
  };

  paysim.senders = {
    show: ({ now, counted: counters }) => {
      byId("senders-section").hidden = !now || !now.senders.length;
      if (!now) return;
      const focused = document.activeElement && document.activeElement.closest("#senders details");
      const nodes = now.senders.map((sender) => {
        const key = String(sender.producer), node = el("details", { "data-producer": key }, line(sender, counters, now.running));
        node.open = open.has(key);
        if (node.open) node.append(connections(sender, counters));
        node.addEventListener("toggle", () => {
          if (node.open === open.has(key)) return;
          if (node.open) open.add(key);
          else open.delete(key);
          if (node.open && node.childElementCount === 1) node.append(connections(sender, counters));
        });
        return node;
      });
      byId("senders").replaceChildren(el("p", { class: "muted" }, EXPLAINED), ...nodes);
      if (focused) byId("senders").querySelector(`[data-producer="${focused.dataset.producer}"] summary`)?.focus();
    },
  };
})();
