// Undo and redo, two versions of the colour, and the list of the room's keys.

import { el } from "../web/elements.mjs";
import { History, packed, sameChoice, unpacked } from "./history.mjs";

const STORED = "perscoach.colour."; // of the tab's own storage: a reload keeps the steps, another tab has others
/** @type {readonly import("./history.mjs").Slot[]} */
const SLOTS = ["A", "B"];
const JOBS = 8; // jobs whose steps the tab keeps
const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
let sheets = 0; // how many there are
const TYPED = new Set(["text", "search", "url", "email", "tel", "password"]);

/** A key as this computer's keyboard calls it: `keyName("Z", "Mod", "Shift")`. @param {string} key @param {('Mod'|'Shift')[]} with_ */
function keyName(key, ...with_) {
  const names = MAC ? { Mod: "⌘", Shift: "⇧" } : { Mod: "Ctrl", Shift: "Shift" };
  return [...with_.map((one) => names[one]), key].join(MAC ? "" : "+");
}

/** The Latin letter of a key, whatever the layout: a Russian one sends "я" for Z. @param {{key?: string, code?: string}} event */
function letterOf({ key = "", code = "" }) {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase();
  return /^Key[A-Z]$/.test(code) ? code.slice(3).toLowerCase() : "";
}

/** Whether an element is a field of text, which keys belong to. @param {EventTarget|null} element */
function isText(element) {
  if (!(element instanceof HTMLElement)) return false;
  return element.isContentEditable || element.matches("textarea") || (element instanceof HTMLInputElement && TYPED.has(element.type));
}

/** A modal window with a title and a close button: Escape closes it and the focus goes back to where it was. @param {import("../web/words.mjs").Speaker} t @param {string} title @param {Node[]} children */
export function sheet(t, title, ...children) {
  const id = `pcc-sheet-${sheets += 1}`;
  const close = el("button", { type: "button", class: "pcc-sheet-close", "aria-label": t("colour_close"), title: t("colour_close"),
    click: () => dialog.close() }, "✕");
  const dialog = el("dialog", { class: "pcc-sheet", "aria-labelledby": id,
    click: (event) => { if (event.target === dialog) dialog.close(); } }, // beside the window
    el("div", { class: "pcc-sheet-inside" }, el("header", {}, el("h3", { id }, title), close), ...children));
  return dialog;
}

/**
 * @typedef {import("./history.mjs").Slot} Slot
 * @typedef {Object} Options
 * @property {Shared.Parameter[]} parameters
 * @property {() => Shared.Choice} get the room's choice
 * @property {(choice: Shared.Choice, why: string) => void} apply puts a choice there and stores it; why: "undo", "redo", "version"
 * @property {(slot: Slot) => void} [showing] which version is on the screen
 * @property {(choice: Shared.Choice|null, slot: string) => void} [compareWith] what stands left of the divider instead of the
 *   picture as filmed
 */

