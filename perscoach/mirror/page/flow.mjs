// Turns what happens on the page into events of the session, and does what the session asks for.
import { actsOf } from "./acts.mjs";
import { Awake } from "./awake.mjs";
import { Client } from "./client.mjs";
import { TrainerClock } from "./clock.mjs";
import { Bar, Sheet } from "./controls.mjs";
import { Announcer, Words } from "./dom.mjs";
import { el } from "./elements.mjs";
import { Drawer } from "./draw.mjs";
import { pressed } from "./keys.mjs";
import { Live } from "./live.mjs";
import { cueOf, showMoment, showReport } from "./moment.mjs";
import { forget, keep as keepMine, load } from "./mine.mjs";
import { Player } from "./player.mjs";
import { keep } from "./landmarks.mjs";
import { Gate, Welcome } from "./screens.mjs";
import { advance, initial } from "./session.mjs";
import { Beeper, Speaker } from "./sound.mjs";
import { Stage } from "./stage.mjs";
import { faces, startOf } from "./trainer.mjs";
import { loadBody, trainerVideo } from "./figure.mjs";

const now = () => performance.now() / 1000;
/** Seconds the client may go on after the trainer's end: they follow a little late. */
const TAIL = 0.9;
const NUMBERS_EVERY = 0.25;

/** @type {Record<string, string>} */
const SCREENS = { welcome: "welcome", asking: "gate", refused: "gate", framing: "stage", calibrating: "stage", countdown: "stage", workout: "stage", paused: "stage", report: "report" };

export class App {
  /**
   * @param {HTMLElement} root
   * @param {{track: import("./track.mjs").Track, rules: Shared.Rules, name: string, files: string[]}} data
   * @param {import("./app.mjs").Settings} settings
   * @param {typeof import("./overlay.mjs")} overlay the drawing functions
   */
  constructor(root, data, settings, overlay) {
    const { track, rules, name, files } = data;
    this.root = root;
    this.data = data;
    this.settings = settings;
    this.words = new Words(settings.language);
    this.state = initial();
    /** @type {File|null} */
    this.file = null;
    this.opening = "";
    this.faces = faces(track);
    this.start = startOf(track);
    /** where the trainer is at rest: there the client takes up the starting pose */
    this.rest = track.plan.rest;
    /** @type {import("./report.mjs").Report|null} */
    this.report = null;
    /** @type {import("./landmarks.mjs").Recorder|null} the client's movement, where they asked for it */
    this.recorder = null;
    /** of the client's picture, kept for the report */
    this.size = { width: 0, height: 0 };
    this.made = ""; // when the report was
    this.shown = 0;
    this.bodyState = "there"; // until it is asked for: servers make it for older bundles
    this.beeper = new Beeper();
    this.awake = new Awake();
    this.speaker = new Speaker();
    this.mine = load(name);
    this.live = new Live(track, rules, settings, this.mine.accepted);
    this.client = new Client({
      pose: (pose) => this.pose(pose), failed: (code) => this.send("failed", { code }), opened: () => this.opened(),
      state: (state) => this.source(state),
    });
    this.video = trainerVideo(files);
    this.clock = new TrainerClock(this.video, track.fps, track.frames);
    const acts = actsOf(this);
    this.stage = new Stage(track, this.video, this.words);
    this.bar = new Bar(acts, () => this.openSheet(), track.duration, settings);
    this.stage.element.append(this.bar.element);
    this.sheet = new Sheet(settings, acts, track.duration);
    this.welcome = new Welcome(settings, acts, name);
    this.stage.cropped(this.welcome.picture);
    this.gate = new Gate(acts);
    this.reportScreen = el("section", { class: "report screen" });
    this.player = new Player(this.stage, this.clock, rules, overlay);
    this.drawer = new Drawer(this.stage, this.live, settings, rules, overlay);
    this.announcer = new Announcer(/** @type {HTMLElement} */ (document.getElementById("say")));
    this.looks();
    root.replaceChildren(this.welcome.element, this.gate.element, this.stage.element, this.reportScreen, this.sheet.element);
    this.listen();
    this.setLanguage(settings.language);
    this.apply();
    this.show();
    this.loop();
  }

