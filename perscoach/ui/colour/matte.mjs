// The matte of the playing clip: whether it is there, when it will be, and its frames.

import { AlphaProxy } from "./proxy.mjs";

const POLL = 1000; // milliseconds between questions while the proxy is made
const FRESH = 5000; // an answer "not cut out yet" is taken for so long

/**
 * `ask(token)` is the server's answer {state, done, frames, url, why}; `changed()` is called when something about it is
 * another now; `state`: "" (not known), "none", "building", "ready" or "failed" (`problem` is the error).
 */
export class Matte {
  constructor(ask, changed) {
    Object.assign(this, { ask, changed, token: "", wanted: false, proxy: null });
    this.forget();
    window.addEventListener("perscoach:step", () => { this.asked = 0; if (this.wanted) this.look(); }); // may be another now
  }

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

  want(on) {
    this.wanted = on;
    if (on && this.state !== "ready" && this.state !== "building") this.look();
    if (!on) clearTimeout(this.timer);
    else if (this.state === "building") this.again();
  }

  /** The frame now, or null where it is not here. */
  at(index) {
    return this.wanted && this.proxy ? this.proxy.at(index) : null;
  }

  /** Whether frames can be had (perhaps after a moment's loading). */
  get playable() {
    return this.wanted && this.proxy !== null;
  }

  /** Have the frames from `index` on; nothing is thrown, the state says what became of it. */
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

  /** Ask how it stands; one question at a time. */
  look() {
    if (!this.token || (this.asked && performance.now() - this.asked < FRESH)) return this.looking ?? Promise.resolve();
    this.looking ??= this.question(this.token).finally(() => { this.looking = null; });
    return this.looking;
  }

  async question(token) {
    try {
      const answer = await this.ask(token);
      if (token !== this.token) return;
      this.asked = performance.now();
      if (answer?.error) {
        Object.assign(this, { state: "none", why: answer.error });
      } else {
        if (answer.state === "ready") await this.take(answer.url, token);
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

  async take(url, token) {
    if (this.proxy && this.url === url) return;
    this.drop();
    const proxy = await AlphaProxy.open(new URL(url, document.baseURI).href);
    if (token !== this.token) return proxy.close();
    Object.assign(this, { proxy, url });
  }

  again() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.asked = 0; if (this.wanted) this.look(); }, POLL);
  }

  fail(error, proxy) {
    if (proxy !== this.proxy) return; // of a job that is closed
    this.drop();
    Object.assign(this, { state: error.changed ? "" : "failed", problem: error, asked: error.changed ? 0 : performance.now() });
    this.changed();
    if (error.changed) this.look();
  }

  drop() {
    this.proxy?.close();
    Object.assign(this, { proxy: null, url: "" });
  }
}
