// The Colour step: wires the picture, the controls and the server together.

import { Advice } from "./advice.mjs";
import { Slider, PresetFiles, backdrops } from "./controls.mjs";
import { Copying } from "./copying.mjs";
import { download, el } from "../web/elements.mjs";
import { speaker } from "../web/words.mjs";
import { Eyedropper } from "./eyedropper.mjs";
import { Latest, answerOf } from "./feed.mjs";
import { Gallery } from "./gallery.mjs";
import { Habits } from "./habits.mjs";
import { gradeOf } from "./history.mjs";
import { Instruments } from "./instruments.mjs";
import { Looks } from "./looks.mjs";
import { Opening } from "./opening.mjs";
import { Picture } from "./picture.mjs";

const SAVE_MS = 250;
const BESIDE = "(min-width: 1200px)"; // wide enough for the instruments beside the sliders, as in colour.css
const SHEETS = ["colour.css", "player.css", "instruments.css", "habits.css", "looks.css", "advice.css"];

/**
 * Called by the component.
 * @param {HTMLElement} element its place @param {{setup: Shared.Setup, token: string, clip: string}} props
 * @param {Colour.Server} server @param {(names: string[], changed: () => void) => void} watch
 */
export function start(element, props, server, watch) {
  for (const name of SHEETS) {
    const sheet = new URL(name, import.meta.url).href;
    if (!document.querySelector(`link[href="${sheet}"]`)) document.head.append(el("link", { rel: "stylesheet", href: sheet }));
  }
  const panel = new Panel(element.querySelector(".pc-colour") ?? element, props.setup, server);
  const follow = () => panel.open(props.token, props.clip);
  watch(["token", "clip"], follow);
  follow();
  return panel;
}

class Panel {
  /** @param {HTMLElement} root @param {Shared.Setup} setup @param {Colour.Server} server */
  constructor(root, setup, server) {
    this.root = root;
    this.setup = setup;
    this.server = server;
    this.token = "";
    this.name = ""; // of what is open: the token and the clip
    /** @type {Shared.Clip|null} */
    this.clip = null;
    this.unsaved = this.pressed = false;
    this.saving = 0;
    const t = this.t = speaker(setup.texts);
    const token = () => this.token;
    const get = () => this.choice();
    /** @type {Colour.Say} */
    const say = (sentence, bad) => this.say(sentence, bad);
    this.status = el("p", { class: "pcc-status", role: "status" });
    this.state = el("span", { class: "pcc-state", role: "status" });
    this.instruments = new Instruments(t, { onChange: () => { picture.wantPerson(); picture.measure(); },
      onMark: (on) => { picture.mark = on; picture.paint(); }, onInside: () => picture.measure() });
    const picture = this.picture = new Picture(setup, server, t, { say, scope: this.instruments,
      painted: (detail) => this.painted(detail), rested: () => this.thumbnails(),
      wiped: (on) => { if (!on) this.habits.compare(false); } });
    this.instruments.mark.hidden = picture.screen.kind !== "gl"; // only the program for graphics cards marks
    this.eyedropper = new Eyedropper(t, { read: (x, y, radius) => picture.pick(x, y, radius), onActive: (on) => { picture.stage.busy = on; } });
    this.eyedropper.attach(picture.stage.paper, (place) => picture.stage.at(place));
    this.sliders = /** @type {Record<keyof Shared.Grade, Slider>} */ (Object.fromEntries(setup.parameters.map((parameter) => [parameter.name, new Slider(parameter, t, (kind) => this.changed(kind))])));
    this.files = new PresetFiles(t, { save: (name) => this.savePreset(name), load: (file) => this.loadPreset(file) });
    this.gallery = new Gallery(t, setup.presets, { parameters: setup.parameters, say,
      thumbnail: (choice, size) => picture.thumbnail(choice, size), choose: (grade) => this.use(grade, "colour_preset") });
    this.habits = new Habits(t, { parameters: setup.parameters, get, apply: (choice) => this.apply(choice),
      compareWith: (choice, slot) => this.compareWith(choice, slot) }, this.root);
    this.habits.addShortcuts([{ keys: [t("colour_space")], text: t("colour_key_play") }, { keys: [",", "."], text: t("colour_key_frame") }]);
    this.looks = new Looks(t, { server, token, ready: (id, cube) => this.picture.addLook(id, cube), change: (_look, _dragging, kind) => this.changed(kind) });
    this.advice = new Advice(t, { server, token, get, apply: (grade, why) => this.use(grade, why) });
    this.copying = new Copying(t, { jobs: () => server.jobs({ token: this.token }),
      copy: (to) => server.copy({ token: this.token, to, ...this.choice() }) });
    this.opening = new Opening(t, { house: gradeOf(setup.parameters, (p) => p.default), use: (grade, kind) => this.use(grade, kind) });
    this.lookPart = section(t("colour_look"), false, this.looks.element);
    this.desk = this.layout();
    this.empty = el("p", { class: "pcc-empty" }, t("colour_waiting"));
    root.replaceChildren(this.empty, this.desk);
    this.jobs = new Latest((/** @type {string} */ open) => server.job({ token: open }), (answer, open) => this.opened(answer, open),
      () => this.say(t("colour_lost"), true));
    this.saves = new Latest((/** @type {{token: string} & Shared.Choice} */ ask) => server.save(ask), (answer, ask, stale) => this.saved(answer, ask, stale),
      () => this.mark("colour_unsaved", true), { gap: 100 });
    this.listen();
    if (typeof DecompressionStream === "undefined") this.say(t("colour_old_browser"), true);
  }

