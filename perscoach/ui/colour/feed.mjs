// What comes from the server and goes to it: one request under way at a time, the latest wish always last.

/**
 * Calls `call(value)` for the latest value asked for: never two calls at once, and never an older value after a newer one.
 * `done(answer, value, stale)` gets each answer; `lost(error)` is called when the server cannot be reached, and the value is
 * tried again after `patience` milliseconds.
 * @template V, A
 */
export class Latest {
  /**
   * @param {(value: V) => Promise<Colour.Answer<A>>} call
   * @param {(answer: Colour.Answer<A>, value: V, stale: boolean) => void|Promise<void>} done
   * @param {(error: unknown) => void} lost @param {{gap?: number, patience?: number}} [times] milliseconds
   */
  constructor(call, done, lost, { gap = 0, patience = 2000 } = {}) {
    this.call = call;
    this.done = done;
    this.lost = lost;
    this.gap = gap;
    this.patience = patience;
    /** @type {{value: V}|null} */
    this.waiting = null;
    this.busy = false;
  }

  /** @param {V} value */
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

/**
 * The server's answer; where nothing usable comes, `lost` (a text in the page's language) as an error.
 * @template A
 * @param {() => Promise<Colour.Answer<A>>} call @param {string} lost @returns {Promise<Colour.Answer<A>>}
 */
export async function answerOf(call, lost) {
  try {
    const answer = await call();
    if (answer === null || typeof answer !== "object") throw new Error("no answer");
    return answer;
  } catch {
    return { error: [lost, lost] };
  }
}

/** @param {number} milliseconds */
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** @param {string} text base64 */
export const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** The planes of a picture from their text: base64, deflate, row differences (see pictures.py). @param {string} text @param {number} width @param {number} height */
export async function unpack(text, width, height) {
  const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
  const planes = new Uint8Array(await new Response(stream).arrayBuffer());
  const size = width * height;
  for (let plane = 0; plane < planes.length; plane += size) {
    for (let i = plane + width; i < plane + size; i++) planes[i] += planes[i - width];
  }
  return planes;
}
