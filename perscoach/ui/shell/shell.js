// The page around the panels: language, steps, small helpers. A classic script at the head's very beginning: it must run
// before Gradio's modules, which read the browser's language once.
(() => {
  "use strict";
  if (window.perscoach) return;

  /** @param {string} selector @returns {NodeListOf<HTMLElement>} */
  const all = (selector) => document.querySelectorAll(selector);
  /** @param {string} selector @returns {HTMLElement|null} */
  const one = (selector) => document.querySelector(selector);

  // Language: ?lang=ru, then the earlier choice, then the browser's own. The server reads the same cookie.
  const LANGUAGES = ["en", "ru"];
  const wished = [new URLSearchParams(location.search).get("lang"), document.cookie.match(/(?:^|; )perscoach_lang=(\w+)/)?.[1]];
  const chosen = wished.find((name) => LANGUAGES.includes(name ?? ""));

  /** @param {string} language */
  function keepLanguage(language) {
    const secure = location.protocol === "https:" ? "; SameSite=None; Secure; Partitioned" : "; SameSite=Lax";
    document.cookie = `perscoach_lang=${language}; path=/; max-age=31536000${secure}`;
  }

  if (chosen) {
    keepLanguage(chosen);
    Object.defineProperty(navigator, "language", { configurable: true, get: () => chosen });
    Object.defineProperty(navigator, "languages", { configurable: true, get: () => [chosen] });
  }
  const language = chosen ?? ((navigator.language || "en").slice(0, 2).toLowerCase() === "ru" ? "ru" : "en");
  document.documentElement.lang = language;
  document.documentElement.dataset.lang = language;

  // Until Gradio has built the page, its outline stands there: a name, five steps, one box, and a word.
  function outlineOfPage() {
    const box = document.createElement("div");
    box.id = "pc-loading";
    const dark = matchMedia("(prefers-color-scheme: dark)").matches && !/__theme=light/.test(location.search);
    const [ground, ink, grey] = dark ? ["#12171c", "#e8edf1", "#1b2229"] : ["#f6f7f8", "#17212b", "#ffffff"];
    box.innerHTML = `<style>#pc-loading{position:fixed;inset:0;z-index:9999;padding:26px 16px;font:16px system-ui,sans-serif;background:${ground};color:${ink}}
#pc-loading>div{max-width:1368px;margin:0 auto}#pc-loading b{font-size:26px}#pc-loading i{display:block;border-radius:12px;background:${grey}}
#pc-loading div div{display:grid;grid-template-columns:repeat(5,1fr);gap:6px;margin:26px 0 40px}#pc-loading div div i{height:46px}#pc-loading p+i{height:150px;margin-top:14px}</style>
<div><b>Perscoach</b><div><i></i><i></i><i></i><i></i><i></i></div><p role=status>${language === "ru" ? "Загружаем…" : "Loading…"}</p><i></i></div>`;
    document.documentElement.append(box);
    return box;
  }
  /** @type {HTMLElement|null} */
  let loading = outlineOfPage();

  function uncover() {
    loading?.remove();
    loading = null;
  }
  setTimeout(uncover, 20000); // whatever stands there then is better seen

  const STEPS = ["clip", "colour", "matte", "pose", "bundle"];
  const known = (/** @type {string|undefined} */ step) => (step && STEPS.includes(step) ? step : "clip");

  /** @param {string|undefined} wish a step @param {boolean} [focus] */
  function show(wish, focus) {
    const step = known(wish);
    document.documentElement.dataset.step = step;
    for (const button of all(".pc-nav [data-step-to]")) {
      if (button.dataset.stepTo === step) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    }
    const here = new URL(location.href); // a bare "#step" would be read against the page's <base> and lose the query
    here.hash = step;
    if (here.href !== location.href) history.replaceState(null, "", here);
    for (const video of document.querySelectorAll("video")) if (!video.offsetParent) video.pause();
    // canvases and plots measured themselves while they were hidden
    requestAnimationFrame(() => window.dispatchEvent(new Event("resize")));
    window.dispatchEvent(new CustomEvent("perscoach:step", { detail: step }));
    if (!focus) return;
    window.scrollTo({ top: 0, behavior: "smooth" });
    const heading = one(`#step-${step} .pc-lead h2`);
    if (heading) {
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
  }

  document.documentElement.dataset.step = known(location.hash.slice(1));

  document.addEventListener("click", (event) => {
    const near = (/** @type {string} */ selector) => (event.target instanceof Element ? /** @type {HTMLElement|null} */ (event.target.closest(selector)) : null);
    const step = near("[data-step-to]");
    if (step) {
      show(step.dataset.stepTo, true);
      if (step.dataset.press) document.getElementById(step.dataset.press)?.click();
      return;
    }
    const lang = near("[data-lang-to]");
    if (lang) return switchLanguage(lang.dataset.langTo ?? "");
    const copied = near("[data-copy]");
    if (copied) return copy(copied);
    const press = near("[data-press]"); // a button of the page that stands for one of Gradio's, and may ask first
    if (press) {
      if (!press.dataset.ask || window.confirm(press.dataset.ask)) document.getElementById(press.dataset.press ?? "")?.click();
      return;
    }
    const swatch = near(".pc-result button[data-backdrop]");
    if (swatch) backdrop(swatch, swatch.dataset.backdrop ?? "");
  });

  /** @param {string} wish */
  function switchLanguage(wish) {
    keepLanguage(wish);
    const url = new URL(location.href);
    url.searchParams.delete("lang");
    history.replaceState(null, "", url);
    location.reload();
  }

  /** What stands behind the finished video. @param {HTMLElement} control @param {string} name @param {string} [own] a colour */
  function backdrop(control, name, own) {
    const result = control.closest(".pc-result");
    const stage = /** @type {HTMLElement|null|undefined} */ (result?.querySelector(".pc-stage"));
    if (!result || !stage) return;
    stage.dataset.backdrop = name;
    if (own) stage.style.setProperty("--pc-own", own);
    for (const other of result.querySelectorAll("button[data-backdrop]")) other.setAttribute("aria-pressed", String(other === control));
  }

  // The clipboard is there only over https and on this computer; elsewhere the address is marked, ready for Ctrl+C.
  /** @param {HTMLElement} button */
  function copy(button) {
    const field = /** @type {HTMLInputElement|HTMLTextAreaElement|null|undefined} */ (button.parentElement?.querySelector("input, textarea"));
    const words = (button.dataset.words ??= button.textContent ?? "");
    const done = () => {
      button.textContent = button.dataset.copied ?? "";
      setTimeout(() => { button.textContent = words; }, 2000);
    };
    const mark = () => {
      if (!field) return;
      field.focus();
      field.select();
      if (document.execCommand("copy")) done();
    };
    if (navigator.clipboard) navigator.clipboard.writeText(button.dataset.copy ?? "").then(done, mark);
    else mark();
  }

  // Gradio gives every radio button a group of its own, so arrow keys would do nothing.
  /** @type {Record<string, number>} */
  const ARROWS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  document.addEventListener("keydown", (event) => {
    const here = event.target;
    const step = ARROWS[event.key];
    if (!step || !(here instanceof HTMLInputElement) || here.type !== "radio") return;
    /** @type {HTMLInputElement[]} */
    const group = Array.from(here.closest("fieldset")?.querySelectorAll("input[type=radio]:not(:disabled)") ?? []);
    if (!group.length) return;
    const next = group[(group.indexOf(here) + step + group.length) % group.length];
    event.preventDefault();
    next.focus();
    next.click();
  });

  document.addEventListener("input", (event) => {
    const target = event.target;
    if (target instanceof HTMLInputElement && target.matches(".pc-result input[type=color]")) backdrop(target, "own", target.value);
  });

  // What the server says of the page's job stands in #pc-state; the address follows, so that a reload opens it again.
  function follow() {
    const state = one("#pc-state");
    if (!state) return;
    const url = new URL(location.href);
    const job = state.dataset.job || "";
    if ((url.searchParams.get("job") || "") !== job) {
      if (job) url.searchParams.set("job", job);
      else url.searchParams.delete("job");
      history.replaceState(null, "", url);
    }
    tell(state.dataset);
    const ready = (state.dataset.ready || "").split(" ");
    for (const button of all(".pc-nav [data-step-to]")) button.classList.toggle("pc-ready", ready.includes(button.dataset.stepTo ?? ""));
  }

  // What is said without the server: sentences of both languages, made by it beforehand (app.py: words_html).
  /** @param {string} key @returns {string} */
  function sentence(key) {
    try {
      return JSON.parse(one("#pc-lost")?.dataset.words ?? "{}")[language]?.[key] ?? "";
    } catch {
      return "";
    }
  }

  /** Show a sentence above the step, or none. @param {string} words */
  function say(words) {
    const place = one("#pc-lost");
    if (!place || place.textContent === words) return;
    place.textContent = words;
    place.hidden = !words;
    place.className = words ? "pc-message pc-bad" : "";
  }

  // The tab's title tells how far the run is; the end is told by a notification where the coach allowed that.
  let running = "";

  /** @param {DOMStringMap} state */
  function tell(state) {
    const name = state.name || "Perscoach";
    if (state.run === "1") {
      running = state.job ?? "";
      document.title = `${state.percent} % · ${name}`;
      return;
    }
    if (running && running === state.job) {
      const done = state.result === "1";
      document.title = `${done ? "✓ " : ""}${name} · Perscoach`;
      if (document.hidden && "Notification" in window && Notification.permission === "granted") {
        new Notification("Perscoach", { body: sentence(done ? "ready_for" : "stopped_for").replace("{name}", name) });
      }
      running = "";
    } else if (!document.title.includes(name)) {
      document.title = state.job ? `${name} · Perscoach` : "Perscoach";
    }
  }

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("#pc-run, #pc-resume")) return;
    if ("Notification" in window && Notification.permission === "default" && window.isSecureContext) Notification.requestPermission();
  });

  // Gradio's own notes would lie over the steps, in English: what they say stands above the step instead.
  function takeNotes() {
    for (const note of all(".toast-body")) {
      if (note.dataset.taken) continue;
      note.dataset.taken = "1";
      const words = (note.querySelector(".toast-text")?.textContent ?? "").trim();
      if (!note.classList.contains("error")) continue;
      if (!words || /connection|fetch|errored|timed? ?out/i.test(words)) lost();
      else say(/[а-яё]/i.test(words) === (language === "ru") ? words : sentence("refused"));
    }
  }

  // Phones offer their gallery only when the chooser asks for videos; what is dropped is judged by the server in words.
  const ACCEPT = "video/*,.mkv,.avi,.mov,.m4v,.ts,.mts,.m2ts";

  let stepsOpen = false;

  function dress() {
    takeNotes();
    if (one(".pc-nav, .gradio-container main .block, .gradio-container form")) uncover();
    for (const input of all("#pc-upload input[type=file]")) if (input.getAttribute("accept") !== ACCEPT) input.setAttribute("accept", ACCEPT);
    for (const button of all(".pc-languages [data-lang-to]")) button.setAttribute("aria-pressed", String(button.dataset.langTo === language));
    for (const video of document.querySelectorAll("video")) if (video.dataset.mov !== undefined) chooseSource(video);
    // Gradio leaves the button around a picture without a name
    for (const button of all("#pc-matte-view button, #pc-matte-detail button, #pc-matte-room button")) {
      const label = button.closest(".block")?.querySelector("label");
      if (label && !button.getAttribute("aria-label") && !button.textContent?.trim()) button.setAttribute("aria-label", label.textContent?.trim() ?? "");
    }
    // an empty picture of Gradio's: a name in English, on an element that may have none
    for (const empty of all("[aria-label='Empty value']")) empty.removeAttribute("aria-label");
    // the place for a file is named by another sentence than the one that stands there
    for (const button of all("button.upload-container")) {
      const words = (button.textContent ?? "").replace(/\s+/g, " ").trim();
      if (words && button.getAttribute("aria-label") !== words) button.setAttribute("aria-label", words);
    }
    // a long list is open where there is room beside the video
    for (const list of all("details[data-wide]")) {
      list.toggleAttribute("open", window.innerWidth > 700);
      list.removeAttribute("data-wide");
    }
    const cutter = one("#pc-cutter");
    const clip = document.querySelector("#pc-clip-view video");
    if (cutter && clip instanceof HTMLVideoElement && !cutter.dataset.dressed) {
      cutter.dataset.dressed = "1";
      const address = new URL(`perscoach/static/clip/cutter.mjs?v=${cutter.dataset.version}`, document.baseURI).href;
      import(address).then((module) => module.start(cutter, clip, JSON.parse(cutter.dataset.words ?? "{}")));
    }
    // the progress is written anew every second; what the coach opened stays open
    const steps = one("#pc-steps");
    if (steps instanceof HTMLDetailsElement && !steps.dataset.dressed) {
      steps.dataset.dressed = "1";
      steps.open = stepsOpen;
      steps.addEventListener("toggle", () => { if (steps.isConnected) stepsOpen = steps.open; });
    }
    const nav = one(".pc-nav");
    if (nav && !nav.dataset.dressed) {
      nav.dataset.dressed = "1";
      show(document.documentElement.dataset.step);
    }
  }

  /** Safari shows transparency only in the .mov, everybody else only in the .webm. @param {HTMLVideoElement} video */
  function chooseSource(video) {
    if (video.src) return;
    const safari = /^((?!chrome|chromium|android|crios|fxios|edg).)*safari/i.test(navigator.userAgent);
    video.src = (safari && video.dataset.mov) || video.dataset.webm || "";
  }

  window.perscoach = { show, language };

  // Gradio's login form knows a wrong password only; that too many attempts have to wait is said here.
  const ask = window.fetch;
  let gone = false; // the server

  /** The server does not answer: say so until it does. */
  function lost() {
    say(sentence("lost"));
    if (gone) return;
    gone = true;
    const asking = setInterval(() => ask(new URL("healthz", document.baseURI)).then((answer) => {
      if (!answer.ok) return;
      clearInterval(asking);
      gone = false;
      say("");
    }, () => {}), 3000);
  }

  window.fetch = async (...wanted) => {
    const answer = await ask(...wanted).catch((error) => {
      if (error instanceof TypeError) {
        const upload = String(wanted[0] instanceof Request ? wanted[0].url : wanted[0]).includes("/upload");
        if (upload) say(sentence("upload_broken"));
        else lost();
      }
      throw error;
    });
    if (new URL(answer.url || location.href, location.href).pathname.endsWith("/login")) sayWait(answer.status === 429 ? answer.clone() : null);
    return answer;
  };

  /** @param {Response|null} refused null where the form may be used */
  async function sayWait(refused) {
    one("#pc-login-wait")?.remove();
    const form = one("input[type=password]")?.closest(".form")?.parentElement;
    if (!refused || !form) return;
    const { detail } = await refused.json();
    const words = document.createElement("p");
    words.id = "pc-login-wait";
    words.setAttribute("role", "alert");
    words.textContent = String(detail);
    form.prepend(words);
  }

  let waiting = false;
  function start() {
    new MutationObserver(() => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        dress();
        follow();
      });
    }).observe(document.body, { childList: true, subtree: true });
    window.addEventListener("hashchange", () => show(location.hash.slice(1)));
    dress();
  }
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
})();