  /** The two buttons that turn the 3D body. */
  looks() {
    const button = (/** @type {'front'|'side'} */ look) => el("button", { type: "button", "data-t": `look.${look}`, click: () => this.drawer.body?.view(look) });
    this.stage.looks.append(button("front"), button("side"));
  }

  listen() {
    this.sheet.element.addEventListener("close", () => this.bar.play.focus({ preventScroll: true }));
    this.clock.onFrame((time) => this.frame(time));
    this.clock.onEnd(() => this.trainerEnded());
    document.addEventListener("keydown", (event) => pressed(this, event));
    document.addEventListener("pointerdown", () => this.beeper.wake());
    document.addEventListener("visibilitychange", () => document.hidden && this.send("hide"));
    window.addEventListener("pagehide", () => this.send("leave"));
    if (typeof speechSynthesis !== "undefined") speechSynthesis.addEventListener?.("voiceschanged", () => this.apply());
    setInterval(() => this.tick(), 100);
  }

  // events -----------------------------------------------------------------------------------------------------------

  /** @param {string} type @param {any} [more] */
  send(type, more = {}) {
    const before = this.state;
    const { state, effects } = advance(before, { type, time: now(), ...more });
    this.state = state;
    for (const effect of effects) this.perform(effect);
    if (state !== before) this.show();
    if (state.name !== before.name) this.entered(before.name);
  }

  tick() {
    this.send("tick", { loading: this.opening === "loading" });
    const { live, state } = this;
    if (state.name === "workout" && live.pose && this.client.over(now(), Math.max(live.pose.time, live.began))) this.send("ended");
  }

  /** @param {import("./session.mjs").Kind} kind @param {File} [file] of the client's own */
  choose(kind, file) {
    this.file = file || null;
    this.opening = "";
    this.settings.mode = kind === "watch" ? "watch" : this.settings.mode === "watch" ? "follow" : this.settings.mode;
    this.beeper.wake();
    this.send("choose", { kind });
    this.apply();
  }

  /** What the opening source is doing. @param {string} state */
  source(state) {
    this.opening = state;
    this.show();
  }

  async opened() {
    this.stage.setClient(this.client.source);
    this.drawer.source = this.client.source;
    this.flip();
    this.send("opened");
    const { listCameras } = await import("./source.mjs");
    const cameras = (await listCameras()).map((c) => ({ deviceId: c.id, label: c.label }));
    this.sheet.setCameras(cameras, this.settings.camera, this.words);
    this.welcome.setCameras(cameras, this.settings.camera, this.words);
  }

  /** @param {import("./pose_source.mjs").Pose} pose of the client */
  pose(pose) {
    const { name } = this.state;
    if (name === "framing" || name === "calibrating") this.lookAt(pose, name);
    const { cue, reached } = this.live.client(pose, this.client.fileTime);
    if (cue) this.tell(cue);
    if (reached) {
      this.clock.wait(false);
      if (reached === "yes") this.beeper.play("good");
    }
  }

  /** Before the workout: is the client seen, do they stand still? @param {import("./pose_source.mjs").Pose} pose @param {string} name */
  lookAt(pose, name) {
    const posture = name === "calibrating" && pose.world ? this.live.posture(pose.world) : null;
    const hint = this.client.hint(pose, now()) ?? posture;
    const still = name === "calibrating" && !hint && pose.world ? this.client.stillness.add(pose.world) : false;
    this.send("pose", { hint, still });
  }

  /** @param {number} time of a frame of the trainer's video */
  frame(time) {
    if (this.state.name === "report") this.player.frame(time);
    if (this.live.trainer(now(), time, this.clock.rate) === "wait") this.clock.wait(true);
  }

