/** The screen stays on while people stand away from it. */

export class Awake {
  constructor() {
    /** @type {any} */ this.lock = null;
  }

  async hold() {
    try {
      this.lock ??= await /** @type {any} */ (navigator).wakeLock?.request("screen");
    } catch {
      this.lock = null; // a wish, not a need
    }
  }

  release() {
    this.lock?.release().catch(() => {});
    this.lock = null;
  }
}
