// Suggest and match: the server looks at the person and answers with five numbers and the reasons for them.

import { context2d, el } from "../web/elements.mjs";
import { answerOf } from "./feed.mjs";
import { alike } from "./history.mjs";

const SIDE = 400; // pixels of the longer side that are sent (grade/picture.py); colours need no more
const LEAST = 8;
const MOST_BYTES = 64 * 2 ** 20;

/** A picture file, small; throws where the browser cannot show it. @param {File} file @returns {Promise<Colour.Pixels>} */
async function readPicture(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const shrink = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.min(SIDE, Math.max(LEAST, Math.round(side * shrink))));
  const canvas = el("canvas", { width, height });
  const context = context2d(canvas, { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}

/** What `match` sends: RGB, and alpha where the picture has see-through places, as base64. @param {Colour.Pixels} picture @returns {Shared.PackedPicture} */
function packPicture({ width, height, data }) {
  const count = width * height;
  const rgb = new Uint8Array(3 * count);
  const alpha = new Uint8Array(count);
  let clear = false;
  for (let i = 0; i < count; i++) {
    rgb.set(data.subarray(4 * i, 4 * i + 3), 3 * i);
    alpha[i] = data[4 * i + 3];
    clear ||= alpha[i] < 255;
  }
  return { width, height, rgb: letters(rgb), alpha: clear ? letters(alpha) : null };
}

/** @param {Uint8Array} bytes @returns {string} base64 */
function letters(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

/** @typedef {"colour_suggest"|"colour_match"} Kind */

/** The two helpers; `clear()` when another job is opened. */
export class Advice {
  /**
   * @param {import("../web/words.mjs").Speaker} t
   * @param {{server: Pick<Colour.Server, 'suggest'|'match'>, token: () => string, get: () => Shared.Choice,
   *   apply: (grade: Shared.Grade, why: string) => void}} options token: of the open job; get: the choice that is shown; why: the
   *   key of a text
   */
  constructor(t, { server, token, get, apply }) {
    this.t = t;
    this.server = server;
    this.token = token;
    this.get = get;
    this.apply = apply;
    /** @type {Kind|""} what the server works on */
    this.busy = "";
    this.asked = 0; // questions to the server: only the last one's answer counts
    /** @type {Shared.Grade|null} what "Undo this" brings back */
    this.former = null;
    this.suggestButton = el("button", { type: "button", class: "pca-suggest", "aria-describedby": "pca-suggest-help",
      click: () => this.suggest() }, t("colour_suggest"));
    this.file = el("input", { type: "file", accept: "image/*", class: "pcc-file", tabindex: "-1", "aria-label": t("colour_match"),
      change: () => { const [file] = this.file.files ?? []; this.file.value = ""; if (file) this.match(file, file.name); } });
    this.matchButton = el("button", { type: "button", class: "pca-match", "aria-describedby": "pca-match-help",
      click: () => { if (!this.busy) this.file.click(); } }, t("colour_match"));
    this.picture = el("canvas", { class: "pca-picture", role: "img", hidden: true });
    this.zone = el("div", { class: "pca-zone", dragover: (event) => this.over(event, true),
      dragleave: (event) => this.over(event, false), drop: (event) => this.dropped(event) },
      this.picture, this.matchButton, this.file, el("small", { id: "pca-match-help" }, t("colour_match_help")));
    this.head = el("p", { class: "pca-head" });
    this.list = el("ul", { class: "pca-why" });
    this.said = el("div", { class: "pca-said", role: "status", "aria-live": "polite" }, this.head, this.list);
    this.undo = el("button", { type: "button", class: "pca-undo", hidden: true, click: () => this.back() }, t("colour_advice_undo"));
    this.element = el("div", { class: "pca" },
      el("div", { class: "pca-row" }, this.suggestButton, el("small", { id: "pca-suggest-help" }, t("colour_suggest_help"))),
      this.zone, this.said, this.undo);
    document.addEventListener("paste", (event) => this.pasted(event));
    this.say("");
  }

  /** Forget what was said and shown: another job is open. */
  clear() {
    this.asked += 1;
    this.former = null;
    this.wait("");
    this.picture.hidden = true;
    this.matchButton.textContent = this.t("colour_match");
    this.undo.hidden = true;
    this.say("");
  }

  /** A grade for the person in the clip, from the clip alone. */
  async suggest() {
    if (this.busy) return;
    await this.work("colour_suggest", (token) => this.server.suggest({ token }),
      () => this.t("colour_suggest_done"));
  }

  /** A grade that brings the person to the colours of a picture file. @param {File} file @param {string} name */
  async match(file, name) {
    if (this.busy) return;
    if (file.size > MOST_BYTES) return this.say(this.t("colour_match_large"), [], true);
    const mine = ++this.asked;
    this.wait("colour_match");
    let picture;
    try {
      picture = await readPicture(file);
    } catch {
      if (mine !== this.asked) return;
      this.wait("");
      return this.say(this.t("colour_match_unread"), [], true);
    }
    if (mine !== this.asked) return;
    this.show(picture, name);
    await this.work("colour_match", (token) => this.server.match({ token, ...packPicture(picture) }), (answer) =>
      this.t("colour_match_done", { before: answer.before, after: answer.after }));
  }

  /**
   * @template {Shared.Advice} A
   * @param {Kind} kind @param {(token: string) => Promise<Colour.Answer<A>>} call @param {(answer: A) => string} head
   */
  async work(kind, call, head) {
    const mine = ++this.asked;
    const token = this.token();
    this.wait(kind);
    const answer = await answerOf(() => call(token), this.t("colour_advice_lost"));
    if (mine !== this.asked || token !== this.token()) return;
    this.wait("");
    if (answer.error) return this.say(this.t.pair(answer.error), [], true);
    const before = this.get().grade;
    if (!alike(answer.grade, before, 1e-6)) {
      this.former = before;
      this.apply(answer.grade, kind);
    }
    this.undo.hidden = this.former === null;
    this.say(head(answer), answer.why.map((pair) => this.t.pair(pair)));
  }

  /** The former grade comes back; the history keeps both. */
  back() {
    if (!this.former) return;
    this.apply(this.former, "colour_advice_undo");
    this.former = null;
    this.undo.hidden = true;
    this.say(this.t("colour_advice_undone"));
    this.suggestButton.focus();
  }

  // what is seen -------------------------------------------------------------------------------------------------------

  /** @param {Kind|""} kind */
  wait(kind) {
    this.busy = kind;
    for (const { button, name } of [{ button: this.suggestButton, name: "colour_suggest" }, { button: this.matchButton, name: "colour_match" }]) {
      button.setAttribute("aria-disabled", String(kind !== ""));
      button.setAttribute("aria-busy", String(kind === name));
    }
    if (kind) {
      this.undo.hidden = true;
      this.say(this.t(`${kind}_busy`));
    }
  }

  /** @param {string} head @param {string[]} [why] @param {boolean} [bad] */
  say(head, why = [], bad = false) {
    this.head.textContent = head;
    this.head.classList.toggle("pcc-bad", bad);
    this.list.replaceChildren(...why.map((sentence) => el("li", {}, sentence)));
    this.list.hidden = why.length === 0;
  }

  /** @param {Colour.Pixels} picture @param {string} name */
  show({ width, height, data }, name) {
    Object.assign(this.picture, { width, height, hidden: false });
    this.picture.setAttribute("aria-label", this.t("colour_match_picture", { name }));
    context2d(this.picture).putImageData(new ImageData(data, width, height), 0, 0);
    this.matchButton.textContent = this.t("colour_match_other");
  }

  // dropping and pasting -----------------------------------------------------------------------------------------------

  /** @param {DragEvent} event @param {boolean} on */
  over(event, on) {
    if (on && !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    if (on && event.dataTransfer) event.dataTransfer.dropEffect = this.busy ? "none" : "copy";
    if (on || !(event.relatedTarget instanceof Node && this.zone.contains(event.relatedTarget))) this.zone.classList.toggle("pca-over", on);
  }

  /** @param {DragEvent} event */
  dropped(event) {
    event.preventDefault();
    event.stopPropagation();
    this.zone.classList.remove("pca-over");
    const [file] = event.dataTransfer?.files ?? [];
    if (file) this.match(file, file.name);
  }

  /** A picture pasted anywhere on the page while this is in sight; text goes where it was meant to. @param {ClipboardEvent} event */
  pasted(event) {
    const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
    if (!file || !this.element.isConnected || this.element.offsetParent === null) return;
    event.preventDefault();
    this.match(file, this.t("colour_match_pasted"));
  }
}
