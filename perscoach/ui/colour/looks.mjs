// A look: somebody's .cube file, put after V11 by so much.

import { Slider } from "./controls.mjs";
import { el } from "../web/elements.mjs";
import { answerOf, bytesOf } from "./feed.mjs";

const MOST_BYTES = 32 * 2 ** 20; // what the server reads (grade/cube.py); 65 points a side take about 8 MB
const KEPT = 6; // tables kept in the page: undo and A/B then ask for nothing
const AMOUNT = { name: "look_amount", low: 0, high: 100, step: 1, default: 100 };

/** The table as numbers, from what the server answers. @param {Shared.CubeJson} cube @returns {Colour.Cube} */
function unpackCube({ size, domain, table }) {
  const bytes = bytesOf(table);
  const view = new DataView(bytes.buffer);
  const numbers = new Float32Array(bytes.length / 4);
  for (let i = 0; i < numbers.length; i++) numbers[i] = view.getFloat32(4 * i, true);
  return { size, domain, table: numbers };
}

/**
 * @typedef {Object} Options
 * @property {Pick<Colour.Server, 'look'|'look_table'>} server
 * @property {() => string} token of the open job
 * @property {(id: string, cube: Colour.Cube) => void} [ready] takes each table before it is first shown, and again when it comes back
 * @property {(look: Shared.Look|null, dragging: boolean, kind: string) => void} [change] what the coach did; kind: its text's key
 */

/** Adding, weighing and taking off a look. */
export class Looks {
  /** @param {import("../web/words.mjs").Speaker} t @param {Options} options */
  constructor(t, { server, token, ready = () => {}, change = () => {} }) {
    this.t = t;
    this.server = server;
    this.token = token;
    this.ready = ready;
    this.change = change;
    /** @type {Shared.Look|null} what is on now */
    this.look = null;
    /** @type {Map<string, Colour.Cube>} */
    this.tables = new Map();
    this.asked = 0; // questions to the server: only the last one's answer counts
    this.dragging = this.busy = false;
    this.file = el("input", { type: "file", accept: ".cube", class: "pcc-file", tabindex: "-1", "aria-label": t("colour_look_add"),
      change: () => { const [file] = this.file.files ?? []; this.file.value = ""; if (file) this.add(file); } });
    this.button = el("button", { type: "button", click: () => { if (!this.busy) this.file.click(); } });
    this.help = el("small", {}, t("colour_look_help"));
    this.zone = el("div", { class: "pcl-zone", dragover: (event) => this.over(event, true),
      dragleave: (event) => this.over(event, false), drop: (event) => this.dropped(event) }, this.button, this.file, this.help);
    this.slider = new Slider(AMOUNT, t, () => this.weigh());
    this.slider.range.addEventListener("pointerdown", () => { this.dragging = true; });
    this.slider.range.addEventListener("change", () => this.rest());
    this.slider.range.addEventListener("pointercancel", () => this.rest());
    this.name = el("span", { class: "pcl-name" });
    this.off = el("button", { type: "button", click: () => this.remove() }, t("colour_look_remove"));
    this.card = el("div", { class: "pcl-card" }, el("div", { class: "pcl-head" }, this.name, this.off), this.slider.element);
    this.said = el("p", { class: "pcl-said", role: "status" });
    this.place = el("div", { class: "pcl-place" });
    this.element = el("div", { class: "pcl" }, this.place, this.zone, this.said);
    this.show();
  }

  /** Show a given look (undo, the other version, a job that is opened) without calling `change`. @param {Shared.Look|null} look */
  async set(look) {
    const mine = ++this.asked;
    this.dragging = false;
    this.look = look ? { id: look.id, name: look.name, amount: look.amount } : null;
    this.say("");
    this.show();
    if (!look) return;
    const cube = this.tables.get(look.id);
    if (cube) return this.ready(look.id, cube);
    const token = this.token();
    this.say(this.t("colour_look_loading"));
    const answer = await this.ask(() => this.server.look_table({ token, id: look.id }));
    if (mine !== this.asked || token !== this.token()) return;
    if (answer.error) return this.say(this.t.pair(answer.error), true);
    this.say("");
    this.keep(look.id, unpackCube(answer.cube));
  }

  /** A file of the coach's: sent once, and put on in full. @param {File} file */
  async add(file) {
    if (this.busy) return;
    if (file.size > MOST_BYTES) return this.say(this.t("colour_look_large"), true);
    const token = this.token();
    const mine = ++this.asked;
    this.wait(true);
    this.say(this.t("colour_look_reading", { name: file.name }));
    const answer = await this.ask(async () => {
      const text = await file.text();
      return this.server.look({ token, name: file.name, text });
    });
    this.wait(false);
    if (mine !== this.asked || token !== this.token()) return;
    if (answer.error) return this.say(this.t.pair(answer.error), true);
    this.keep(answer.look.id, unpackCube(answer.cube));
    this.look = { ...answer.look, amount: 1 };
    this.show();
    this.say(this.t("colour_look_on", { name: this.look.name }));
    this.change(this.look, false, "colour_look_add");
  }

  remove() {
    this.asked += 1;
    this.look = null;
    this.say("");
    this.show();
    this.button.focus();
    this.change(null, false, "colour_look_remove");
  }

  weigh() {
    if (!this.look) return;
    this.look = { ...this.look, amount: this.slider.value / 100 };
    this.change(this.look, this.dragging, "colour_look");
  }

  /** The end of a drag: its last value is told once more, as one that stays. */
  rest() {
    if (!this.dragging) return;
    this.dragging = false;
    if (this.look) this.change(this.look, false, "colour_look");
  }

  /** @template A @param {() => Promise<Colour.Answer<A>>} call */
  ask(call) {
    return answerOf(call, this.t("colour_look_lost"));
  }

  /** @param {string} id @param {Colour.Cube} cube */
  keep(id, cube) {
    this.tables.set(id, cube);
    for (const old of this.tables.keys()) {
      if (this.tables.size <= KEPT) break;
      if (old !== id) this.tables.delete(old);
    }
    this.ready(id, cube);
  }

  show() {
    const { look } = this;
    this.name.textContent = look?.name ?? "";
    this.name.title = look?.name ?? "";
    this.off.setAttribute("aria-label", this.t("colour_look_remove_one", { name: look?.name ?? "" }));
    this.button.textContent = this.t(look ? "colour_look_other" : "colour_look_add");
    this.help.hidden = Boolean(look);
    if (look) this.slider.set(look.amount * 100);
    if (Boolean(look) !== Boolean(this.card.parentNode)) this.place.replaceChildren(...(look ? [this.card] : []));
  }

  /** @param {boolean} busy */
  wait(busy) {
    this.busy = busy;
    this.button.setAttribute("aria-disabled", String(busy)); // not `disabled`, which would take the focus away
    this.element.setAttribute("aria-busy", String(busy));
  }

  /** @type {Colour.Say} */
  say(sentence, bad = false) {
    this.said.textContent = sentence;
    this.said.classList.toggle("pcl-bad", bad);
  }

  /** @param {DragEvent} event @param {boolean} on */
  over(event, on) {
    if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
    event.preventDefault();
    this.zone.classList.toggle("pcl-over", on);
  }

  /** @param {DragEvent} event */
  dropped(event) {
    this.over(event, false);
    const [file] = event.dataTransfer?.files ?? [];
    if (file) this.add(file);
  }
}
