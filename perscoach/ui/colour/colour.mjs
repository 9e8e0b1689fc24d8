// The Colour step: wires the picture, the controls and the server together.

import { Presets, Slider, backdrops } from "./controls.mjs";
import { el, speaker } from "./dom.mjs";
import { Latest, download, unpack } from "./feed.mjs";
import { Stage } from "./stage.mjs";

const SHEETS = ["colour.css", "player.css", "instruments.css", "habits.css", "looks.css", "advice.css"];

/** Called by the component: `element` is its place, `props` carry the token, `server` its functions. */
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
  constructor(root, setup, server) {
    Object.assign(this, { root, setup, server, token: "", clip: null, index: 0, backdrop: "room", middle: { x: 0.5, y: 0.5 } });
    this.t = speaker(setup.texts);
    this.neutral = Object.fromEntries(setup.parameters.map((p) => [p.name, p.neutral]));
    this.room = this.person = null;
    this.build();
    const lost = () => this.say(this.t("colour_lost"), true);
    this.jobs = new Latest((token) => server.job({ token }), (answer, token) => this.opened(answer, token), lost);
    this.frames = new Latest((ask) => server.frame(ask), (answer, ask, stale) => this.gotFrame(answer, ask, stale), lost);
    this.people = new Latest((ask) => server.cutout(ask), (answer, ask, stale) => this.gotPerson(answer, ask, stale), lost);
    this.saves = new Latest((ask) => server.save(ask), (answer, ask, stale) => this.saved(answer, ask, stale),
      () => this.mark("colour_unsaved", true), { gap: 100 });
    new ResizeObserver(() => this.resized()).observe(this.stage.element);
    window.addEventListener("resize", () => this.resized());
    window.addEventListener("perscoach:step", () => { this.person = null; this.findPerson(); }); // the matte may be another now
    if (typeof DecompressionStream === "undefined") this.say(this.t("colour_old_browser"), true);
  }

  build() {
    const { t, setup } = this;
    this.stage = new Stage(setup.maths, this.neutral, t, (middle) => { this.middle = middle; this.fetch(); });
    this.sliders = setup.parameters.map((parameter) => new Slider(parameter, t, () => this.changed()));
    this.presets = new Presets(setup.presets, t, {
      choose: (grade) => this.use(grade), save: (name) => this.savePreset(name), load: (file) => this.loadPreset(file) });
    this.status = el("p", { class: "pcc-status", role: "status" });
    this.state = el("span", { class: "pcc-state", role: "status" });
    this.time = el("output", { class: "pcc-time", for: "pcc-frame" });
    this.frame = el("input", { type: "range", id: "pcc-frame", min: "0", max: "0", step: "1",
      input: () => { this.index = Number(this.frame.value); this.showTime(); this.fetch(); } });
    const left = el("div", { class: "pcc-look" }, this.stage.element, this.status,
      el("div", { class: "pcc-frame" }, el("label", { for: "pcc-frame" }, t("colour_frame")), this.frame, this.time),
      this.compareBar());
    const right = el("div", { class: "pcc-controls" }, this.presets.element, ...this.sliders.map((s) => s.element),
      el("div", { class: "pcc-row" }, el("button", { type: "button", class: "pcc-all", click: () => this.resetAll() },
        t("colour_reset_all")), this.state),
      el("h3", {}, t("colour_backdrop")), backdrops(t, (name, colour) => this.choose(name, colour)),
      el("h3", {}, t("colour_files")), this.presets.keep,
      el("div", { class: "pcc-buttons" }, el("button", { type: "button", title: t("colour_cube_help"),
        click: () => this.saveCube() }, t("colour_cube"))));
    this.desk = el("div", { class: "pcc-desk", hidden: true }, left, right);
    this.empty = el("p", { class: "pcc-empty" }, t("colour_waiting"));
    this.root.replaceChildren(this.empty, this.desk);
  }

  compareBar() {
    const { t } = this;
    const hold = (on) => { this.holding = on; before.setAttribute("aria-pressed", String(on)); this.compare(); };
    const before = el("button", { type: "button", "aria-pressed": "false",
      pointerdown: () => hold(true), pointerup: () => hold(false), pointerleave: () => hold(false), pointercancel: () => hold(false),
      blur: () => hold(false),
      click: (event) => { if (event.detail === 0) hold(!this.holding); } }, // the keyboard and screen readers
      t("colour_hold_before"));
    const wipe = el("button", { type: "button", "aria-pressed": "false",
      click: () => { this.wiping = !this.wiping; wipe.setAttribute("aria-pressed", String(this.wiping)); this.compare(); } },
      t("colour_wipe"));
    const zoom = ["fit", "pixels"].map((mode) => el("button", { type: "button", "aria-pressed": String(mode === "fit"),
      title: mode === "pixels" ? t("colour_pixels_help") : "", click: () => this.zoom(mode) }, t(`colour_${mode}`)));
    this.zooms = zoom;
    return el("div", { class: "pcc-bar" }, before, wipe, el("span", { class: "pcc-gap" }), ...zoom);
  }

  // the job ------------------------------------------------------------------------------------------------------------

  open(token, clip) {
    const name = token && clip ? `${token} ${clip}` : "";
    if (name === this.name) return;
    this.name = name;
    this.token = name ? token : "";
    for (const queue of [this.frames, this.people, this.saves]) queue.drop();
    this.clip = this.room = this.person = null;
    this.desk.hidden = true;
    this.empty.hidden = false;
    if (name) this.jobs.ask(token);
  }

  opened(answer, token) {
    if (token !== this.token) return;
    if (answer.error || !answer.clip) {
      this.empty.textContent = answer.error ? this.t.pair(answer.error) : this.t("colour_waiting");
      return;
    }
    this.empty.textContent = this.t("colour_waiting");
    this.clip = answer.clip;
    this.empty.hidden = true;
    this.desk.hidden = false;
    this.frame.max = String(this.clip.frames - 1);
    this.index = Math.floor((this.clip.frames - 1) / 2);
    this.frame.value = String(this.index);
    this.middle = { x: 0.5, y: 0.5 };
    for (const slider of this.sliders) slider.set(answer.grade[slider.parameter.name], false);
    this.presets.match(this.grade());
    this.mark("", false);
    this.showTime();
    this.fetch();
  }

  grade() {
    return Object.fromEntries(this.sliders.map((slider) => [slider.parameter.name, slider.value]));
  }

  changed() {
    this.presets.match(this.grade());
    this.paint();
    this.store();
  }

  use(grade) {
    for (const slider of this.sliders) slider.set(grade[slider.parameter.name], false);
    this.changed();
  }

  resetAll() {
    this.use(Object.fromEntries(this.setup.parameters.map((p) => [p.name, p.default])));
  }

  store() {
    this.mark("colour_saving", false);
    this.saves.ask({ token: this.token, grade: this.grade() });
  }

  saved(answer, ask, stale) {
    if (stale || ask.token !== this.token) return;
    if (answer.error) this.mark("colour_unsaved", true, this.t.pair(answer.error));
    else this.mark("colour_saved", false);
  }

  mark(key, bad, why = "") {
    this.state.textContent = key ? `${this.t(key)}${why ? `: ${why}` : ""}` : "";
    this.state.classList.toggle("pcc-bad", bad);
  }

  say(sentence, bad = false) {
    this.status.textContent = sentence;
    this.status.classList.toggle("pcc-bad", bad);
  }

  // the picture --------------------------------------------------------------------------------------------------------

  fetch() {
    if (!this.clip || this.desk.offsetParent === null) return; // out of sight: the size is not known, and nobody looks
    const ask = this.asked();
    this.wanted = JSON.stringify(ask);
    if (!this.room) this.say(this.t("colour_loading"));
    this.frames.ask(ask);
  }

  asked() {
    return { token: this.token, index: this.index, view: { ...this.stage.view(), ...this.middle } };
  }

  async gotFrame(answer, ask) {
    if (ask.token !== this.token) return;
    if (answer.error) return this.say(this.t.pair(answer.error), true);
    this.room = await this.picture(answer, ask, null);
    this.say("");
    this.findPerson();
    this.paint();
  }

  async gotPerson(answer, ask) {
    if (ask.token !== this.token || this.backdrop === "room") return;
    if (answer.error) {
      this.failed = JSON.stringify(ask);
      return this.say(`${this.t("colour_room_instead")} ${this.t.pair(answer.error)}`, true);
    }
    this.person = await this.picture(answer, ask, 3);
    if (this.person.key === this.room?.key) this.say("");
    this.paint();
  }

  async picture(answer, ask, alphaAt) {
    const planes = await unpack(answer.planes, answer.width, answer.height);
    const size = answer.width * answer.height;
    return {
      key: JSON.stringify(ask), index: answer.index, width: answer.width, height: answer.height, part: answer.part, clip: this.clip,
      planes, alpha: alphaAt === null ? null : planes.subarray(alphaAt * size),
    };
  }

  /** The person is looked for once the frame has come to rest, so that scrubbing stays quick. */
  findPerson() {
    clearTimeout(this.resting);
    if (this.backdrop === "room" || !this.room || this.person?.key === this.room.key) return;
    this.say(this.t("colour_finding"));
    this.resting = setTimeout(() => {
      if (this.room && this.room.key === this.wanted) this.people.ask(JSON.parse(this.room.key));
    }, 200);
  }

  choose(name, colour) {
    this.backdrop = name;
    this.colour = colour;
    if (name === "room") this.say("");
    this.findPerson();
    this.paint();
  }

  paint() {
    if (this.painting) return;
    this.painting = requestAnimationFrame(() => {
      this.painting = 0;
      if (!this.room) return;
      const cut = this.backdrop !== "room" && this.person?.key === this.room.key;
      const grade = this.grade();
      this.stage.backdrop(cut ? this.backdrop : "room", this.colour);
      this.stage.show(cut ? this.person : this.room, grade);
      this.root.dataset.frame = String(this.room.index); // what is on the screen, for tests and other scripts
      this.root.dataset.grade = Object.values(grade).join(" ");
      this.root.dispatchEvent(new CustomEvent("perscoach:painted", { bubbles: true, detail: { grade, index: this.room.index, cut } }));
    });
  }

  compare() {
    this.stage.compare(this.holding ? "before" : this.wiping ? "wipe" : "off");
  }

  zoom(mode) {
    this.stage.mode = mode;
    this.stage.element.dataset.mode = mode;
    this.stage.paper.tabIndex = mode === "pixels" ? 0 : -1;
    this.zooms.forEach((button, i) => button.setAttribute("aria-pressed", String((i === 1) === (mode === "pixels"))));
    this.fetch();
  }

  resized() {
    if (!this.clip || this.desk.offsetParent === null) return;
    this.stage.fit();
    clearTimeout(this.resizing);
    this.resizing = setTimeout(() => {
      if (this.wanted !== JSON.stringify(this.asked())) this.fetch();
    }, this.room ? 300 : 0);
  }

  showTime() {
    const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
    const time = (this.index / this.clip.fps).toLocaleString(this.t.language, digits);
    this.time.textContent = this.t("colour_frame_of", { index: this.index + 1, frames: this.clip.frames, time });
    this.frame.setAttribute("aria-valuetext", this.time.textContent);
  }

  // files --------------------------------------------------------------------------------------------------------------

  async ask(call, then) {
    try {
      const answer = await call;
      if (answer?.error) this.say(this.t.pair(answer.error), true);
      else then(answer);
    } catch {
      this.say(this.t("colour_lost"), true);
    }
  }

  savePreset(name) {
    this.ask(this.server.preset_file({ token: this.token, name: name || this.t("colour_own"), grade: this.grade() }), (answer) =>
      download(answer.file, "application/json", JSON.stringify(answer.value, null, 2)));
  }

  async loadPreset(file) {
    if (file.size > 65536) return this.say(this.t("colour_preset_large"), true);
    const text = await file.text();
    this.ask(this.server.preset({ token: this.token, text }), (answer) => {
      const name = answer.name || file.name;
      this.presets.add(name, answer.grade);
      this.use(answer.grade);
      this.say(this.t("colour_preset_loaded", { name }));
    });
  }

  saveCube() {
    this.ask(this.server.cube({ token: this.token, name: this.presets.name.value || "perscoach V11", grade: this.grade() }), (answer) =>
      download(answer.file, "text/plain", answer.text));
  }
}