/** The bar of undo, redo, versions and keys. */
export class Habits {
  /** @param {import("../web/words.mjs").Speaker} t @param {Options} options @param {HTMLElement|Document} [root] */
  constructor(t, { parameters, get, apply, showing = () => {}, compareWith = () => {} }, root = document) {
    this.t = t;
    this.parameters = parameters;
    this.get = get;
    this.apply = apply;
    this.showing = showing;
    this.compareWith = compareWith;
    /** @type {Map<string, import("./history.mjs").Versions>} by the job's token */
    this.jobs = new Map();
    this.token = "";
    /** @type {import("./history.mjs").Versions|null} of the open job */
    this.state = null;
    this.gesture = 0;
    this.beside = this.applying = false;
    /** @type {EventTarget|null} the number field that is being typed in */
    this.typing = null;
    this.keeping = 0;
    const undo = (/** @type {string} */ name, /** @type {() => void} */ act) => el("button", { type: "button", class: `pcc-icon pcc-${name}`, "aria-label": t(`colour_${name}`), click: act });
    this.undoButton = undo("undo", () => this.undo());
    this.redoButton = undo("redo", () => this.redo());
    this.slots = SLOTS.map((slot) => el("button", { type: "button", "aria-label": t("colour_version", { slot }), "aria-pressed": "false",
      click: () => this.show(slot) }, slot));
    this.copyButton = el("button", { type: "button", click: () => this.copyOver() });
    this.besideButton = el("button", { type: "button", "aria-pressed": "false", title: t("colour_wipe_versions_help"),
      click: () => this.compare(!this.beside) }, t("colour_wipe_versions"));
    this.keysList = el("dl", { class: "pcc-keys" });
    this.keysSheet = sheet(t, t("colour_keyboard"), this.keysList);
    const keys = el("button", { type: "button", class: "pcc-icon pcc-keyboard", "aria-haspopup": "dialog", "aria-label": t("colour_keyboard"),
      title: t("colour_keyboard"), click: () => this.keysSheet.showModal() });
    this.said = el("p", { class: "pcc-said", role: "status" });
    this.element = el("div", { class: "pcc-habits" },
      el("div", { class: "pcc-joined" }, this.undoButton, this.redoButton),
      el("div", { class: "pcc-joined", role: "group", "aria-label": t("colour_versions") }, ...this.slots),
      this.copyButton, this.besideButton, el("span", { class: "pcc-gap" }), keys, this.said, this.keysSheet);
    this.addShortcuts([
      { keys: [keyName("Z", "Mod")], text: t("colour_key_undo") },
      { keys: [keyName("Z", "Mod", "Shift"), keyName("Y", "Mod")], text: t("colour_key_redo") },
      { keys: ["A", "B"], text: t("colour_key_versions") },
      { keys: ["← →", "PgUp PgDn", "Home End"], text: t("colour_key_slider") },
      { keys: ["← →"], text: t("colour_key_presets") },
    ]);
    this.follow(root);
    window.addEventListener("pagehide", () => this.keep(true));
    this.refresh();
  }

  /** More lines of the list of keys: `[{keys: ["Space"], text: "Play"}]`. @param {{keys: string[], text: string}[]} lines */
  addShortcuts(lines) {
    for (const { keys, text } of lines) {
      this.keysList.append(el("div", {}, el("dt", {}, ...keys.map((key) => el("kbd", {}, key))), el("dd", {}, text)));
    }
  }

  /** Gestures are counted, so that the moves of one drag, of one held key or of one typed number are one step. @param {HTMLElement|Document} root */
  follow(root) {
    const next = () => { this.gesture += 1; };
    const isNumber = (/** @type {EventTarget|null} */ element) => element instanceof HTMLElement && element.matches("input[type=number]");
    root.addEventListener("pointerdown", next, true);
    root.addEventListener("focusin", (event) => { if (isNumber(event.target)) next(); }, true);
    root.addEventListener("keydown", (one) => {
      const event = /** @type {KeyboardEvent} */ (one);
      const typing = isNumber(event.target) && !/^(Arrow|Page)/.test(event.key);
      if (!event.repeat && !typing && !isText(event.target)) next();
    }, true);
    root.addEventListener("input", (event) => {
      const kind = event instanceof InputEvent ? event.inputType : "";
      if (isNumber(event.target)) this.typing = /^(insert|delete|history)/.test(kind) ? event.target : null;
    }, true);
    root.addEventListener("change", (event) => { // after the field's own listeners; a range changes at every repeat of a key
      if (isNumber(event.target)) next();
      this.typing = null;
    });
    root.addEventListener("focusout", () => { this.typing = null; });
  }

  // the job ------------------------------------------------------------------------------------------------------------