  trainerEnded() {
    if (this.state.name !== "workout") return;
    setTimeout(() => this.send("ended"), this.state.kind === "watch" ? 0 : TAIL * 1000);
  }

  /** @param {import("./cues.mjs").Cue} cue */
  tell(cue) {
    const words = cue.text || this.words.t(cue.key, cue.values);
    this.speaker.say(words, this.words.language);
    this.announcer.say(words);
  }

  /** Enter: on with it, whatever is being waited for. */
  skip() {
    if (this.live.waiting) {
      this.live.goOn();
      this.clock.wait(false);
    } else this.send(this.state.name === "paused" ? "resume" : "skip");
  }

  toggle() {
    this.send(this.state.name === "paused" ? "resume" : this.state.name === "workout" || this.state.name === "countdown" ? "pause" : "skip");
  }

  /** @param {number} time */
  seek(time) {
    if (this.live.waiting) this.live.goOn();
    this.clock.wait(false);
    this.clock.seek(Math.min(Math.max(time, 0), this.data.track.duration - 0.05));
  }

  /** A and B: the section begins or ends here. @param {'from'|'to'} end */
  section(end) {
    this.settings[end] = this.clock.time;
    this.set("repeat", "section");
  }

  // effects ----------------------------------------------------------------------------------------------------------

  /** @param {import("./session.mjs").Effect} effect */
  perform(effect) {
    /** @type {Record<import("./session.mjs").Effect, () => void>} */
    const does = {
      open: () => this.client.open({ kind: /** @type {import("./pose_source.mjs").Wish["kind"]} */ (this.state.kind), file: this.file, deviceId: this.settings.camera }),
      close: () => this.closeClient(),
      stand: () => {
        this.clock.pause();
        this.clock.seek(this.rest);
      },
      forget: () => this.client.stillness.forget(),
      calibrate: () => this.live.calibrate(this.client.stillness.worlds, this.rest),
      beep: () => this.beeper.play("count"),
      go: () => this.go(),
      hold: () => {
        this.clock.wait(false);
        this.clock.pause();
        this.live.hold(now());
        this.client.hold(this.state.kind);
        this.speaker.stop();
      },
      finish: () => this.finish(),
      clear: () => this.clear(),
    };
    does[effect]();
  }

  go() {
    if (this.live.at(now()) === 0 || this.clock.time >= this.data.track.duration - 0.1) this.clock.seek(this.start);
    this.live.run(now());
    this.recorder = keep(this.recorder, this.client.source, this.settings.record);
    this.beeper.play("go");
    this.clock.play().catch(() => this.send("pause"));
    this.client.go().catch(() => this.send("failed", { code: "file" }));
    this.awake.hold();
  }

  closeClient() {
    if (this.client.source) this.size = { width: this.client.source.width, height: this.client.source.height };
    this.client.close();
    this.stage.setClient(null);
    this.drawer.source = null;
    this.awake.release();
  }

  clear() {
    this.recorder = null;
    this.player.close();
    this.live.clear();
    this.report = null;
    this.made = "";
    this.clock.seek(this.start);
  }

  finish() {
    this.report = this.live.report(now());
    this.beeper.play("end");
  }

  /** @type {import("./app.mjs").SetSetting} */
  set(name, value) {
    const { settings } = this;
    settings[name] = value;
    if (name === "language") this.setLanguage(settings.language);
    if (name === "mirror") this.startScoreAnew();
    if (name === "camera" && this.client.source && this.state.kind === "webcam") {
      this.send("pause");
      this.client.open({ kind: "webcam", deviceId: settings.camera });
    }
    this.apply();
    this.show();
  }

  /** What the client keeps for themself, from the next session on. @param {import("./mine.mjs").Mine} mine */
  own(mine) {
    this.mine = mine;
    this.live.accepted = mine.accepted;
    if (mine.sessions.length || Object.keys(mine.accepted).length) keepMine(this.data.name, mine);
    else forget(this.data.name);
  }

