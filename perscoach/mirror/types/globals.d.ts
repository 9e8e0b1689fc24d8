// What our scripts add to the window.

interface Window {
  /** The app's page (ui/shell/shell.js). */
  perscoach?: {
    language: string;
    show(step: string, focus?: boolean): void;
  };
  /** plotly.js, as the viewer loads it. */
  Plotly?: any;
}
