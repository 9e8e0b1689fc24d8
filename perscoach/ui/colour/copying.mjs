// Takes this clip's colour to other clips of the coach.

import { el } from "../web/elements.mjs";
import { answerOf } from "./feed.mjs";
import { sheet } from "./habits.mjs";

/** A button and its window. */
export class Copying {
  /**
   * @param {import("../web/words.mjs").Speaker} t
   * @param {{jobs: () => ReturnType<Colour.Server["jobs"]>, copy: (to: string) => ReturnType<Colour.Server["copy"]>}} server
   *   neither is called before the coach opens the window; `to`: another job's token
   */
  constructor(t, { jobs, copy }) {
    this.t = t;
    this.jobs = jobs;
    this.copy = copy;
    this.asked = 0; // how often the window was opened or closed
    /** @type {Shared.OtherJob[]} */
    this.listed = [];
    this.button = el("button", { type: "button", "aria-haspopup": "dialog", click: () => this.open() }, t("colour_copying"));
    this.said = el("p", { class: "pcc-said", role: "status" });
    this.list = el("fieldset", { class: "pcc-clips", "aria-label": t("colour_copying_title"), change: () => this.count() });
    this.words = el("div", { role: "status" });
    this.go = el("button", { type: "button", class: "pcc-main", disabled: true, click: () => this.run() }, t("colour_copying_do"));
    this.footer = el("div", { class: "pcc-sheet-foot" }, el("button", { type: "button", click: () => this.sheet.close() }, t("colour_cancel")), this.go);
    this.sheet = sheet(t, t("colour_copying_title"), el("p", {}, t("colour_copying_help")), this.words, this.list, this.footer);
    this.sheet.addEventListener("close", () => { this.asked += 1; });
    this.element = el("div", { class: "pcc-copying" }, this.button, this.said, this.sheet);
  }

  async open() {
    const { t } = this;
    const mine = ++this.asked;
    this.said.textContent = "";
    this.fill([]);
    this.say(t("colour_copying_loading"));
    this.sheet.showModal();
    const answer = await this.ask(this.jobs);
    if (mine !== this.asked) return; // closed meanwhile
    if (answer.error) return this.say("", t.pair(answer.error));
    this.fill(answer.jobs);
    this.say(answer.jobs.length ? "" : t("colour_copying_none"));
    this.boxes("input:not(:disabled)")[0]?.focus();
  }

  /** @param {Shared.OtherJob[]} jobs */
  fill(jobs) {
    const { t } = this;
    this.listed = jobs;
    this.list.replaceChildren(...jobs.map((job) => el("label", {},
      el("input", { type: "checkbox", value: job.token, disabled: job.busy }),
      job.thumbnail ? el("img", { src: job.thumbnail, alt: "", loading: "lazy" }) : el("span", { class: "pcc-blank" }),
      el("span", {}, job.name, el("small", {}, job.busy ? t("colour_copying_busy") : this.day(job.created))))));
    this.footer.hidden = !jobs.length;
    this.count();
  }

  /** @param {number} seconds since 1970 */
  day(seconds) {
    return new Date(seconds * 1000).toLocaleString(this.t.language, { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });
  }

  get chosen() {
    return this.boxes("input:checked");
  }

  /** @param {string} selector @returns {HTMLInputElement[]} */
  boxes(selector) {
    return [...this.list.querySelectorAll(selector)].filter((box) => box instanceof HTMLInputElement);
  }

  count() {
    const count = this.chosen.length;
    this.go.disabled = count === 0;
    this.go.textContent = count > 1 ? this.t("colour_copying_do_many", { count }) : this.t("colour_copying_do");
  }

  async run() {
    const { t } = this;
    const mine = this.asked;
    /** @type {string[]} */
    const done = [];
    /** @type {string[]} */
    const failed = [];
    this.go.disabled = true;
    for (const box of this.chosen) {
      const name = this.listed.find((job) => job.token === box.value)?.name ?? "";
      const answer = await this.ask(() => this.copy(box.value));
      if (answer.error) failed.push(t("colour_copying_failed", { name, why: t.pair(answer.error) }));
      else {
        done.push(answer.name);
        box.checked = false;
      }
    }
    const sentence = done.length ? t("colour_copying_done", { names: done.join(", ") }) : "";
    if (mine !== this.asked) this.said.textContent = [sentence, ...failed].join(" "); // the window was closed meanwhile
    else if (failed.length) this.say(sentence, ...failed);
    else {
      this.sheet.close();
      this.said.textContent = sentence;
    }
    this.count();
  }

  /** @template A @param {() => Promise<Colour.Answer<A>>} call */
  ask(call) {
    return answerOf(call, this.t("colour_copying_lost"));
  }

  /** @param {string} sentence @param {string[]} failed */
  say(sentence, ...failed) {
    const lines = failed.map((line) => el("p", { class: "pcc-bad" }, line));
    this.words.replaceChildren(...(sentence ? [el("p", {}, sentence)] : []), ...lines);
  }
}
