// The words of the moment in the session, and the report at its end.
import { download } from "./elements.mjs";
import { toCsv, toJson } from "./report.mjs";
import { ownPart } from "./mine_view.mjs";
import { reportContent } from "./report_view.mjs";

/** @typedef {import("./flow.mjs").App} App */

/** The large words over the pictures. @param {App} app */
export function showMoment(app) {
  const { state, words, stage } = app;
  const button = (/** @type {string} */ key, /** @type {() => void} */ act, main = false) => ({ key, act, main });
  const skip = button("skip", () => app.send("skip"));
  stage.guide.toggleAttribute("data-good", state.good !== null);
  const hint = state.hint && words.t(`hint.${state.hint}`);
  if (state.name === "framing") stage.say(hint || words.t(state.good ? "frame.good" : "frame.title"), "", [skip]);
  else if (state.name === "calibrating") stage.say(hint || words.t(state.good ? "hold.good" : "hold.title"), hint ? words.t("hold.title") : "", [skip]);
  else if (state.name === "countdown") stage.say(String(state.left), words.t("count.title"));
  else if (state.name === "paused") {
    const hidden = state.reason === "hidden";
    stage.say(words.t(hidden ? "paused.hidden" : "paused.user"), hidden && state.kind === "webcam" ? words.t("paused.hidden.camera") : "", [button("go", () => app.send("resume"), true), button("end", () => app.send("stop"))]);
  } else stage.say("");
  if (stage.big.textContent) app.announcer.say(stage.big.textContent, state.name !== "framing");
}

/** @param {App} app */
export function showReport(app) {
  const { report, words } = app;
  if (!report) return;
  const { file, live } = app;
  const recording = app.recorder?.frames.length ? app.recorder : null;
  app.player.open(live, { file, kind: app.state.kind, flip: app.stage.clientFlipped, ...(app.size || { width: 0, height: 0 }) });
  const name = app.data.name.replace(/[^\p{L}\p{N}_-]+/gu, "_").slice(0, 60);
  app.made ||= new Date().toISOString();
  const about = { made: app.made, trainer: app.data.name, mode: app.settings.mode, mirror: app.settings.mirror, speed: app.settings.speed, source: String(app.state.kind) };
  app.reportScreen.replaceChildren(reportContent(report, words, app.data.rules, {
    jump: (stretch) => app.player.jump(stretch), again: () => app.send("again"),
    json: () => download(`${name}_session.json`, "application/json", `${JSON.stringify(toJson(report, about), null, 1)}\n`),
    landmarks: recording && (() => download(`${name}_movement.json`, "application/json", JSON.stringify(recording))),
    csv: () => download(`${name}_session.csv`, "text/csv", toCsv(report)),
    print: () => window.print(),
  }, app.player.element, ownPart(app, app.made, (file, text) => download(`${name}_${file}`, "application/json", text))));
  const first = report.worst[0] || report.best[0];
  if (first) app.player.jump(first, false);
}

const SLOW = 5; // poses a second: below, a movement is seen in pieces

/** What to tell somebody whose device hardly follows. @param {App} app */
function tooSlow(app) {
  const rate = app.client.source?.stats().fps ?? 0;
  if (app.state.name !== "workout" || app.state.kind === "recorded" || rate === 0 || rate >= SLOW) return "";
  return app.words.t("slow", { n: Math.round(rate) });
}

/** What stands under the pictures now. @param {App} app @param {number} time */
export function cueOf(app, time) {
  const { live, words, settings } = app;
  const cue = settings.written && app.state.name === "workout" ? live.cues.shown(time) : null;
  if (cue) return { cue, words: cue.text || words.t(cue.key, cue.values) };
  if (!live.waiting) return { cue: null, words: tooSlow(app), kind: "note" };
  return { cue: null, words: words.t(live.near ? "wait.near" : "wait.hold") + (live.longWait(time) ? " ⏎" : "") };
}
