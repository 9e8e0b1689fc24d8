// What the controls ask of the session.

/**
 * @param {import("./flow.mjs").App} app
 * @returns {import("./controls.mjs").Acts & import("./screens.mjs").StartActs}
 */
export function actsOf(app) {
  return {
    // In the countdown the round button says "play", so it does not pause as Space does.
    play: () => (app.state.name === "countdown" ? app.send("skip") : app.toggle()),
    seek: (time) => app.seek(time), stop: () => app.send("stop"), skip: () => app.send("skip"),
    set: (key, value) => app.set(key, value),
    choose: (kind, file) => app.choose(kind, file), retry: () => app.send("retry"), report: () => app.send("report"),
  };
}
