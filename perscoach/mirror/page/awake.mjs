/** The screen stays on while people stand away from it. */

export class Awake {
  constructor() {
    /** @type {WakeLockSentinel|null} */ this.lock = null;
  }

  async hold() {
    try {
      this.lock ??= (await navigator.wakeLock?.request("screen")) ?? null;
    } catch {
      this.lock = null; // a wish, not a need
    }
  }

  release() {
    this.lock?.release().catch(() => {});
    this.lock = null;
  }
}
