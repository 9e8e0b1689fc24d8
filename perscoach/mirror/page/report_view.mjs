// The report on the screen: four numbers, the limbs over time, moments to look at again, files to take along.
import { clockText } from "./dom.mjs";
import { el } from "./elements.mjs";
import { colourOf } from "./palette.mjs";
import { columns } from "./report.mjs";
import { words as fixWords } from "./cues.mjs";

/** @param {import("./report.mjs").Report} report @param {import("./dom.mjs").Words} words @param {(at: number) => void} jump */
function strip(report, words, jump) {
  const cols = columns(report.stretches, report.limbs.length);
  const rows = report.limbs.map((limb, b) => {
    const cells = cols.map((col) => el("i", { class: `cell ${colourOf(col.limbs[b], report.own)}` }));
    const form = limb.form === null ? "–" : String(Math.round(limb.form * 100));
    const label = words.t("report.strip", { limb: words.t(`limb.${limb.name}`), form });
    const cellsOf = el("div", { class: "cells", role: "img", "aria-label": label }, ...cells);
    cellsOf.addEventListener("click", (/** @type {MouseEvent} */ event) => {
      const box = cellsOf.getBoundingClientRect();
      const col = cols[Math.min(cols.length - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * cols.length)))];
      if (col) jump(col.at);
    });
    return el("div", { class: "limb" }, el("span", { class: "name" }, words.t(`limb.${limb.name}`)), cellsOf, el("span", { class: "form", "aria-hidden": "true" }, form));
  });
  const legend = el("ul", { class: "legend" }, ...["green", "amber", ...(report.own ? ["red"] : []), "grey"].map((name) => el("li", {}, el("i", { class: `cell ${name}` }), words.t(`limb.${name}`))));
  return el("section", { class: "strip" }, el("h2", {}, words.t("report.limbs")), ...rows, el("div", { class: "below" }, legend, el("span", {}, words.t("report.time"))));
}

/** @param {string} name @param {string} value @param {string} note */
const fact = (name, value, note) => el("div", { class: "fact" }, el("span", { class: "label" }, name), el("strong", {}, value), el("small", {}, note));

/** @param {import("./report.mjs").Report} report @param {import("./dom.mjs").Words} words */
function facts(report, words) {
  const whole = (/** @type {number|null} */ v) => (v === null || !Number.isFinite(v) ? "–" : String(Math.round(v)));
  const late = report.late === null ? "" : report.late < 0.15 ? words.t("ontime") : words.t("report.late", { s: report.late });
  const unsteady = report.unsteady !== null && report.unsteady >= 0.1 ? `, ${words.t("report.unsteady", { s: report.unsteady })}` : "";
  return el("div", { class: "facts" },
    fact(words.t("form"), whole(report.form), ""),
    fact(words.t("timing"), whole(report.timing), [late + unsteady, pace(report, words)].filter(Boolean).join(", ")),
    fact(words.t("reps"), report.reps === null ? "–" : words.t("of", { a: report.reps, b: Math.max(report.trainerReps || 0, report.reps) }),
      report.attempts ? words.t("report.done", { full: report.reps, shallow: report.attempts }) : ""),
    fact(words.t("coverage"), `${whole(report.coverage)} %`, ""));
}

/** @param {import("./report.mjs").Report} report @param {import("./dom.mjs").Words} words */
function pace({ tempo }, words) {
  if (tempo === null || Math.abs(Math.log(tempo)) < 0.1) return "";
  return words.t(tempo < 1 ? "report.slow" : "report.fast");
}

/** What to work on first, in words with a number. @param {import("./report.mjs").Report} report @param {import("./dom.mjs").Words} words @param {Shared.Rules} rules */
function fixes(report, words, rules) {
  const said = report.fixes.map((one) => {
    const { key, values } = fixWords(one.name, one.amount, rules);
    return el("li", {}, el("span", { class: "label" }, words.t(`group.${one.group}`)), el("strong", {}, one.cue || words.t(key, values)));
  });
  return el("section", { class: "fixes" }, el("h2", {}, words.t("report.fix")), said.length ? el("ol", {}, ...said) : el("p", {}, words.t("report.fine")));
}

/** Every group that was judged. @param {import("./report.mjs").Report} report @param {import("./dom.mjs").Words} words */
function groups(report, words) {
  const rows = Object.entries(report.groups).filter(([, value]) => value !== null).map(([name, value]) =>
    el("li", {}, el("i", { class: `cell ${colourOf(Number(value) / 100, report.own)}` }), el("span", { class: "name" }, words.t(`group.${name}`)), el("strong", {}, String(Math.round(Number(value))))));
  return el("section", { class: "groups" }, el("h2", {}, words.t("report.groups")), el("ul", {}, ...rows));
}

/**
 * @param {import("./report.mjs").Report} report
 * @param {import("./dom.mjs").Words} words
 * @param {Shared.Rules} rules
 * @param {{jump: (stretch: import("./report.mjs").Stretch) => void, again: () => void, json: () => void, csv: () => void, landmarks: (() => void)|null, print: () => void}} acts
 * @param {HTMLElement} player the element that shows a moment again
 * @param {HTMLElement} own the client's own part
 * @returns {HTMLElement} the screen's content
 */
export function reportContent(report, words, rules, acts, player, own) {
  const button = (/** @type {string} */ key, /** @type {() => void} */ act, look = "") => el("button", { type: "button", class: look, click: act }, words.t(key));
  const near = (/** @type {number} */ at) => report.stretches.reduce((best, one) => (Math.abs(one.at - at) < Math.abs(best.at - at) ? one : best), report.stretches[0]);
  const list = (/** @type {'best'|'worst'} */ which) =>
    report[which].length > 0 && el("div", { class: `moments ${which}` }, el("h2", {}, words.t(`report.${which}`)), ...report[which].map((one) =>
      el("button", { type: "button", "data-at": one.at.toFixed(2), click: () => acts.jump(one) },
        el("span", { class: "when" }, `▶ ${clockText(one.from)}`), el("span", { class: "unseen" }, words.t("form")), el("strong", {}, String(Math.round(one.form))))));
  const seen = report.stretches.length > 0;
  return el("div", { class: "inside" },
    el("header", {}, el("h1", { tabindex: -1 }, words.t("report.title")), el("div", { class: "actions" }, button("report.again", acts.again, "main"), seen && button("report.json", acts.json), seen && button("report.csv", acts.csv), seen && button("report.print", acts.print), acts.landmarks && button("report.landmarks", acts.landmarks))),
    facts(report, words),
    !seen && el("p", { class: "note" }, words.t("report.none")),
    seen && el("div", { class: "judged" }, fixes(report, words, rules), groups(report, words)),
    seen && el("div", { class: "again" }, player, el("div", { class: "lists" }, list("best"), list("worst"))),
    seen && strip(report, words, (at) => acts.jump(near(at))),
    own,
    el("p", { class: "note" }, `${words.t("report.local")} ${words.t("report.estimate")}`));
}
