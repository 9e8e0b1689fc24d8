// The screens before the session: the start with its choice, and what stands in the way of the camera.
import { fillCameras } from "./controls.mjs";
import { Choice, icon, putKey } from "./dom.mjs";
import { el } from "./elements.mjs";

/** @typedef {{choose: (kind: import("./session.mjs").Kind, file?: File) => void, set: import("./app.mjs").SetSetting, retry: () => void, stop: () => void, report: () => void}} StartActs */

export class Welcome {
  /** @param {import("./app.mjs").Settings} settings @param {StartActs} acts @param {string} name of the clip */
  constructor(settings, acts, name) {
    this.acts = acts;
    const big = (/** @type {string} */ key, /** @type {Parameters<typeof icon>[0]} */ sign, /** @type {() => void} */ act, /** @type {string} */ look) =>
      el("button", { type: "button", class: `start ${look}`, click: act }, icon(sign), el("span", {}, el("strong", { "data-t": key }), el("small", { "data-t": `${key}.hint` })));
    this.file = el("input", { type: "file", accept: "video/*,.mp4,.webm,.mov,.json,application/json", class: "unseen", tabindex: -1, "aria-hidden": "true", change: () => this.chosen() });
    this.camera = el("select", { name: "camera-first", change: () => acts.set("camera", this.camera.value) });
    this.cameraRow = el("label", { class: "row", hidden: true }, el("span", { "data-t": "camera" }), this.camera);
    this.mode = new Choice("first-mode", "mode", ["follow", "test"].map((value) => ({ value, t: `mode.${value}` })), settings.mode === "test" ? "test" : "follow", (value) => {
      acts.set("mode", value === "test" ? "test" : "follow");
      this.show(value);
    });
    this.modeHint = el("p", { class: "note" });
    this.language = new Choice("first-language", "language", [{ value: "en", text: "English" }, { value: "ru", text: "Русский" }], settings.language, (value) => acts.set("language", value === "ru" ? "ru" : "en"));
    // What sees the movement is large: it begins to load when a hand nears the button.
    const near = () => import("./source.mjs").then(({ preload }) => preload());
    this.heading = el("h1", { tabindex: -1 }, name);
    this.picture = el("div", { class: "picture" });
    this.element = el("section", { class: "welcome screen" }, el("div", { class: "preview", "aria-hidden": "true" }, this.picture),
      el("div", { class: "choices" }, el("header", {}, el("p", { class: "product", "data-t": "title" }), this.heading, el("p", { class: "lead", "data-t": "lead" })),
        el("p", { class: "privacy", "data-t": "privacy" }),
        this.mode.element, this.modeHint,
        el("div", { class: "starts", pointerenter: near, pointerdown: near },
          big("start.camera", "camera", () => acts.choose("webcam"), "main"), this.cameraRow,
          big("start.file", "file", () => this.file.click(), ""), this.file,
          big("start.watch", "eye", () => acts.choose("watch"), "")),
        this.language.element));
  }

  /** @param {string} mode */
  show(mode) {
    this.modeHint.dataset.t = `mode.${mode === "test" ? "test" : "follow"}.hint`;
    this.mode.set(mode === "test" ? "test" : "follow");
  }

  chosen() {
    const [file] = this.file.files ?? [];
    this.file.value = "";
    if (file) this.acts.choose(/\.json$/i.test(file.name) || file.type === "application/json" ? "recorded" : "video", file);
  }

  /** @param {{deviceId: string, label: string}[]} cameras @param {string} chosen @param {import("./dom.mjs").Words} words */
  setCameras(cameras, chosen, words) {
    fillCameras(this.camera, cameras, chosen, words);
    this.cameraRow.hidden = cameras.length < 2;
  }
}

const CODES = ["denied", "none", "busy", "insecure", "timeout", "model", "unsupported", "file", "lost"];

/** Waiting for the camera, or what to do where it does not come. */
export class Gate {
  /** @param {StartActs} acts */
  constructor(acts) {
    const button = (/** @type {string} */ key, /** @type {() => void} */ act, look = "") => el("button", { type: "button", class: look, "data-t": key, click: act });
    this.title = el("h1", { tabindex: -1 });
    this.words = el("p", {});
    this.slow = el("p", { class: "slow", "data-t": "ask.slow" });
    this.retry = button("retry", acts.retry, "main");
    this.report = button("report.show", acts.report);
    this.watch = button("start.watch", () => {
      acts.stop();
      acts.choose("watch");
    });
    this.back = button("back", acts.stop);
    this.element = el("section", { class: "gate screen" }, el("div", { class: "spinner", "aria-hidden": "true" }), this.title, this.words, this.slow,
      el("div", { class: "actions" }, this.retry, this.report, this.watch, this.back), el("p", { class: "privacy", "data-t": "privacy" }));
  }

  /** @param {import("./session.mjs").State} state @param {string} opening what the source is doing @param {import("./dom.mjs").Words} words */
  show(state, opening, words) {
    const refused = state.name === "refused";
    const code = CODES.includes(state.code || "") ? state.code : "unknown";
    const asking = state.kind === "webcam" && !["model", "warming"].includes(opening);
    putKey(this.title, words, refused ? `no.${code}` : asking ? "ask.title" : opening === "model" ? "ask.model" : opening === "warming" ? "ask.warming" : "ask.file");
    putKey(this.words, words, refused ? `no.${code}.do` : asking ? "ask.text" : "privacy");
    this.words.hidden = !refused && !asking;
    this.slow.hidden = !(state.name === "asking" && state.slow && asking);
    this.element.toggleAttribute("data-refused", refused);
    this.retry.hidden = !(refused || (state.slow && asking));
    this.report.hidden = !(refused && state.begun);
    this.watch.hidden = !refused;
  }
}
