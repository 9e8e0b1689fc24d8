// The page around the panels: language, steps, small helpers. A classic script at the head's very beginning: it must run
// before Gradio's modules, which read the browser's language once.
(function () {
  "use strict";
  if (window.perscoach && window.perscoach.show) return;

  // Language: ?lang=ru, then the earlier choice, then the browser's own. The server reads the same cookie.
  var LANGUAGES = ["en", "ru"];
  var asked = new URLSearchParams(location.search).get("lang");
  var kept = (document.cookie.match(/(?:^|; )perscoach_lang=(\w+)/) || [])[1];
  var chosen = LANGUAGES.indexOf(asked) >= 0 ? asked : LANGUAGES.indexOf(kept) >= 0 ? kept : null;

  function keepLanguage(language) {
    var secure = location.protocol === "https:" ? "; SameSite=None; Secure; Partitioned" : "; SameSite=Lax";
    document.cookie = "perscoach_lang=" + language + "; path=/; max-age=31536000" + secure;
  }

  if (chosen) {
    keepLanguage(chosen);
    Object.defineProperty(navigator, "language", { configurable: true, get: function () { return chosen; } });
    Object.defineProperty(navigator, "languages", { configurable: true, get: function () { return [chosen]; } });
  }
  var language = chosen || ((navigator.language || "en").slice(0, 2).toLowerCase() === "ru" ? "ru" : "en");
  document.documentElement.lang = language;
  document.documentElement.dataset.lang = language;

  // Until Gradio has built the page, its outline stands there: a name, five steps, one box, and a word.
  function outlineOfPage() {
    var box = document.createElement("div");
    box.id = "pc-loading";
    var dark = matchMedia("(prefers-color-scheme: dark)").matches && !/__theme=light/.test(location.search);
    var grey = dark ? "#1b2229" : "#ffffff";
    box.innerHTML =
      "<style>#pc-loading{position:fixed;inset:0;z-index:9999;padding:26px 16px;font:16px system-ui,sans-serif;background:" + (dark ? "#12171c" : "#f6f7f8") + ";color:" + (dark ? "#e8edf1" : "#17212b") +
      "}#pc-loading>div{max-width:1128px;margin:0 auto}#pc-loading b{font-size:26px}#pc-loading i{display:block;border-radius:12px;background:" + grey +
      "}#pc-loading div div{display:grid;grid-template-columns:repeat(5,1fr);gap:6px;margin:26px 0 40px}#pc-loading div div i{height:46px}#pc-loading p+i{height:150px;margin-top:14px}</style>" +
      "<div><b>Perscoach</b><div><i></i><i></i><i></i><i></i><i></i></div><p role=status>" + (language === "ru" ? "Загружаем…" : "Loading…") + "</p><i></i></div>";
    document.documentElement.append(box);
    return box;
  }
  var loading = outlineOfPage();

  function built() {
    return document.querySelector(".pc-nav, .gradio-container main .block, .gradio-container form");
  }

  function uncover() {
    if (!loading || !built()) return;
    loading.remove();
    loading = null;
  }
  setTimeout(function () { if (loading) loading.remove(); loading = null; }, 20000); // whatever stands there then is better seen

  var STEPS = ["clip", "colour", "matte", "pose", "bundle"];

  function show(step, focus) {
    if (STEPS.indexOf(step) < 0) step = "clip";
    document.documentElement.dataset.step = step;
    document.querySelectorAll(".pc-nav [data-step-to]").forEach(function (button) {
      var current = button.dataset.stepTo === step;
      if (current) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
    var here = new URL(location.href); // a bare "#step" would be read against the page's <base> and lose the query
    here.hash = step;
    if (here.href !== location.href) history.replaceState(null, "", here);
    document.querySelectorAll("video").forEach(function (video) {
      if (!video.offsetParent) video.pause();
    });
    // canvases and plots measured themselves while they were hidden
    requestAnimationFrame(function () { window.dispatchEvent(new Event("resize")); });
    window.dispatchEvent(new CustomEvent("perscoach:step", { detail: step }));
    if (focus) window.scrollTo({ top: 0, behavior: "smooth" });
  }

  document.documentElement.dataset.step = STEPS.indexOf(location.hash.slice(1)) >= 0 ? location.hash.slice(1) : "clip";

  document.addEventListener("click", function (event) {
    var target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    var step = target.closest("[data-step-to]");
    if (step) return show(step.dataset.stepTo, true);
    var lang = target.closest("[data-lang-to]");
    if (lang) {
      keepLanguage(lang.dataset.langTo);
      var url = new URL(location.href);
      url.searchParams.delete("lang");
      history.replaceState(null, "", url);
      location.reload();
      return;
    }
    var copied = target.closest("[data-copy]");
    if (copied) return copy(copied);
    var backdrop = target.closest(".pc-result button[data-backdrop]");
    if (backdrop) {
      var stage = backdrop.closest(".pc-result").querySelector(".pc-stage");
      stage.dataset.backdrop = backdrop.dataset.backdrop;
      backdrop.parentNode.querySelectorAll("[data-backdrop]").forEach(function (b) {
        b.setAttribute("aria-pressed", b === backdrop ? "true" : "false");
      });
    }
  });

  // The clipboard is there only over https and on this computer; elsewhere the address is marked, ready for Ctrl+C.
  function copy(button) {
    var field = button.parentNode.querySelector("input");
    var words = button.dataset.words || (button.dataset.words = button.textContent);
    function done() {
      button.textContent = button.dataset.copied;
      setTimeout(function () { button.textContent = words; }, 2000);
    }
    function mark() {
      if (!field) return;
      field.focus();
      field.select();
      if (document.execCommand("copy")) done();
    }
    if (navigator.clipboard) navigator.clipboard.writeText(button.dataset.copy).then(done, mark);
    else mark();
  }

  // Gradio gives every radio button a group of its own, so arrow keys would do nothing.
  var ARROWS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  document.addEventListener("keydown", function (event) {
    var here = event.target;
    if (!ARROWS[event.key] || !(here instanceof HTMLInputElement) || here.type !== "radio" || !here.closest("fieldset")) return;
    var all = Array.from(here.closest("fieldset").querySelectorAll("input[type=radio]:not(:disabled)"));
    var next = all[(all.indexOf(here) + ARROWS[event.key] + all.length) % all.length];
    event.preventDefault();
    next.focus();
    next.click();
  });

  document.addEventListener("input", function (event) {
    var target = event.target;
    if (target instanceof HTMLInputElement && target.matches(".pc-result input[type=color]")) {
      var stage = target.closest(".pc-result").querySelector(".pc-stage");
      stage.dataset.backdrop = "own";
      stage.style.setProperty("--pc-own", target.value);
    }
  });

  // What the server says of the page's job stands in #pc-state; the address follows, so that a reload opens it again.
  function follow() {
    var state = document.getElementById("pc-state");
    if (!state) return;
    var url = new URL(location.href);
    var job = state.dataset.job || "";
    if ((url.searchParams.get("job") || "") !== job) {
      if (job) url.searchParams.set("job", job);
      else url.searchParams.delete("job");
      history.replaceState(null, "", url);
    }
    document.querySelectorAll(".pc-nav [data-step-to]").forEach(function (button) {
      button.classList.toggle("pc-ready", (state.dataset.ready || "").split(" ").indexOf(button.dataset.stepTo) >= 0);
    });
  }

  // Phones offer their gallery only when the chooser asks for videos; what is dropped is judged by the server in words.
  function dress() {
    uncover();
    document.querySelectorAll("#pc-upload input[type=file]").forEach(function (input) {
      if (input.accept !== ACCEPT) input.accept = ACCEPT;
    });
    document.querySelectorAll(".pc-languages [data-lang-to]").forEach(function (button) {
      button.setAttribute("aria-pressed", button.dataset.langTo === language ? "true" : "false");
    });
    document.querySelectorAll("video[data-mov]").forEach(chooseSource);
    // Gradio leaves the button around a picture without a name
    document.querySelectorAll("#pc-matte-view button, #pc-matte-detail button").forEach(function (button) {
      var label = button.closest(".block").querySelector("label");
      if (label && !button.getAttribute("aria-label") && !button.textContent.trim()) button.setAttribute("aria-label", label.textContent.trim());
    });
    // the place for a file is named by another sentence than the one that stands there
    document.querySelectorAll("button.upload-container").forEach(function (button) {
      var words = button.textContent.replace(/\s+/g, " ").trim();
      if (words && button.getAttribute("aria-label") !== words) button.setAttribute("aria-label", words);
    });
    // a long list is open where there is room beside the video
    document.querySelectorAll("details[data-wide]").forEach(function (list) {
      list.open = window.innerWidth > 700;
      list.removeAttribute("data-wide");
    });
    var nav = document.querySelector(".pc-nav");
    if (nav && !nav.dataset.dressed) {
      nav.dataset.dressed = "1";
      show(document.documentElement.dataset.step);
    }
  }
  var ACCEPT = "video/*,.mkv,.avi,.mov,.m4v";

  // Safari shows transparency only in the .mov, everybody else only in the .webm.
  function chooseSource(video) {
    if (video.src) return;
    var safari = /^((?!chrome|chromium|android|crios|fxios|edg).)*safari/i.test(navigator.userAgent);
    video.src = safari && video.dataset.mov ? video.dataset.mov : video.dataset.webm;
  }

  // The crop is drawn over the clip while it is chosen.
  function outline(left, right, top, bottom) {
    var frame = document.querySelector("#pc-clip-view .pc-crop");
    if (!frame) return;
    var some = left > 0 || top > 0 || right > 0 || bottom > 0;
    frame.style.display = some ? "block" : "none";
    frame.style.inset = top + "% " + right + "% " + bottom + "% " + left + "%";
  }

  function now() {
    var video = document.querySelector("#pc-clip-view video");
    return video ? Math.round(video.currentTime * 100) / 100 : 0;
  }

  function seek(time) {
    var video = document.querySelector("#pc-clip-view video");
    if (video && isFinite(time)) video.currentTime = time;
  }

  window.perscoach = Object.assign(window.perscoach || {}, { show: show, outline: outline, now: now, seek: seek, language: language });

  var waiting = false;
  function start() {
    new MutationObserver(function () {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(function () {
        waiting = false;
        dress();
        follow();
      });
    }).observe(document.body, { childList: true, subtree: true });
    window.addEventListener("hashchange", function () { show(location.hash.slice(1)); });
    dress();
  }
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
})();