  layout() {
    const { t, picture } = this;
    const still = picture.screen.kind === "gl" ? null : el("p", { class: "pcc-note" }, t("colour_no_webgl"));
    const left = el("div", { class: "pcc-look" }, picture.stage.element, this.status, ...(still ? [still] : []), picture.player.element,
      picture.bar);
    const scopes = el("div", { class: "pcc-scopes" }, this.eyedropper.element, this.instruments.element);
    const beside = window.matchMedia(BESIDE);
    this.instruments.element.open = beside.matches;
    beside.addEventListener("change", () => { this.instruments.element.open ||= beside.matches; });
    const right = el("div", { class: "pcc-controls" }, this.opening.element, this.habits.element, this.gallery.element,
      ...this.setup.parameters.map(({ name }) => this.sliders[name].element),
      el("div", { class: "pcc-row" }, el("button", { type: "button", class: "pcc-all", click: () => this.resetAll() },
        t("colour_reset_all")), this.state),
      section(t("colour_advice"), true, this.advice.element),
      el("h3", {}, t("colour_backdrop")), backdrops(t, (name, colour) => picture.choose(name, colour)),
      this.lookPart,
      section(t("colour_files"), false, this.files.element, el("div", { class: "pcc-buttons" },
        el("button", { type: "button", title: t("colour_cube_help"), click: () => this.saveCube() }, t("colour_cube")),
        this.copying.element)));
    return el("div", { class: "pcc-desk", hidden: true }, left, right, scopes);
  }

  // the job ------------------------------------------------------------------------------------------------------------

  /** @param {string} token @param {string} clip what stands for its present state; empty where there is none */
  open(token, clip) {
    const name = token && clip ? `${token} ${clip}` : "";
    if (name === this.name) return;
    this.flush(); // of the job that is left
    Object.assign(this, { name, token: name ? token : "", clip: null });
    this.picture.open(this.token, null);
    this.desk.hidden = true;
    this.empty.hidden = false;
    if (name) this.jobs.ask(token);
  }

  /** @param {Colour.Answer<Shared.JobAnswer>} answer @param {string} token */
  opened(answer, token) {
    if (token !== this.token) return;
    this.empty.textContent = answer.error ? this.t.pair(answer.error) : this.t("colour_waiting");
    if (answer.error || !answer.clip) return;
    this.clip = answer.clip;
    this.empty.hidden = true;
    this.desk.hidden = false;
    for (const part of [this.eyedropper, this.instruments, this.advice]) part.clear();
    this.instruments.clip = answer.clip;
    const opening = answer.opening ?? null;
    for (const { name, default: house } of this.setup.parameters) this.sliders[name].home = opening?.grade[name] ?? house;
    this.opening.open(opening);
    this.put({ grade: answer.grade, look: answer.look ?? null });
    this.lookPart.open ||= Boolean(answer.look);
    this.habits.open(token, this.choice());
    this.mark("", false);
    this.picture.open(token, this.clip, answer.address);
  }

  /** The truth of the room: what the controls say. @returns {Shared.Choice} */
  choice() {
    const grade = gradeOf(this.setup.parameters, ({ name }) => this.sliders[name].value);
    return { grade, look: this.looks.look };
  }

  /** @param {Shared.Choice} choice */
  put({ grade, look }) {
    this.slide(grade);
    this.looks.set(look);
    this.show();
  }

  /** Another choice from undo, or the other version: shown and stored, and no new step. @param {Shared.Choice} choice */
  apply(choice) {
    this.put(choice);
    this.store();
  }

  /** Other numbers for the sliders: a preset, a suggestion. @param {Shared.Grade} grade @param {string} kind key of the text that names it */
  use(grade, kind) {
    this.slide(grade);
    this.changed(kind);
  }

  /** @param {Shared.Grade} grade */
  slide(grade) {
    for (const { name } of this.setup.parameters) this.sliders[name].set(grade[name]);
  }

  resetAll() {
    this.use(gradeOf(this.setup.parameters, ({ name }) => this.sliders[name].home), "colour_reset_all");
  }

  /** @param {string} kind */
  changed(kind) {
    this.show();
    this.habits.changed(kind);
    this.store();
  }

  show() {
    const choice = this.choice();
    this.gallery.match(choice.grade);
    this.opening.match(choice.grade);
    this.picture.right = choice;
    this.picture.paint();
    this.thumbnails();
  }

