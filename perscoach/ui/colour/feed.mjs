// What comes from the server and goes to it: one request under way at a time, the latest wish always last.

/**
 * Calls `call(value)` for the latest value asked for: never two calls at once, and never an older value after a newer one.
 * `done(answer, value)` gets each answer; `lost(error)` is told when the server cannot be reached, and the value is tried
 * again after `patience` milliseconds.
 */
export class Latest {
  constructor(call, done, lost, { gap = 0, patience = 2000 } = {}) {
    Object.assign(this, { call, done, lost, gap, patience, waiting: null, busy: false });
  }

  ask(value) {
    this.waiting = { value };
    if (!this.busy) this.run();
  }

  /** Forget what has not been sent. */
  drop() {
    this.waiting = null;
  }

  async run() {
    this.busy = true;
    while (this.waiting) {
      const { value } = this.waiting;
      this.waiting = null;
      try {
        const answer = await this.call(value);
        if (answer === null || typeof answer !== "object") throw new Error("no answer");
        if (!this.waiting || !answer.error) await this.done(answer, value, this.waiting !== null);
        if (this.gap) await pause(this.gap);
      } catch (error) {
        this.lost(error);
        await pause(this.patience);
        this.waiting ??= { value };
      }
    }
    this.busy = false;
  }
}

/** What the server says to one question; where nothing sensible comes, `lost` (a text in the page's language) as an error. */
export async function answerOf(call, lost) {
  try {
    const answer = await call();
    if (answer === null || typeof answer !== "object") throw new Error("no answer");
    return answer;
  } catch {
    return { error: [lost, lost] };
  }
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The planes of a picture from their text: base64, deflate, row differences (see pictures.py). */
export async function unpack(text, width, height) {
  const letters = atob(text);
  const packed = new Uint8Array(letters.length);
  for (let i = 0; i < packed.length; i++) packed[i] = letters.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const planes = new Uint8Array(await new Response(stream).arrayBuffer());
  const size = width * height;
  for (let plane = 0; plane < planes.length; plane += size) {
    for (let i = plane + width; i < plane + size; i++) planes[i] += planes[i - width];
  }
  return planes;
}
