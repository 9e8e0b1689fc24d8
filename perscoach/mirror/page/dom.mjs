// Elements, words and icons: what every part of the page is built from.
import { number, text } from "./texts.mjs";

/**
 * @param {string} tag
 * @param {Record<string, any>} [props] `t`: key of its words; `tl`: key of its label; `on`: handlers; the rest are attributes (true: empty, false/null: left out)
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {any} the element
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "on") for (const [type, handler] of Object.entries(value)) element.addEventListener(type, handler);
    else if (name === "t") element.dataset.t = value;
    else if (name === "tl") element.dataset.tl = value;
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/** @param {string} tag @param {Record<string, string|number>} props @param {...Node} children @returns {any} */
export function s(tag, props = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(props)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

const ICONS = {
  play: "M7 4.5v15l13-7.5z", pause: "M6 4h4.5v16H6zM13.5 4H18v16h-4.5z", close: "M6 4.6 12 10.6l6-6 1.4 1.4-6 6 6 6-1.4 1.4-6-6-6 6L4.6 18l6-6-6-6z",
  settings: "M4 6h9v2H4zm13 0h3v2h-3zM13 4h3v6h-3zM4 16h3v2H4zm7 0h9v2h-9zM7 14h3v6H7z",
  camera: "M3 6h12a1 1 0 0 1 1 1v3l5-3v10l-5-3v3a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1z", file: "M6 2h8l5 5v15H6zM13 3.5V8h4.5z", eye: "M12 5c5 0 9 4.5 10 7-1 2.500-5 7-10 7S3 14.500 2 12c1-2.500 5-7 10-7zm0 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
};

/** @param {keyof typeof ICONS} name */
export function icon(name) {
  return s("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon", "fill-rule": "evenodd" }, s("path", { d: ICONS[name] }));
}

/** The language in use, and the words of every element that carries a key. */
export class Words {
  /** @param {'en'|'ru'} language */
  constructor(language) {
    this.language = language;
  }

  /** @param {string} key @param {Record<string, string|number>} [values] */
  t(key, values) {
    return text(this.language, key, values);
  }

  /** @param {number} value @param {number} digits */
  n(value, digits) {
    return number(this.language, value, digits);
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
      h("input", { type: "radio", name, value: option.value, on: { change: () => changed(option.value) } }),
    );
    const labels = options.map((option, i) =>
      h("label", {}, this.inputs[i], option.t ? h("span", { t: option.t }) : h("span", {}, option.text)),
    );
    this.element = h("fieldset", { class: "choice", "data-name": name }, h("legend", { t: label }), h("div", { class: "options" }, ...labels));
    this.set(value);
  }

  /** @param {string} value */
  set(value) {
    for (const input of this.inputs) input.checked = input.value === value;
  }
}

/** A switch. @param {string} name @param {string} label @param {boolean} on @param {(on: boolean) => void} changed @param {string} [hint] */
export function toggle(name, label, on, changed, hint) {
  const input = h("input", { type: "checkbox", role: "switch", name, checked: on, on: { change: () => changed(input.checked) } });
  const element = h("label", { class: "toggle" }, input, h("span", { class: "words" }, h("span", { t: label }), hint && h("small", { t: hint })));
  return { element, input };
}
