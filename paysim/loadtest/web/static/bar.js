"use strict";
// On Locust's page: how the rate and the verdict stand, what the fields of the form mean, why an edit was refused, and
// numbers of paysim's tabs as people read them.
(() => {
  const bar = document.getElementById("paysim-bar"), said = bar.querySelector("span");
  const short = (rate) => rate.toLocaleString("en", rate < 100 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 });
  const set = (node, words) => { if (node.textContent !== words) node.textContent = words; };
  const SIGNS = { passed: "✓ passed", failed: "✗ failed", interrupted: "■ interrupted" };
  let known = { hints: {}, tabs: [] };

  const rate = ({ per_s: now, target_per_s: target, window }) => {
    if (now === null) return [];
    const made = `${short(now)} transactions/s over the last ${window} s`;
    return [target === null ? made : `${made}, of ${short(target)} asked (users change concurrency only)`];
  };
  const verdict = ({ per_s: now, missed, outcome }) =>
    outcome ? [SIGNS[outcome]] : now === null ? [] : [missed.length ? `✗ missed so far: ${missed.join(", ")}` : "… nothing is missed so far"];

  const look = async () => {
    try {
      const response = await fetch("./payments/bar");
      if (response.ok && !response.redirected) {
        known = await response.json();
        set(said, [...verdict(known), ...rate(known)].join(" · "));
        bar.classList.toggle("bad", !known.outcome ? known.missed.length > 0 : known.outcome !== "passed");
        extend();
      }
    } catch { /* Locust's own page says when it is gone */ }
    setTimeout(look, 3000);
  };

  // What is below a field belongs to the field: a hint of ours stands in Locust's own box of it.
  const hint = () => {
    for (const [name, words] of Object.entries(known.hints)) {
      for (const field of document.querySelectorAll(`[name="${name}"]`)) {
        const box = field.closest(".MuiFormControl-root"), id = `paysim-hint-${name}`;
        if (!box) continue;
        let node = box.querySelector(".paysim-hint");
        if (!node) {
          node = document.createElement("p");
          node.className = "paysim-hint";
          node.id = id;
          box.append(node);
        }
        set(node, words);
        if (field.getAttribute("aria-describedby") !== id) field.setAttribute("aria-describedby", id);
        if (name === "host" && !field.readOnly) field.readOnly = true;
      }
    }
  };

  // Locust sorts by what it was given, so numbers stay numbers there, and only what is shown has separators.
  const group = () => {
    const tab = document.querySelector("[role=tab][aria-selected=true]");
    const ours = Boolean(tab) && known.tabs.some((title) => title.toLowerCase() === tab.textContent.trim().toLowerCase());
    document.body.classList.toggle("paysim-tab", ours);
    if (!ours) return;
    for (const cell of document.querySelectorAll("table td:not(:first-child)")) {
      const text = cell.querySelector("*") ? null : cell.firstChild;
      if (text && /^\d{4,}(\.\d+)?$/.test(text.nodeValue)) text.nodeValue = Number(text.nodeValue).toLocaleString("en", { maximumFractionDigits: 3 });
    }
  };

  const extend = () => { hint(); group(); };
  let asked = false;
  new MutationObserver(() => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; extend(); });
  }).observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["aria-selected"] });

  // The dialog of a running test closes whatever the answer is; so what was refused is told over the page.
  const refuse = (message) => {
    document.getElementById("paysim-refused")?.remove();
    const box = document.createElement("div"), title = document.createElement("strong"), list = document.createElement("ul");
    const button = document.createElement("button");
    box.id = "paysim-refused";
    box.setAttribute("role", "alert");
    title.textContent = "✗ Refused, and nothing changed";
    list.append(...message.split("\n").map((line) => Object.assign(document.createElement("li"), { textContent: line })));
    button.type = "button";
    button.textContent = "Close";
    button.addEventListener("click", () => box.remove());
    box.append(title, list, button);
    document.body.append(box);
    button.focus();
  };

  const locusts = window.fetch;
  window.fetch = async (...asked) => {
    const url = String(asked[0] instanceof Request ? asked[0].url : asked[0]), edits = /\/swarm$/.test(url) && document.querySelector(".MuiModal-root");
    const response = await locusts.apply(window, asked);
    if (edits) response.clone().json().then((answer) => {
      if (answer.success) document.getElementById("paysim-refused")?.remove();
      else refuse(answer.message);
    }, () => {});
    return response;
  };
  look();
})();
