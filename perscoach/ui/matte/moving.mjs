// The Cut-out step's moving picture: the clip plays cut out over a backdrop, and a strip marks frames that deserve a look.

import { Player } from "../colour/player.mjs";
import { context2d, el } from "../web/elements.mjs";
import { speaker } from "../web/words.mjs";

const SHEETS = ["../colour/player.css", "moving.css"];
const TILE = 16; // pixels of the checkerboard's squares

/**
 * @typedef {{share: number[], why: Record<string, string>}} Doubts share: in %, 100 and more is worth a look; why: the reason of those
 * @typedef {{texts: Shared.Texts, backdrops: Record<string, number[]>}} Setup
 * @typedef {{job(ask: {token: string}): Promise<Colour.Answer<Shared.JobAnswer>>, matte(ask: {token: string}): Promise<Colour.Answer<Shared.MatteAnswer>>, doubts(ask: {token: string}): Promise<Colour.Answer<Doubts>>}} Server
 */

/** Stretches of frames worth a look, as [first, last]; gaps of up to `gap` frames are bridged. @param {number[]} share @param {number} [gap] */
export function stretches(share, gap = 5) {
  /** @type {number[][]} */
  const found = [];
  share.forEach((value, index) => {
    if (value < 100) return;
    const last = found.at(-1);
    if (last && index - last[1] <= gap) last[1] = index;
    else found.push([index, index]);
  });
  return found;
}

/** Called by the component. @param {HTMLElement} element @param {{setup: Setup, token: string, clip: string}} props @param {Server} server @param {(names: string[], changed: () => void) => void} watch */
export function start(element, props, server, watch) {
  for (const name of SHEETS) {
    const sheet = new URL(name, import.meta.url).href;
    if (!document.querySelector(`link[href="${sheet}"]`)) document.head.append(el("link", { rel: "stylesheet", href: sheet }));
  }
  const moving = new Moving(element.querySelector(".pc-moving") ?? element, props.setup, server);
  const follow = () => moving.open(props.token, props.clip);
  watch(["token", "clip"], follow);
  follow();
  return moving;
}

export class Moving {
  /** @param {Element} root @param {Setup} setup @param {Server} server */
  constructor(root, setup, server) {
    const t = this.t = speaker(setup.texts);
    this.setup = setup;
    this.server = server;
    this.name = this.token = "";
    /** @type {Shared.Clip|null} */
    this.clip = null;
    /** @type {Doubts} */
    this.doubts = { share: [], why: {} };
    this.doubted = ""; // of which matte they are
    this.backdrop = "green";
    this.before = false;
    this.canvas = el("canvas", { role: "img", "aria-label": t("matte.moving") });
    this.cut = el("canvas");
    this.mask = el("canvas");
    this.paper = el("div", { class: "pcm-paper", tabindex: "0", role: "group", "aria-label": t("matte.moving") }, this.canvas);
    this.player = new Player(t, { id: "pcm-frame",
      ask: (token) => server.matte({ token }), onPlay: () => {}, onStop: (index) => this.settle(index),
      onIndex: (index, dragging) => { if (!dragging) this.settle(index); this.told(); },
      onFrame: (index, picture, alpha) => this.draw(index, picture, alpha),
      onMatte: () => this.changed() });
    this.strip = el("canvas", { class: "pcm-strip", "aria-hidden": "true", pointerdown: (/** @type {PointerEvent} */ event) => this.pointed(event) });
    this.next = el("button", { type: "button", hidden: true, click: () => this.look() }, t("matte.doubt_next"));
    this.line = el("p", { class: "pcm-line", role: "status" });
    this.why = el("p", { class: "pcm-line", "aria-live": "polite" });
    const choice = (/** @type {string} */ label, /** @type {string[][]} */ options, /** @type {(value: string) => void} */ change) => el("label", { class: "pcm-choice" }, label,
      el("select", { change: (/** @type {Event} */ event) => change(/** @type {HTMLSelectElement} */ (event.target).value) }, ...options.map(([value, text]) => el("option", { value }, text))));
    this.room = el("button", { type: "button", "aria-pressed": "false", click: () => this.compare(!this.before) }, t("matte.moving_before"));
    const bar = el("div", { class: "pcm-bar" },
      choice(t("matte.backdrop"), Object.keys(setup.backdrops).map((name) => [name, t(`matte.${name}`)]), (name) => { this.backdrop = name; this.again(); }),
      choice(t("matte.moving_size"), [["fit", t("matte.moving_fit")], ["1", "100 %"], ["2", "200 %"]], (size) => this.resize(size)), this.room, this.next);
    const select = bar.querySelector("select");
    if (select) select.value = this.backdrop;
    root.replaceChildren(el("h3", {}, t("matte.moving")), this.paper, this.player.element, this.strip, bar, this.line, this.why);
    new ResizeObserver(() => this.mark()).observe(this.strip);
  }

  /** @param {string} token @param {string} clip what stands for its present state; empty where there is none */
  async open(token, clip) {
    const name = token && clip ? `${token} ${clip}` : "";
    if (name === this.name) return;
    Object.assign(this, { name, token, clip: null, doubts: { share: [], why: {} }, doubted: "" });
    this.player.close();
    this.told();
    if (!name) return;
    const answer = await this.server.job({ token }).catch(() => null);
    if (name !== this.name || !answer || answer.error || !answer.clip) return;
    this.clip = answer.clip;
    this.canvas.width = this.cut.width = answer.clip.width;
    this.canvas.height = this.cut.height = answer.clip.height;
    this.player.open({ token, clip: answer.clip, clipUrl: answer.address ?? "" });
    this.player.wantAlpha(true);
    this.settle(0);
  }

