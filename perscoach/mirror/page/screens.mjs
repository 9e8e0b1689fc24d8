// The screens before the session: the start with its choice, and what stands in the way of the camera.
import { fillCameras } from "./controls.mjs";
import { Choice, h, icon, putKey } from "./dom.mjs";

/** @typedef {{choose: (kind: string, more?: any) => void, set: (name: string, value: any) => void, retry: () => void, stop: () => void, report: () => void}} StartActs */

export class Welcome {
  /** @param {any} settings @param {StartActs} acts @param {string} name of the clip */
  constructor(settings, acts, name) {
    this.acts = acts;
    const big = (/** @type {string} */ key, /** @type {any} */ sign, /** @type {() => void} */ act, /** @type {string} */ look) =>
      h("button", { type: "button", class: `start ${look}`, on: { click: act } }, icon(sign), h("span", {}, h("strong", { t: key }), h("small", { t: `${key}.hint` })));
    this.file = h("input", { type: "file", accept: "video/*,.mp4,.webm,.mov,.json,application/json", class: "unseen", tabindex: -1, "aria-hidden": "true", on: { change: () => this.chosen() } });
    this.camera = h("select", { name: "camera-first", on: { change: () => acts.set("camera", this.camera.value) } });
    this.cameraRow = h("label", { class: "row", hidden: true }, h("span", { t: "camera" }), this.camera);
    this.mode = new Choice("first-mode", "mode", ["follow", "test"].map((value) => ({ value, t: `mode.${value}` })), settings.mode === "test" ? "test" : "follow", (value) => {
      acts.set("mode", value);
      this.show(value);
    });
    this.modeHint = h("p", { class: "note" });
    this.language = new Choice("first-language", "language", [{ value: "en", text: "English" }, { value: "ru", text: "Русский" }], settings.language, (value) => acts.set("language", value));
    // What sees the movement is large: it begins to load when a hand nears the button.
    const near = () => import("./source.mjs").then(({ preload }) => preload());
    this.heading = h("h1", { tabindex: -1 }, name);
    this.picture = h("div", { class: "picture" });
    this.element = h("section", { class: "welcome screen" }, h("div", { class: "preview", "aria-hidden": "true" }, this.picture),
      h("div", { class: "choices" }, h("header", {}, h("p", { class: "product", t: "title" }), this.heading, h("p", { class: "lead", t: "lead" })),
        h("p", { class: "privacy", t: "privacy" }),
        this.mode.element, this.modeHint,
        h("div", { class: "starts", on: { pointerenter: near, pointerdown: near } },
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
    const [file] = this.file.files;
    this.file.value = "";
    if (file) this.acts.choose(/\.json$/i.test(file.name) || file.type === "application/json" ? "recorded" : "video", { file });
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
    const button = (/** @type {string} */ key, /** @type {() => void} */ act, look = "") => h("button", { type: "button", class: look, t: key, on: { click: act } });
    this.title = h("h1", { tabindex: -1 });
    this.words = h("p", {});
    this.slow = h("p", { class: "slow", t: "ask.slow" });
    this.retry = button("retry", acts.retry, "main");
    this.report = button("report.show", acts.report);
    this.watch = button("start.watch", () => {
      acts.stop();
      acts.choose("watch");
    });
    this.back = button("back", acts.stop);
    this.element = h("section", { class: "gate screen" }, h("div", { class: "spinner", "aria-hidden": "true" }), this.title, this.words, this.slow,
      h("div", { class: "actions" }, this.retry, this.report, this.watch, this.back), h("p", { class: "privacy", t: "privacy" }));
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
