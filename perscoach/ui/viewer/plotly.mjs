// The installed plotly.js, loaded once for the page.

/** @type {Promise<any>|null} */
let loading = null;

/** @param {string} url @returns {Promise<any>} */
export function loadPlotly(url) {
  loading ??= window.Plotly?.restyle && window.Plotly.version >= "4"
    ? Promise.resolve(window.Plotly)
    : new Promise((resolve, reject) => {
        // Other parts of the page may bring their own Plotly under the same name: theirs is put back.
        const before = window.Plotly;
        const script = document.createElement("script");
        script.src = url;
        script.onload = () => {
          const ours = window.Plotly;
          if (before) window.Plotly = before;
          resolve(ours);
        };
        script.onerror = () => { loading = null; reject(new Error("plotly")); };
        document.head.append(script);
      });
  return loading;
}
