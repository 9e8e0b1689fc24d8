// The client's own part of the report: accept repetitions, keep sessions, their file, the weeks so far.
import { el } from "./elements.mjs";
import * as mine from "./mine.mjs";

const SVG = "http://www.w3.org/2000/svg";

/** @param {import("./flow.mjs").App} app @param {string} made @param {(name: string, text: string) => void} save */
export function ownPart(app, made, save) {
  const { words, report, live, data } = app;
  const element = el("section", { class: "mine" });
  const show = () => {
    const { accepted, sessions } = app.mine;
    const change = (/** @type {import("./mine.mjs").Mine} */ next) => {
      app.own(next);
      show();
    };
    const button = (/** @type {string} */ key, /** @type {() => void} */ act) => el("button", { type: "button", click: act }, words.t(key));
    const found = mine.acceptedOf(live.comparer.judge.reps, live.comparer.judge.accepted, data.rules.own);
    const kept = sessions.some((one) => one.made === made);
    const any = sessions.length > 0 || Object.keys(accepted).length > 0;
    element.replaceChildren(...[
      el("h2", {}, words.t("mine.title")),
      el("p", { class: "note" }, words.t(Object.keys(accepted).length ? "mine.judged" : "mine.first")),
      el("div", { class: "actions" },
        found && button("mine.accept", () => change({ ...app.mine, accepted: found })),
        report && report.form !== null && !kept && button("mine.keep", () => change(mine.withSession(app.mine, report, made))),
        any && button("mine.save", () => save("mine.json", mine.toFile(app.mine, data.name))),
        opener(words.t("mine.open"), (text) => {
          const read = mine.fromFile(text, data.name);
          if (read) change(read);
          else app.announcer.say(words.t("mine.wrong"), true);
          element.querySelector(".wrong")?.toggleAttribute("hidden", read !== null);
        }),
        any && button("mine.forget", () => change(mine.nothing()))),
      el("p", { class: "wrong", hidden: true, role: "alert" }, words.t("mine.wrong")),
      sessions.length > 0 && history(sessions, words),
    ].filter((part) => part instanceof Node));
  };
  show();
  return element;
}

/** A button that asks for a file. @param {string} label @param {(text: string) => void} read */
function opener(label, read) {
  const input = el("input", { type: "file", accept: ".json,application/json", hidden: true, change: async () => {
    const file = input.files?.[0];
    if (file && file.size <= mine.LIMITS.file) read(await file.text());
    else if (file) read("");
    input.value = "";
  } });
  return el("span", {}, input, el("button", { type: "button", click: () => input.click() }, label));
}

/** The form of every session as a line, and the last ones in words. @param {import("./mine.mjs").Session[]} sessions @param {import("./dom.mjs").Words} words */
function history(sessions, words) {
  const [width, height] = [600, 120];
  const times = sessions.map((one) => Date.parse(one.made));
  const span = Math.max(times[times.length - 1] - times[0], 1);
  const at = sessions.map((one, i) => [12 + ((times[i] - times[0]) / span) * (width - 24), height - 12 - (one.form / 100) * (height - 24)]);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", words.t("mine.history"));
  const line = document.createElementNS(SVG, "polyline");
  line.setAttribute("points", at.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" "));
  svg.append(line, ...at.map(([x, y]) => {
    const dot = document.createElementNS(SVG, "circle");
    for (const [name, value] of Object.entries({ cx: x, cy: y, r: 4 })) dot.setAttribute(name, String(value));
    return dot;
  }));
  const day = new Intl.DateTimeFormat(words.language, { dateStyle: "medium" });
  const rows = sessions.slice(-8).reverse().map((one) =>
    el("li", {}, el("span", {}, day.format(new Date(one.made))), el("strong", {}, String(one.form)),
      el("small", {}, one.reps === null ? "" : words.t("report.done", { full: one.reps, shallow: one.attempts ?? 0 }))));
  return el("div", { class: "history" }, el("h3", {}, words.t("mine.history")), svg, el("ul", {}, ...rows));
}