  /** The job that is open now and the choice that is stored with it. @param {string} token @param {Shared.Choice} choice */
  open(token, choice) {
    this.keep(true);
    this.token = token;
    /** @type {import("./history.mjs").Versions} */
    const state = this.jobs.get(token) ?? this.stored(token) ?? { shown: "A", slots: { A: new History(choice), B: null } };
    const matches = (/** @type {History|null} */ history) => history !== null && sameChoice(history.present, choice);
    this.state = state;
    if (!matches(this.history)) {
      if (matches(state.slots[this.other])) state.shown = this.other;
      else this.history.push(choice, { kind: "colour_step_stored" }); // changed elsewhere since
    }
    this.jobs.set(token, state);
    this.say("");
    this.compare(false);
    this.refresh();
    this.showing(state.shown);
  }

  /** The coach changed something; `kind` is the text's key that names it ("colour_contrast", "colour_reset_all"). */
  changed(kind = "") {
    if (!this.state || this.applying) return;
    if (!this.history.push(this.get(), { kind: kind || "colour_step_change", merge: this.gesture })) return;
    this.say("");
    this.refresh();
  }

  /** Of the version on the screen; only while a job is open. */
  get history() {
    return /** @type {History} */ (this.state?.slots[this.shown]);
  }

  /** @returns {Slot} */
  get other() {
    return this.shown === "A" ? "B" : "A";
  }

  /** Which version is on the screen, and so is exported. @returns {Slot} */
  get shown() {
    return this.state?.shown ?? "A";
  }

  undo() {
    this.step("undo", "colour_undone", this.state ? this.history.label : "");
  }

  redo() {
    this.step("redo", "colour_redone", this.state ? this.history.next : "");
  }

  /** @param {'undo'|'redo'} way @param {string} sentence @param {string} kind */
  step(way, sentence, kind) {
    const choice = this.state ? this.history[way]() : null;
    if (!choice) return;
    this.put(choice, way);
    this.refresh();
    this.say(this.t(sentence, { what: this.named(kind) }));
  }

  /** @param {Shared.Choice} choice @param {string} why */
  put(choice, why) {
    this.applying = true;
    try {
      this.apply(choice, why);
    } finally {
      this.applying = false;
    }
  }

  /** Put a version on the screen; B begins as a copy of A. @param {Slot} slot */
  show(slot) {
    const { state } = this;
    if (!state || state.shown === slot) return;
    state.slots[slot] ??= new History(this.history.present);
    state.shown = slot;
    this.put(this.history.present, "version");
    this.say("");
    this.refresh();
    this.showing(slot);
  }

  /** The other version becomes what is on the screen. */
  copyOver() {
    if (!this.state || this.copyButton.hasAttribute("aria-disabled")) return;
    const { other, state } = this;
    const choice = this.history.present;
    const history = state.slots[other];
    if (history) history.push(choice, { kind: "colour_step_copied" });
    else state.slots[other] = new History(choice);
    this.say(this.t("colour_copied_over", { slot: other, from: state.shown }));
    this.refresh();
  }

  /** Whether the other version stands left of the divider; call it with `false` where the room ends that by itself. @param {boolean} on */
  compare(on) {
    if (!this.state || on === this.beside) return;
    this.beside = on;
    if (on) this.state.slots[this.other] ??= new History(this.history.present);
    else this.compareWith(null, "");
    this.refresh();
  }

  // the page -----------------------------------------------------------------------------------------------------------

  /** A key of the room; true where it was one of these (its default is prevented then). @param {KeyboardEvent} event */
  key(event) {
    if (event.defaultPrevented || !this.state || event.altKey || document.querySelector("dialog[open]")) return false;
    const field = event.target;
    if (isText(field) || (this.typing && this.typing === field)) return false; // the field takes back what was typed in it
    const letter = letterOf(event);
    const mod = event.ctrlKey || event.metaKey;
    if (mod && letter === "z") this[event.shiftKey ? "redo" : "undo"]();
    else if (mod && !event.shiftKey && letter === "y") this.redo();
    else if (!mod && !event.shiftKey && (letter === "a" || letter === "b") && !takesLetters(field)) this.show(letter === "a" ? "A" : "B");
    else return false;
    event.preventDefault();
    return true;
  }

