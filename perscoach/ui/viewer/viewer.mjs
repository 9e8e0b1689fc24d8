// The 3D viewer: mount(element, options) builds it, .open(source) shows a movement. Nothing is asked of the server after that.

import { el } from "../web/elements.mjs";
import { parse } from "../web/format.mjs";
import { speaker } from "../web/words.mjs";
import { fetched } from "./answer.mjs";
import { Page } from "./page.mjs";
import { loadPlotly } from "./plotly.mjs";

/**
 * Addresses: the movement, the clip, and another engine's movement of the same clip.
 * @typedef {{data?: string|null, clip?: string|null, compare?: string|null}} Source
 */

/** @param {HTMLElement} element @param {{texts: Shared.Texts, plotlyUrl: string}} options */
export function mount(element, { texts, plotlyUrl }) {
  if (!document.querySelector("link[data-pcv]")) {
    document.head.append(el("link", { rel: "stylesheet", href: new URL("viewer.css", import.meta.url).href, "data-pcv": true }));
  }
  return new Viewer(element, texts, plotlyUrl);
}

class Viewer {
  /** @param {HTMLElement} host @param {Shared.Texts} texts @param {string} plotlyUrl */
  constructor(host, texts, plotlyUrl) {
    const speak = speaker(texts);
    this.t = Object.assign((/** @type {string} */ key, /** @type {Record<string, unknown>|undefined} */ values) => speak(`viewer_${key}`, values), { language: speak.language });
    this.plotlyUrl = plotlyUrl;
    this.root = el("div", { class: "pcv", tabindex: "0", role: "group", keydown: (event) => this.page?.key(event) });
    host.append(this.root);
    /** @type {Page|null} the open movement */
    this.page = null;
    this.source = "";
    this.stopper = new AbortController();
  }

  /** @param {Source|null} source null empties the viewer */
  async open(source) {
    const key = JSON.stringify([source?.data, source?.clip]);
    if (key === this.source && this.root.isConnected) return this.page?.loadEngine(source?.compare ?? null);
    this.close();
    this.source = key;
    if (!source?.data) return this.say("nothing");
    const { signal } = this.stopper;
    this.say("loading");
    try {
      const [Plotly, movement] = await Promise.all([loadPlotly(this.plotlyUrl), fetched(source.data, signal).then(parse)]);
      if (signal.aborted) return;
      this.page = new Page(this.root, this.t, Plotly, movement, signal);
      await this.page.scene.open(0);
      if (signal.aborted) return;
      this.page.show(0);
      this.root.dataset.state = "ready";
      this.page.loadClip(source.clip ?? null);
      this.page.loadEngine(source.compare ?? null);
    } catch (error) {
      if (!signal.aborted) this.say("failed", { why: error instanceof Error ? error.message : String(error) });
    }
  }

  close() {
    this.stopper.abort();
    this.stopper = new AbortController();
    this.page?.close();
    this.page = null;
    this.root.replaceChildren();
    for (const name of ["state", "clip", "compare"]) delete this.root.dataset[name];
  }

  /** A sentence in the movement's place. @param {string} key @param {Record<string, unknown>} [values] */
  say(key, values) {
    this.page?.close();
    this.page = null;
    this.root.dataset.state = key;
    this.root.replaceChildren(el("p", { class: "pcv-say", role: "status" }, this.t(key, values)));
  }
}