  /** Keep the choice with the job: when a drag is let go, a held key has come to rest; nothing is sent before that. */
  store() {
    this.mark("colour_saving", false);
    this.unsaved = true;
    clearTimeout(this.saving);
    if (!this.pressed) this.saving = window.setTimeout(() => this.flush(), SAVE_MS);
  }

  flush() {
    clearTimeout(this.saving);
    if (!this.unsaved || !this.clip) return;
    this.unsaved = false;
    this.saves.ask({ token: this.token, ...this.choice() });
  }

  /** What ends a drag or leaves the step stores at once. */
  listen() {
    const press = (/** @type {boolean} */ down) => () => {
      this.pressed = down;
      if (down) return;
      this.flush();
      this.thumbnails();
    };
    this.root.addEventListener("pointerdown", press(true));
    for (const name of ["pointerup", "pointercancel", "blur"]) window.addEventListener(name, press(false));
    window.addEventListener("pagehide", () => this.flush());
    window.addEventListener("perscoach:step", () => this.flush());
    document.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {Colour.Answer<Shared.Choice>} answer @param {{token: string}} ask @param {boolean} stale */
  saved(answer, ask, stale) {
    if (stale || ask.token !== this.token) return;
    if (answer.error) this.mark("colour_unsaved", true, this.t.pair(answer.error));
    else this.mark("colour_saved", false);
  }

  // words and keys -----------------------------------------------------------------------------------------------------

  /** @param {string} key @param {boolean} bad @param {string} [why] */
  mark(key, bad, why = "") {
    this.state.textContent = key ? `${this.t(key)}${why ? `: ${why}` : ""}` : "";
    this.state.classList.toggle("pcc-bad", bad);
  }

  /** @type {Colour.Say} */
  say(sentence, bad = false) {
    this.status.textContent = sentence;
    this.status.classList.toggle("pcc-bad", bad);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.clip || this.root.offsetParent === null || event.defaultPrevented) return;
    if (this.habits.key(event)) return;
    if (this.picture.player.key(event)) event.preventDefault();
  }

  // the picture --------------------------------------------------------------------------------------------------------

  /** @param {{index: number, cut: boolean, moving: boolean}} at */
  painted({ index, cut, moving }) {
    const { right } = this.picture;
    this.eyedropper.refresh();
    this.root.dataset.frame = String(index); // what is on the screen, for tests and other scripts
    this.root.dataset.grade = Object.values(right.grade).join(" ");
    this.root.dataset.live = String(moving); // more is to come: the clip plays, or the full picture follows
    this.root.dispatchEvent(new CustomEvent("perscoach:painted", { bubbles: true, detail: { ...right, index, cut, live: moving } }));
  }

  /** @param {Shared.Choice|null} choice @param {string} slot */
  compareWith(choice, slot) {
    const words = choice ? [slot, slot === "A" ? "B" : "A"] : [this.t("colour_before"), this.t("colour_after")];
    this.picture.compareWith(choice, words[0], words[1]);
  }

  /** The presets show the standing frame, with the look that is on it. */
  thumbnails() {
    const { picture } = this;
    this.gallery.hold(Boolean(picture.live) || this.pressed);
    const { subject } = picture;
    if (!picture.live && subject) this.gallery.refresh({ ...subject, look: this.looks.look });
  }

  // files --------------------------------------------------------------------------------------------------------------

  /** @template A @param {() => Promise<Colour.Answer<A>>} call @param {(answer: A) => void} then */
  async ask(call, then) {
    const answer = await answerOf(call, this.t("colour_lost"));
    if (answer.error) this.say(this.t.pair(answer.error), true);
    else then(answer);
  }

  /** @param {string} name */
  savePreset(name) {
    const { grade } = this.choice();
    this.ask(() => this.server.preset_file({ token: this.token, name: name || this.t("colour_own"), grade }), (answer) => {
      download(answer.file, "application/json", JSON.stringify(answer.value, null, 2));
      if (name) this.gallery.add(name, grade);
    });
  }

  /** @param {File} file */
  async loadPreset(file) {
    if (file.size > 65536) return this.say(this.t("colour_preset_large"), true);
    const text = await file.text();
    this.ask(() => this.server.preset({ token: this.token, text }), (answer) => {
      const name = answer.name || file.name;
      this.gallery.add(name, answer.grade);
      this.use(answer.grade, "colour_preset");
      this.say(this.t("colour_preset_loaded", { name }));
    });
  }

  saveCube() {
    this.ask(() => this.server.cube({ token: this.token, name: this.files.name.value || "perscoach V11", ...this.choice() }), (answer) =>
      download(answer.file, "text/plain", answer.text));
  }
}

/** A part that folds away. @param {string} title @param {boolean} open @param {HTMLElement[]} children */
const section = (title, open, ...children) => el("details", { class: "pcc-more", open }, el("summary", {}, title), ...children);
