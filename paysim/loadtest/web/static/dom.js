"use strict";
// Small helpers: elements, numbers, tables, the theme. Text is only ever set as text.
const paysim = {};

paysim.el = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
};

paysim.number = (value, digits = 0) =>
  value === null || value === undefined ? "–"
    : value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });

// Three significant digits, as far as a decimal point makes sense; a small number is not shown as none.
paysim.short = (value) =>
  value === null || value === undefined ? "–"
    : value > 0 && value < 1 ? value.toLocaleString("en", { maximumSignificantDigits: 3 })
      : paysim.number(value, Number.isInteger(value) || value >= 100 ? 0 : value >= 10 ? 1 : 2);

paysim.clock = (seconds) => {
  const all = Math.round(seconds), h = Math.floor(all / 3600), m = Math.floor(all / 60) % 60, s = all % 60;
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
};

// The first cell of each row is its heading. A cell is text or a node.
paysim.table = (caption, headings, rows, className = "") => {
  const { el } = paysim;
  const head = el("thead", {}, el("tr", {}, ...headings.map((text) => el("th", { scope: "col" }, text))));
  const body = el("tbody", {}, ...rows.map(([first, ...rest]) =>
    el("tr", {}, el("th", { scope: "row" }, first), ...rest.map((cell) =>
      el("td", cell instanceof Node && cell.className === "track" ? { class: "bar" } : {}, cell)))));
  return el("table", { class: className, "aria-label": caption }, head, body);
};

// A bar as long as its part of the most, with a line where it should end, or null.
paysim.track = (percent, wanted, most) => {
  const fill = paysim.el("div", { class: "fill" });
  fill.style.width = `${Math.min(100, (100 * percent) / most)}%`;
  const node = paysim.el("div", { class: "track" }, fill);
  if (wanted !== null) {
    const line = paysim.el("div", { class: "wanted" });
    line.style.left = `${Math.min(99, (100 * wanted) / most)}%`;
    node.append(line);
  }
  return node;
};

paysim.scrolling = (label, table) => paysim.el("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": label }, table);

paysim.themed = (changed) => {
  const root = document.documentElement, button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const store = { get: () => { try { return localStorage.getItem("paysim-theme"); } catch { return null; } },
    set: (value) => { try { localStorage.setItem("paysim-theme", value); } catch { /* a file has no storage everywhere */ } } };
  const show = (theme) => {
    root.dataset.theme = theme;
    button.textContent = theme === "dark" ? "Light" : "Dark";
    button.setAttribute("aria-label", `${button.textContent} theme`);
    changed();
  };
  const wanted = () => store.get() || (system.matches ? "dark" : "light");
  button.addEventListener("click", () => {
    const theme = root.dataset.theme === "dark" ? "light" : "dark";
    store.set(theme);
    show(theme);
  });
  system.addEventListener("change", () => show(wanted()));
  // Paper is white.
  let before = "";
  addEventListener("beforeprint", () => { before = root.dataset.theme; show("light"); });
  addEventListener("afterprint", () => show(before));
  show(wanted());
};
