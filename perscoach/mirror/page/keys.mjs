// The keyboard in the session.
import { SPEEDS } from "./controls.mjs";

const SESSION = ["framing", "calibrating", "countdown", "workout", "paused"];

/** @param {import("./flow.mjs").App} app @param {KeyboardEvent} event */
export function pressed(app, event) {
  app.beeper.wake();
  if (app.sheet.element.open) return; // the dialog has its own keys
  const action = keyAction(event);
  if (!action || (!SESSION.includes(app.state.name) && action !== "stop")) return;
  event.preventDefault();
  const { settings } = app;
  const at = SPEEDS.indexOf(settings.speed);
  /** @type {Record<string, () => void>} */
  const acts = {
    stop: () => app.send("stop"), toggle: () => app.toggle(), skip: () => app.skip(),
    left: () => app.seek(app.clock.time - 5), right: () => app.seek(app.clock.time + 5),
    faster: () => app.set("speed", SPEEDS[Math.min(SPEEDS.length - 1, at + 1)]), slower: () => app.set("speed", SPEEDS[Math.max(0, at - 1)]),
    side: () => app.set("view", "side"), over: () => app.set("view", "over"), body: () => app.set("figure", settings.figure === "body" ? "video" : "body"),
    from: () => app.section("from"), to: () => app.section("to"),
    mirror: () => app.set("mirror", !settings.mirror), wait: () => app.set("wait", !settings.wait), sound: () => app.set("sound", !settings.sound),
  };
  acts[action]();
}

/**
 * What a key means in the session; null where it is not ours.
 * @param {{key: string, code?: string, target?: any, ctrlKey?: boolean, altKey?: boolean, metaKey?: boolean}} event
 * @returns {string|null}
 */
export function keyAction(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  const tag = event.target?.tagName || "";
  const typing = tag === "SELECT" || (tag === "INPUT" && event.target.type !== "checkbox");
  const pressing = tag === "BUTTON" || tag === "A" || tag === "SUMMARY" || tag === "INPUT";
  if (event.key === "Escape") return "stop";
  if ((event.key === " " || event.key === "Enter") && pressing) return null;
  if (typing) return null;
  const byKey = { " ": "toggle", Enter: "skip", ArrowLeft: "left", ArrowRight: "right", ArrowUp: "faster", ArrowDown: "slower", 1: "side", 2: "over", 3: "body" };
  // Letters by their place on the keyboard, so that they work in a Russian layout too.
  const byCode = { KeyA: "from", KeyB: "to", KeyM: "mirror", KeyW: "wait", KeyS: "sound" };
  return byKey[/** @type {keyof typeof byKey} */ (event.key)] || byCode[/** @type {keyof typeof byCode} */ (event.code || "")] || null;
}
