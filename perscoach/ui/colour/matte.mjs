// The matte of the playing clip: whether it is there, when it will be, and its frames.

import { AlphaError, AlphaProxy } from "./proxy.mjs";

const POLL = 1000; // milliseconds between questions while the proxy is made
const FRESH = 5000; // an answer "not cut out yet" is taken for so long

export class Matte {
  /**
   * @param {(token: string) => Promise<Colour.Answer<Shared.MatteAnswer>>} ask
   * @param {() => void} changed something about it is another now
   */
  constructor(ask, changed) {
    this.ask = ask;
    this.changed = changed;
    this.token = "";
    this.wanted = false;
    /** @type {AlphaProxy|null} */
    this.proxy = null;
    /** "" (not known), "none", "building", "ready" or "failed" (see `problem`) */
    this.state = "";
    this.url = "";
    this.share = 0; // of what is built
    /** @type {Shared.Pair|null} */
    this.why = null;
    /** @type {unknown} */
    this.problem = null;
    this.asked = 0; // when the server was last asked, milliseconds
    /** @type {Promise<void>|null} */
    this.looking = null;
    this.timer = 0;
    window.addEventListener("perscoach:step", () => { this.asked = 0; if (this.wanted) this.look(); }); // may be another now
  }

  /** @param {string} token */
  open(token) {
    this.close();
    this.token = token;
    if (this.wanted) this.look();
  }

  close() {
    this.token = "";
    clearTimeout(this.timer);
    this.drop();
    this.forget();
  }

  forget() {
    Object.assign(this, { state: "", url: "", share: 0, why: null, problem: null, asked: 0, looking: null });
  }

  /** @param {boolean} on */
  want(on) {
    this.wanted = on;
    if (on && this.state !== "ready" && this.state !== "building") this.look();
    if (!on) clearTimeout(this.timer);
    else if (this.state === "building") this.again();
  }

  /** The frame now, or null where it is not here. @param {number} index */
  at(index) {
    return this.wanted && this.proxy ? this.proxy.at(index) : null;
  }

  /** Whether frames can be had (perhaps after a moment's loading). */
  get playable() {
    return this.wanted && this.proxy !== null;
  }

  /** Have the frames from `index` on; nothing is thrown, the state says what became of it. @param {number} index */
  async have(index) {
    if (!this.wanted) return;
    if (!this.proxy) await this.look();
    const { proxy } = this;
    if (!proxy) return;
    try {
      await proxy.frame(index);
      proxy.prefetch(index).catch((error) => this.fail(error, proxy));
    } catch (error) {
      this.fail(error, proxy);
    }
  }

  /** Ask how it stands; one question at a time. @returns {Promise<void>} */
  look() {
    if (!this.token || (this.asked && performance.now() - this.asked < FRESH)) return this.looking ?? Promise.resolve();
    this.looking ??= this.question(this.token).finally(() => { this.looking = null; });
    return this.looking;
  }

  /** @param {string} token */
  async question(token) {
    try {
      const answer = await this.ask(token);
      if (token !== this.token) return;
      this.asked = performance.now();
      if (answer.error) {
        Object.assign(this, { state: "none", why: answer.error });
      } else {
        if (answer.state === "ready" && answer.url) await this.take(answer.url, token);
        else this.drop();
        if (token !== this.token) return;
        Object.assign(this, { state: answer.state, why: answer.why, problem: null, share: answer.done / answer.frames });
        if (answer.state === "building") this.again();
      }
    } catch (error) {
      if (token === this.token) Object.assign(this, { state: "failed", problem: error, asked: performance.now() });
    }
    if (token === this.token) this.changed();
  }

  /** @param {string} url @param {string} token */
  async take(url, token) {
    if (this.proxy && this.url === url) return;
    this.drop();
    const proxy = await AlphaProxy.open(new URL(url, document.baseURI).href);
    if (token !== this.token) return proxy.close();
    Object.assign(this, { proxy, url });
  }

  again() {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => { this.asked = 0; if (this.wanted) this.look(); }, POLL);
  }

  /** @param {unknown} error @param {AlphaProxy} proxy */
  fail(error, proxy) {
    if (proxy !== this.proxy) return; // of a job that is closed
    const changed = error instanceof AlphaError && error.changed;
    this.drop();
    Object.assign(this, { state: changed ? "" : "failed", problem: error, asked: changed ? 0 : performance.now() });
    this.changed();
    if (changed) this.look();
  }

  drop() {
    this.proxy?.close();
    Object.assign(this, { proxy: null, url: "" });
  }
}
