// The report on the screen: four numbers, the limbs over time, moments to look at again, files to take along.
import { clockText, h, s } from "./dom.mjs";
import { colourOf, LIMB } from "./palette.mjs";
import { columns } from "./report.mjs";

const CELL = { width: 14, height: 22, gap: 3 };

/** Patterns that say the state without its colour. */
function patterns() {
  const pattern = (/** @type {import("./palette.mjs").LimbColour} */ name, /** @type {string} */ d, /** @type {number} */ size) =>
    s("pattern", { id: `fill-${name}`, width: size, height: size, patternUnits: "userSpaceOnUse" },
      s("rect", { width: size, height: size, fill: LIMB[name].colour }), s("path", { d, stroke: "#0d1218", "stroke-width": 1.6, "stroke-opacity": 0.75, fill: "none" }));
  return s("defs", {}, pattern("green", "", 8), pattern("amber", "M-2 8 8 -2M2 12 12 2", 10), pattern("red", "M0 0 7 7M7 0 0 7", 7), pattern("grey", "M3 3h.1", 6));
}

/** @param {import("./report.mjs").Report} report @param {import("./dom.mjs").Words} words @param {(at: number) => void} jump */
function strip(report, words, jump) {
  const cols = columns(report.stretches, report.limbs.length);
  const width = Math.max(cols.length, 1) * CELL.width;
  const rows = report.limbs.map((limb, b) => {
    const cells = cols.map((col, i) => s("rect", { x: i * CELL.width, y: 0, width: CELL.width - 1, height: CELL.height, rx: 2, fill: `url(#fill-${colourOf(col.limbs[b])})` }));
    const form = limb.form === null ? "–" : String(Math.round(limb.form * 100));
    const label = words.t("report.strip", { limb: words.t(`limb.${limb.name}`), form });
    const picture = s("svg", { viewBox: `0 0 ${width} ${CELL.height}`, preserveAspectRatio: "none", role: "img", "aria-label": label }, patterns(), ...cells);
    picture.addEventListener("click", (/** @type {MouseEvent} */ event) => {
      const box = picture.getBoundingClientRect();
      const col = cols[Math.min(cols.length - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * cols.length)))];
      if (col) jump(col.at);
    });
    return h("div", { class: "limb" }, h("span", { class: "name" }, words.t(`limb.${limb.name}`)), picture, h("span", { class: "form" }, form));
  });
  const legend = h("ul", { class: "legend" }, ...["green", "amber", "red", "grey"].map((name) =>
    h("li", {}, s("svg", { viewBox: "0 0 22 14", "aria-hidden": "true" }, s("rect", { width: 22, height: 14, rx: 2, fill: `url(#fill-${name})` })), words.t(`limb.${name}`))));
  return h("section", { class: "strip" }, h("h2", {}, words.t("report.limbs")), ...rows, h("div", { class: "below" }, legend, h("span", {}, words.t("report.time"))));
}

/** @param {string} name @param {string} value @param {string} note */
const fact = (name, value, note) => h("div", { class: "fact" }, h("span", { class: "label" }, name), h("strong", {}, value), h("small", {}, note));

/** @param {import("./report.mjs").Report} report @param {import("./dom.mjs").Words} words */
function facts(report, words) {
  const whole = (/** @type {number|null} */ v) => (v === null || !Number.isFinite(v) ? "–" : String(Math.round(v)));
  const late = report.late === null ? "" : report.late < 0.15 ? words.t("ontime") : words.t("report.late", { s: words.n(report.late, 1) });
  const unsteady = report.unsteady !== null && report.unsteady >= 0.1 ? `, ${words.t("report.unsteady", { s: words.n(report.unsteady, 1) })}` : "";
  return h("div", { class: "facts" },
    fact(words.t("form"), whole(report.form), ""),
    fact(words.t("timing"), whole(report.timing), late + unsteady),
    fact(words.t("reps"), report.reps === null ? "–" : words.t("of", { a: report.reps, b: Math.max(report.trainerReps || 0, report.reps) }), ""),
    fact(words.t("coverage"), `${whole(report.coverage)} %`, ""));
}

/**
 * @param {import("./report.mjs").Report} report
 * @param {import("./dom.mjs").Words} words
 * @param {{jump: (stretch: import("./report.mjs").Stretch) => void, again: () => void, json: () => void, csv: () => void}} acts
 * @param {any} player the element that shows a moment again
 * @returns {any} the screen's content
 */
export function reportContent(report, words, acts, player) {
  const button = (/** @type {string} */ key, /** @type {() => void} */ act, look = "") => h("button", { type: "button", class: look, on: { click: act } }, words.t(key));
  const near = (/** @type {number} */ at) => report.stretches.reduce((best, one) => (Math.abs(one.at - at) < Math.abs(best.at - at) ? one : best), report.stretches[0]);
  const list = (/** @type {'best'|'worst'} */ which) =>
    report[which].length > 0 && h("div", { class: `moments ${which}` }, h("h2", {}, words.t(`report.${which}`)), ...report[which].map((one) =>
      h("button", { type: "button", "data-at": one.at.toFixed(2), "aria-label": words.t("report.moment", { time: clockText(one.at), form: Math.round(one.form) }), on: { click: () => acts.jump(one) } },
        h("span", { class: "when" }, `▶ ${clockText(Math.max(0, one.at - (one.stop - one.start)))}`), h("strong", {}, String(Math.round(one.form))))));
  const seen = report.stretches.length > 0;
  return h("div", { class: "inside" },
    h("header", {}, h("h1", { tabindex: -1 }, words.t("report.title")), h("div", { class: "actions" }, button("report.again", acts.again, "main"), seen && button("report.json", acts.json), seen && button("report.csv", acts.csv))),
    facts(report, words),
    !seen && h("p", { class: "note" }, words.t("report.none")),
    seen && h("div", { class: "again" }, player, h("div", { class: "lists" }, list("best"), list("worst"))),
    seen && strip(report, words, (at) => acts.jump(near(at))),
    h("p", { class: "note" }, `${words.t("report.local")} ${words.t("report.estimate")}`));
}

/** Gives a file to keep, made here. @param {string} name @param {string} type @param {string} content */
export function download(name, type, content) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
