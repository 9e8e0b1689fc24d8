// Sentences with values, plurals and numbers by each language's rules: perscoach/core/messages in the browser.

/** @typedef {'en'|'ru'} Language */

/** @type {readonly Language[]} In the order of a text's pair. */
export const LANGUAGES = ["en", "ru"];

/**
 * @param {string|null} wanted as the address names it
 * @param {readonly string[]} browser navigator.languages
 * @returns {Language}
 */
export function chooseLanguage(wanted, browser) {
  if (wanted === "en" || wanted === "ru") return wanted;
  return (browser[0] || "").toLowerCase().startsWith("ru") ? "ru" : "en";
}

/**
 * `template` with its values: {name}; {name:.1f}, a number with that many decimals; {name:frame|frames} and
 * {name:кадр|кадра|кадров}, the word for that many.
 * @param {string} template @param {Language} language @param {Readonly<Record<string, unknown>>} [values]
 * @returns {string} a name without a value stays as it is
 */
export function fill(template, language, values = {}) {
  return template.replace(/\{(\w+)(?::([^}]*))?\}/g, (whole, name, format = "") => {
    const value = values[name];
    if (value === undefined) return whole;
    if (format.includes("|")) return wordFor(Number(value), format.split("|"), language);
    if (typeof value !== "number") return String(value);
    const digits = /^\.(\d)f$/.exec(format);
    return digits ? number(value, language, Number(digits[1])) : value.toLocaleString(language);
  });
}

/**
 * A number with the language's decimal mark and without grouping.
 * @param {number} value @param {Language} language @param {number} digits after the mark
 */
export function number(value, language, digits) {
  return value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false });
}

/**
 * English has the forms one and other; Russian one, few and many, and counts fractions with few.
 * @param {number} count @param {string[]} forms @param {Language} language
 */
function wordFor(count, forms, language) {
  const rule = new Intl.PluralRules(language).select(count);
  if (language === "en") return forms[rule === "one" ? 0 : 1];
  return forms[rule === "one" ? 0 : rule === "many" ? 2 : 1];
}
