// The page begins here: what lies beside it is loaded, then it is built.
import { Words } from "./dom.mjs";
import { el } from "./elements.mjs";
import { App } from "./flow.mjs";
import * as overlay from "./overlay.mjs";
import { chooseLanguage } from "./locale.mjs";
import { readTrack } from "./track.mjs";
import { faces } from "./trainer.mjs";

/** @param {string} url @returns {Promise<any>} */
async function json(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}

/**
 * What the client can choose; from, to: seconds of the trainer's video.
 * @typedef {{mode: 'follow'|'test'|'watch', speed: number, repeat: 'once'|'whole'|'section', from: number, to: number,
 *   view: 'side'|'over', figure: 'video'|'body'|'none', skeleton: boolean, wait: boolean, mirror: boolean, sound: boolean,
 *   written: boolean, spoken: boolean, 'trainer.sound': boolean, record: boolean, camera: string,
 *   language: import("./locale.mjs").Language}} Settings
 * @typedef {<K extends keyof Settings>(name: K, value: Settings[K]) => void} SetSetting
 */

/**
 * What is chosen at the start; the address may choose otherwise.
 * @param {URLSearchParams} asked @param {import("./track.mjs").Track} track @returns {Settings}
 */
function settingsOf(asked, track) {
  const mode = asked.get("mode");
  const mirror = asked.get("mirror");
  return {
    mode: mode === "test" || mode === "watch" ? mode : "follow", speed: 1, repeat: track.duration < 30 ? "whole" : "once", from: 0, to: track.duration,
    view: "side", figure: "video", skeleton: true, wait: false, mirror: mirror === null ? faces(track) : mirror === "1",
    sound: true, written: true, spoken: false, "trainer.sound": false, record: false, camera: "", language: chooseLanguage(asked.get("lang"), navigator.languages),
  };
}

/** @param {HTMLElement} root */
async function boot(root) {
  const asked = new URLSearchParams(location.search);
  const words = new Words(chooseLanguage(asked.get("lang"), navigator.languages));
  document.documentElement.lang = words.language;
  root.replaceChildren(el("p", { class: "loading", role: "status" }, words.t("loading")));
  try {
    const [rules, trackJson, bundle] = await Promise.all([json("rules.json"), json("bundle/mirror/track.json"), json("bundle/bundle.json").catch(() => ({}))]);
    const track = readTrack(trackJson, rules);
    const files = Object.keys(bundle.files || {});
    const { title } = files.includes("score.json") ? await json("bundle/score.json").catch(() => ({})) : { title: "" };
    const data = { track, rules, name: String(title || bundle.name || words.t("trainer")), files };
    const app = new App(root, data, settingsOf(asked, track), overlay);
    app.entered("loading");
    /** For tests and the curious: what the page knows. */
    Object.assign(globalThis, { mirror: app });
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    root.replaceChildren(el("div", { class: "loading", role: "alert" }, el("h1", {}, words.t("wrong")), el("p", {}, words.t("wrong.do", { what }))));
  }
}

boot(/** @type {HTMLElement} */ (document.getElementById("mirror")));
