// The page's words, icons and form controls.
import { el, sign } from "./elements.mjs";
import { fill, LANGUAGES } from "./locale.mjs";
import { TEXTS } from "./texts.mjs";

const ICONS = {
  play: "M7 4.5v15l13-7.5z", pause: "M6 4h4.5v16H6zM13.5 4H18v16h-4.5z", close: "M6 4.6 12 10.6l6-6 1.4 1.4-6 6 6 6-1.4 1.4-6-6-6 6L4.6 18l6-6-6-6z",
  settings: "M4 6h9v2H4zm13 0h3v2h-3zM13 4h3v6h-3zM4 16h3v2H4zm7 0h9v2h-9zM7 14h3v6H7z",
  camera: "M3 6h12a1 1 0 0 1 1 1v3l5-3v10l-5-3v3a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1z", file: "M6 2h8l5 5v15H6zM13 3.5V8h4.5z", eye: "M12 5c5 0 9 4.5 10 7-1 2.500-5 7-10 7S3 14.500 2 12c1-2.500 5-7 10-7zm0 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
};

/** @param {keyof typeof ICONS} name */
export const icon = (name) => sign(ICONS[name], "icon");

/** The language in use. Elements carry the key of their words in data-t, of their label in data-tl. */
export class Words {
  /** @param {import("./locale.mjs").Language} language */
  constructor(language) {
    this.language = language;
  }

  /** @param {string} key of TEXTS @param {Record<string, unknown>} [values] @returns {string} the key itself where it is unknown */
  t(key, values) {
    const pair = TEXTS[key];
    return pair ? fill(pair[LANGUAGES.indexOf(this.language)], this.language, values) : key;
  }

  /** Writes all words below `root`. @param {ParentNode} root */
  apply(root) {
    for (const element of root.querySelectorAll("[data-t]")) put(element, this.t(/** @type {HTMLElement} */ (element).dataset.t || ""));
    for (const element of root.querySelectorAll("[data-tl]")) element.setAttribute("aria-label", this.t(/** @type {HTMLElement} */ (element).dataset.tl || ""));
  }
}

/** Writes only what changed: no needless layout, no needless announcements. @param {Element} element @param {string} words */
export function put(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

/** @param {Element} element @param {Words} words @param {string} key */
export function putKey(element, words, key) {
  /** @type {HTMLElement} */ (element).dataset.t = key;
  put(element, words.t(key));
}

/** m:ss @param {number} seconds */
export function clockText(seconds) {
  const whole = Math.max(0, Math.floor(seconds + 1e-6));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Says things to those who hear the page, not too often. */
export class Announcer {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.last = -Infinity;
  }

  /** @param {string} words @param {boolean} [important] said at once */
  say(words, important = false) {
    const now = performance.now();
    if (!words || (!important && now - this.last < 4000) || this.element.textContent === words) return;
    this.last = now;
    this.element.textContent = words;
  }
}

/** A set of choices as radio buttons: the keyboard's arrows and touch work by themselves. */
export class Choice {
  /**
   * @param {string} name @param {string} label key of its words @param {{value: string, t?: string, text?: string}[]} options
   * @param {string} value @param {(value: string) => void} changed
   */
  constructor(name, label, options, value, changed) {
    this.inputs = options.map((option) =>
      el("input", { type: "radio", name, value: option.value, change: () => changed(option.value) }),
    );
    const labels = options.map((option, i) =>
      el("label", {}, this.inputs[i], option.t ? el("span", { "data-t": option.t }) : el("span", {}, option.text)),
    );
    this.element = el("fieldset", { class: "choice", "data-name": name }, el("legend", { "data-t": label }), el("div", { class: "options" }, ...labels));
    this.set(value);
  }

  /** @param {string} value */
  set(value) {
    for (const input of this.inputs) input.checked = input.value === value;
  }
}

/** A switch. @param {string} name @param {string} label @param {boolean} on @param {(on: boolean) => void} changed @param {string} [hint] */
export function toggle(name, label, on, changed, hint) {
  const input = el("input", { type: "checkbox", role: "switch", name, checked: on, change: () => changed(input.checked) });
  const element = el("label", { class: "toggle" }, input, el("span", { class: "words" }, el("span", { "data-t": label }), hint && el("small", { "data-t": hint })));
  return { element, input };
}