  /** The matte is another: the frame that is on, and the doubts about it. */
  async changed() {
    const { matte } = this.player;
    this.again();
    if (matte.state !== "ready" || this.doubted === matte.url) return;
    const url = this.doubted = matte.url;
    const answer = await this.server.doubts({ token: this.token }).catch(() => null);
    if (url !== this.doubted || !answer || answer.error) return;
    this.doubts = answer;
    this.mark();
    this.told();
  }

  /** @param {number} _index @param {Colour.Frame} picture @param {Colour.Alpha|null} alpha */
  draw(_index, picture, alpha) {
    const { canvas, cut, mask } = this;
    const { width, height } = canvas;
    const on = context2d(canvas);
    if (this.before || !alpha) {
      on.drawImage(picture, 0, 0, width, height);
      return this.told();
    }
    mask.width = alpha.width;
    mask.height = alpha.height;
    const small = context2d(mask);
    const pixels = small.createImageData(alpha.width, alpha.height);
    for (let i = 0; i < alpha.data.length; i++) pixels.data[4 * i + 3] = alpha.data[i];
    small.putImageData(pixels, 0, 0);
    const inner = context2d(cut);
    inner.globalCompositeOperation = "copy";
    inner.drawImage(picture, 0, 0, width, height);
    inner.globalCompositeOperation = "destination-in";
    inner.imageSmoothingQuality = "high";
    inner.drawImage(mask, 0, 0, width, height);
    this.behind(on, width, height);
    on.drawImage(cut, 0, 0);
    this.told();
  }

  /** @param {CanvasRenderingContext2D} on @param {number} width @param {number} height */
  behind(on, width, height) {
    const plain = (/** @type {number[]} */ colour) => `rgb(${colour.join(",")})`;
    if (this.backdrop !== "checker") {
      on.fillStyle = plain(this.setup.backdrops[this.backdrop]);
      return on.fillRect(0, 0, width, height);
    }
    on.fillStyle = plain([255, 255, 255]);
    on.fillRect(0, 0, width, height);
    on.fillStyle = plain([214, 214, 214]);
    for (let y = 0; y < height; y += TILE) for (let x = (y / TILE) % 2 ? 0 : TILE; x < width; x += 2 * TILE) on.fillRect(x, y, TILE, TILE);
  }

  /** The frame that is chosen, once more. */
  again() {
    if (this.clip && !this.player.playing) this.settle(this.player.index);
  }

  /** Show a frame that stays. @param {number} index */
  async settle(index) {
    const { player } = this;
    await player.matte.have(index);
    await player.clock.go(index).catch(() => {});
    if (this.clip && !player.playing && player.index === index) this.draw(index, player.video, player.matte.at(index));
  }

  /** @param {boolean} on */
  compare(on) {
    this.before = on;
    this.room.setAttribute("aria-pressed", String(on));
    this.again();
  }

  /** @param {string} size */
  resize(size) {
    const { canvas, clip } = this;
    canvas.style.width = size === "fit" || !clip ? "" : `${clip.width * Number(size)}px`;
    this.paper.classList.toggle("pcm-large", size !== "fit");
  }

  // what deserves a look -----------------------------------------------------------------------------------------------

  mark() {
    const { strip, doubts } = this;
    const width = strip.width = Math.max(1, Math.round(strip.clientWidth * window.devicePixelRatio));
    const height = strip.height = 24;
    const on = context2d(strip);
    const count = doubts.share.length;
    for (let x = 0; x < width && count; x++) {
      const part = doubts.share.slice(Math.floor((x * count) / width), Math.max(Math.floor((x * count) / width) + 1, Math.floor(((x + 1) * count) / width)));
      const most = Math.max(0, ...part);
      on.fillStyle = most >= 100 ? "#d92d20" : "#98a2b3";
      const tall = Math.max(1, Math.min(height, (height * most) / 150));
      on.fillRect(x, height - tall, 1, tall);
    }
  }

  /** @param {PointerEvent} event */
  pointed(event) {
    if (!this.clip) return;
    const box = this.strip.getBoundingClientRect();
    this.player.choose(Math.floor(((event.clientX - box.left) / box.width) * this.clip.frames));
  }

  /** Go to the next stretch that is worth a look, around the end to the first. */
  look() {
    const all = stretches(this.doubts.share);
    const to = all.find(([first]) => first > this.player.index) ?? all[0];
    if (to) this.player.choose(to[0]);
  }

  told() {
    const { t, doubts, player } = this;
    const many = stretches(doubts.share).length;
    this.next.hidden = many === 0;
    const line = !doubts.share.length ? "" : many ? t("matte.doubt_places", { places: many }) : t("matte.doubt_none");
    if (this.line.textContent !== line) this.line.textContent = line;
    const reason = doubts.why[String(player.index)];
    const why = reason && !player.playing ? t(`matte.doubt_${reason}`) : "";
    if (this.why.textContent !== why) this.why.textContent = why;
  }
}