  /** @param {string} kind a text's key; an earlier version of the page may have stored one that is gone */
  named(kind) {
    const words = this.t(kind);
    return words === kind ? this.t("colour_step_change") : words;
  }

  /** A sentence until the next change; else, where there are two versions, which one is exported. @param {string} sentence */
  say(sentence) {
    const versions = this.state?.slots.B ? this.t("colour_version_shown", { slot: this.shown }) : "";
    this.said.textContent = sentence || versions;
  }

  refresh() {
    const { t, state } = this;
    const steps = state ? this.history : { canUndo: false, canRedo: false, label: "", next: "" };
    const title = (/** @type {HTMLElement} */ button, /** @type {boolean} */ can, /** @type {string} */ name, /** @type {string} */ kind, /** @type {string} */ keys) => {
      enable(button, can);
      button.title = can ? t(`colour_${name}_what`, { what: this.named(kind), keys }) : t(`colour_${name}_none`, { keys });
    };
    title(this.undoButton, steps.canUndo, "undo", steps.label, keyName("Z", "Mod"));
    title(this.redoButton, steps.canRedo, "redo", steps.next, keyName("Z", "Mod", "Shift"));
    this.slots.forEach((button, i) => {
      const slot = SLOTS[i];
      button.setAttribute("aria-pressed", String(slot === this.shown));
      button.title = t(slot === "B" && !state?.slots.B ? "colour_version_new" : "colour_version_help", { slot });
    });
    const slot = state ? this.other : "B";
    const other = state?.slots[slot];
    this.copyButton.textContent = t("colour_copy_over", { slot });
    this.copyButton.title = t("colour_copy_over_help", { slot });
    enable(this.copyButton, Boolean(state) && !(other && sameChoice(other.present, this.history.present)));
    this.besideButton.setAttribute("aria-pressed", String(this.beside));
    if (this.beside && other) this.compareWith(other.present, slot);
    this.keep(false);
  }

  // what the tab keeps -------------------------------------------------------------------------------------------------

  /** Store the open job's steps in a moment, or `now`. @param {boolean} now */
  keep(now) {
    clearTimeout(this.keeping);
    if (!this.state) return;
    if (!now) {
      this.keeping = window.setTimeout(() => this.keep(true), 400);
      return;
    }
    try {
      const order = this.order().filter((token) => token !== this.token);
      for (const token of order.splice(0, Math.max(0, order.length - JOBS + 1))) sessionStorage.removeItem(STORED + token);
      sessionStorage.setItem(STORED + this.token, packed(this.state));
      sessionStorage.setItem(`${STORED}order`, JSON.stringify([...order, this.token]));
    } catch {
      // full, or switched off: the page's own memory still has the steps
    }
  }

  /** The tokens of the jobs that the tab keeps, the latest last. @returns {string[]} */
  order() {
    try {
      const order = JSON.parse(sessionStorage.getItem(`${STORED}order`) ?? "[]");
      return Array.isArray(order) ? order.filter((token) => typeof token === "string" && token !== "order") : [];
    } catch {
      return [];
    }
  }

  /** @param {string} token */
  stored(token) {
    try {
      return unpacked(sessionStorage.getItem(STORED + token), this.parameters);
    } catch {
      return null;
    }
  }
}

/** A button that does nothing now, without losing the focus and its words. @param {HTMLElement} button @param {boolean} on */
function enable(button, on) {
  if (on) button.removeAttribute("aria-disabled");
  else button.setAttribute("aria-disabled", "true");
}

/** Whether a letter means something to an element by itself: a list jumps to what begins with it, a number may be typed. @param {EventTarget|null} element */
function takesLetters(element) {
  return element instanceof HTMLElement && element.matches("select, input[type=number]");
}
