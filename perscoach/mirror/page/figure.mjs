// How the trainer is shown: the cut-out video, or the 3D body.
import { el } from "./elements.mjs";

/** @param {string[]} files of the bundle; empty where its list cannot be read */
export function trainerVideo(files) {
  const source = (/** @type {string} */ file, /** @type {string} */ type) =>
    (files.includes(file) || (!files.length && file.endsWith("webm"))) && el("source", { src: `bundle/${file}`, type });
  const video = el("video", { class: "figure", muted: true, playsinline: true, preload: "auto", "aria-hidden": "true" },
    source("trainer_transparent.mov", 'video/quicktime; codecs="hvc1"'), source("trainer_transparent.webm", 'video/webm; codecs="vp9"'));
  video.muted = true;
  return video;
}

/** The 3D body, once it is wanted; the page goes on with the video where it cannot be shown. @param {import("./flow.mjs").App} app */
export async function loadBody(app) {
  if (app.bodyState !== "there") return;
  app.bodyState = "loading";
  try {
    const { BodyView } = await import("./body.mjs");
    const body = new BodyView(app.stage.bodyCanvas, { reducedMotion: matchMedia("(prefers-reduced-motion: reduce)").matches });
    await body.load("bundle/mirror/body.bin");
    body.mirror(app.stage.trainerFlipped);
    app.drawer.body = body;
    app.bodyState = "shown";
  } catch (error) {
    console.warn(error); // and the page says so
    app.bodyState = "missing";
    app.set("figure", "video");
  }
}
