// The page's words in its language.

import { fill, LANGUAGES } from "./locale.mjs";

/**
 * Texts by key; `t(key, values)` is one of them with its values filled in, the key itself where it is unknown.
 * @typedef {((key: string, values?: Record<string, unknown>) => string) & {language: import("./locale.mjs").Language, pair: (pair: Shared.Pair) => string}} Speaker
 */

/** @param {Shared.Texts} texts @returns {Speaker} */
export function speaker(texts) {
  const index = (window.perscoach?.language ?? document.documentElement.lang).startsWith("ru") ? 1 : 0;
  const language = LANGUAGES[index];
  /** @type {(key: string, values?: Record<string, unknown>) => string} */
  const speak = (key, values) => (texts[key] ? fill(texts[key][index], language, values) : key);
  return Object.assign(speak, { language, pair: (/** @type {Shared.Pair} */ pair) => pair[index] });
}