  /** What was scored one way cannot go on the other way. */
  startScoreAnew() {
    const { running } = this.live;
    const calibrated = this.state.calibrated && this.client.stillness.worlds;
    this.live.clear();
    if (calibrated) this.live.calibrate(calibrated, this.rest);
    if (running) this.live.run(now());
    this.flip();
  }

  flip() {
    const client = this.state.kind === "webcam" || this.settings.mirror;
    this.stage.flip(client, (this.settings.mirror !== client) === this.faces);
    this.drawer.body?.mirror(this.stage.trainerFlipped);
  }

  /** @param {import("./locale.mjs").Language} language */
  setLanguage(language) {
    this.words.language = language;
    document.documentElement.lang = language;
    document.title = `${this.data.name}: ${this.words.t("title")}`;
    if (this.report) showReport(this);
  }

  /** Makes everything as the settings say. */
  apply() {
    const { settings, clock, stage } = this;
    clock.setSpeed(settings.speed);
    if (this.state.name !== "report") {
      if (settings.mode === "test") clock.loop(null); // once, and then the report
      else if (settings.repeat === "whole") clock.loop(0, this.data.track.duration);
      else if (settings.repeat === "section") clock.loop(settings.from, settings.to);
      else clock.loop(null);
    }
    if (!settings.wait || settings.mode !== "follow") {
      this.live.goOn();
      clock.wait(false);
    }
    this.beeper.on = settings.sound;
    this.speaker.on = settings.spoken;
    this.video.muted = !settings["trainer.sound"];
    if (settings.figure === "body") loadBody(this);
    const { dataset } = stage.element;
    dataset.view = this.state.kind === "watch" || settings.mode === "watch" ? "watch" : settings.view;
    dataset.mode = settings.mode;
    dataset.figure = settings.figure;
    this.sheet.show({ kind: this.state.kind, voice: Boolean(this.speaker.voice(settings.language)), body: this.bodyState !== "missing" });
    this.welcome.show(settings.mode);
    this.words.apply(this.root);
  }

  openSheet() {
    this.apply();
    this.sheet.element.showModal();
  }

  /** A new state: the eye and the keyboard go there. @param {string} before */
  entered(before) {
    const { name } = this.state;
    if (name === "welcome") this.welcome.picture.append(this.video);
    else if (name !== "report") this.stage.trainerPicture.prepend(this.video);
    if (name === "report") showReport(this);
    if (this.sheet.element.open) this.sheet.element.close();
    this.apply();
    const inStage = (/** @type {string} */ one) => ["framing", "calibrating", "countdown", "workout", "paused"].includes(one);
    if (!inStage(name)) /** @type {HTMLElement|null} */ (this.root.querySelector(`.${SCREENS[name]} h1`))?.focus({ preventScroll: true });
    else if (!inStage(before) || name === "paused") (this.stage.actions.querySelector("button") || this.bar.play).focus({ preventScroll: true });
  }

  show() {
    const { state, words } = this;
    this.root.dataset.state = state.name;
    this.root.dataset.screen = SCREENS[state.name];
    this.stage.element.dataset.state = state.name;
    this.gate.show(state, { asking: "", opening: "file", loading: "model" }[this.opening] ?? this.opening, words);
    showMoment(this);
    words.apply(this.root);
  }

  /** Once for every picture of the screen. */
  loop() {
    requestAnimationFrame(() => this.loop());
    const { state, settings, live, clock } = this;
    if (this.root.dataset.screen !== "stage") return;
    const time = now();
    const guided = settings.mode === "follow" && state.name === "workout" && !live.out(time);
    this.drawer.draw(time, clock.time, clock.frame, guided);
    if (time - this.shown < NUMBERS_EVERY) return;
    this.shown = time;
    this.stage.showNumbers(live, time);
    this.bar.show(clock.time, state.name === "workout", this.words);
    this.stage.showCue(cueOf(this, time));
    if (live.out(time)) this.announcer.say(this.words.t("out"));
  }
}
