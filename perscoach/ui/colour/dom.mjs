// Elements from words; text always goes in as text, never as markup.

/** An element with attributes (functions become listeners) and children. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Words by key in the page's language; `{name}` is replaced by values. */
export function speaker(texts) {
  const index = (window.perscoach?.language ?? document.documentElement.lang).startsWith("ru") ? 1 : 0;
  const speak = (key, values = {}) => texts[key][index].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  speak.language = ["en", "ru"][index];
  speak.pair = (pair) => pair[index];
  return speak;
}
