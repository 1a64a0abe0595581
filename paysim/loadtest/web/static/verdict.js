"use strict";
// First what matters: whether the run passes, and each threshold with its figure, limit and span, by colour and sign.
(() => {
  const { el, number, short, clock } = paysim;
  const byId = (id) => document.getElementById(id);
  const STATES = { held: ["✓", "ok", "held"], missed: ["✗", "bad", "missed"], "not measured": ["…", "muted", "not measured"] };
  const capital = (text) => text[0].toUpperCase() + text.slice(1);
  const seconds = (n) => (n < 60 ? `${number(n, Number.isInteger(n) ? 0 : 1)} s` : clock(n));

  const percent = (share) => `${(100 * share).toLocaleString("en", { maximumSignificantDigits: 3 })} %`;
  // unit: as a threshold has it.
  const figure = (value, unit) =>
    value === null ? "not measured" : unit === "%" ? percent(value) : unit === "ms" ? `${short(value)} ms` : `${short(value)}${unit}`;

  // What figures of thresholds are of, in words.
  const span = (found, spans) => {
    const after = spans && spans.after ? `, without the first ${seconds(spans.after)}` : "";
    if (found.verdict) return `whole run${after}`;
    return spans && spans.window ? `last ${seconds(spans.window)}` : `the ${seconds(Math.round(found.seconds))} so far${after}`;
  };

  const standing = (found, over) => {
    const { verdict, aborted, thresholds } = found;
    const missed = thresholds.filter((each) => each.state === "missed").map((each) => each.name);
    if (verdict) {
      const { outcome } = verdict;
      return outcome === "passed" ? ["✓", "ok", "Passed"] : [outcome === "failed" ? "✗" : "■", "bad", capital(outcome)];
    }
    if (aborted) return ["✗", "bad", capital(aborted)];
    if (missed.length) return ["✗", "bad", `Missed so far: ${missed.join(", ")}`];
    if (over) return ["…", "open", "Over; what was sent is being read back and judged"];
    return ["…", "open", thresholds.some((each) => each.state === "held") ? "So far all is held" : "So far nothing is missed"];
  };

  const table = (found, spans) => {
    const said = span(found, spans);
    const rows = found.thresholds.map(({ name, sign, limit, actual, state, unit }) => {
      const [mark, kind, word] = STATES[state];
      return el("tr", { class: kind }, el("td", {}, el("span", { "aria-hidden": "true" }, mark), el("span", { class: "skip" }, word)),
        el("th", { scope: "row" }, name), el("td", {}, figure(actual, unit)),
        el("td", {}, `${sign} ${figure(limit, unit)}`), el("td", {}, said));
    });
    const head = ["", "Threshold", "Figure", "Limit", "Over"].map((text) => el("th", { scope: "col" }, text || el("span", { class: "skip" }, "State")));
    return el("table", { "aria-label": "Thresholds" }, el("caption", {}, `Over the ${said.replace(/^the /, "")}`), el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows));
  };

  let drawn = "";
  paysim.verdict = {
    figure,
    // found: the judgement; spans: window and warm-up of thresholds; over: whether nothing more is sent.
    show: (found, spans, over) => {
      byId("judgement").hidden = !found || !found.run_id;
      if (!found || !found.run_id) return;
      const signature = JSON.stringify([found, spans, over]);
      if (signature === drawn) return; // a reader's selection and focus stay
      drawn = signature;
      const [sign, kind, words] = standing(found, over), node = byId("verdict");
      const code = found.verdict ? el("small", {}, `exit code ${found.verdict.exit_code}`) : "";
      node.className = kind;
      node.replaceChildren(el("span", { "aria-hidden": "true", class: "sign" }, sign), " ", words, " ", code);
      const reasons = [...(found.verdict ? found.verdict.reasons : []), ...(found.limit ? [`Limit: ${found.limit}`] : [])];
      byId("reasons").hidden = !reasons.length;
      byId("reasons").replaceChildren(...reasons.map((text) => el("li", {}, text)));
      byId("thresholds").replaceChildren(found.thresholds.length
        ? paysim.scrolling("Thresholds", table(found, spans)) : el("p", { class: "muted" }, "No threshold is set."));
      document.title = `${sign} ${document.title.replace(/^[✓✗■…] /, "")}`;
    },
    // What to do next, and where the files are; of a run that is over.
    after: ({ remarks, missed_rate: missed, files }) => {
      byId("advice").hidden = !remarks.Next && !missed;
      byId("advice").replaceChildren(...(remarks.Next ? [el("strong", {}, "Next: "), remarks.Next] : []),
        ...(missed ? [remarks.Next ? " – " : "", missed] : []));
      if (!files) return; // a report
      byId("files").hidden = !files.length;
      byId("files").replaceChildren(...files.map(({ href, title }) => el("a", { href }, title)));
    },
    clear: () => { for (const id of ["advice", "files"]) byId(id).hidden = true; },
  };
})();
