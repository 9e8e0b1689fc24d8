// Every word of the page, in English and Russian.
import { cueWordsEn, cueWordsRu } from "./texts_cues.mjs";

/** @type {Record<string, Record<string, string>>} */
export const TEXTS = {
  en: {
    "title": "Mirror",
    "privacy": "Nothing leaves this device. The picture is looked at here and not recorded.",
    "lead": "Move along with the trainer.",
    "start.camera": "Use the camera", "start.file": "Use a video file", "start.watch": "Just watch",
    "start.camera.hint": "Stand so that head and feet are seen", "start.file.hint": "Or landmarks that were recorded", "start.watch.hint": "Without a camera, without a score",
    "camera": "Camera", "camera.default": "The browser's choice", "camera.n": "Camera {n}", "loading": "Loading the trainer …", "trainer": "Trainer", "you": "You",
    "mode": "Mode", "mode.watch": "Watch", "mode.follow": "Follow", "mode.test": "Test",
    "mode.follow.hint": "With guidance as you move", "mode.test.hint": "No guidance, the score at the end", "mode.watch.hint": "The trainer alone",
    "ask.title": "Allow the camera", "ask.text": "The browser asks for it now. The picture stays on this device; the microphone is not used.",
    "ask.slow": "No answer yet. Look for a camera sign in the address bar, or close another program that uses the camera.",
    "ask.file": "Opening the file …", "ask.model": "Loading the part that sees movement …", "ask.warming": "Getting ready …",
    "retry": "Try again", "back": "Back", "skip": "Start anyway", "go": "Go on", "report.show": "Show the report",
    "no.denied": "The camera is blocked", "no.denied.do": "Allow it in the address bar (the camera sign) or in the system's privacy settings, then try again.",
    "no.none": "No camera was found", "no.none.do": "Connect one and try again, or use a video file.",
    "no.busy": "The camera is in use", "no.busy.do": "Close the other program or tab that uses it, then try again.",
    "no.insecure": "The camera needs a safe address", "no.insecure.do": "Open this page by https:// or on this device as localhost. Watching and video files work here too.",
    "no.timeout": "The camera did not answer", "no.timeout.do": "Look for a question of the browser that is still open, then try again.",
    "no.model": "The part that sees movement is missing", "no.model.do": "The file pose_landmarker_full.task could not be loaded beside this page. Watching works without it.",
    "no.unsupported": "This browser cannot do it", "no.unsupported.do": "Use a present Chrome, Edge, Firefox, or Safari 17 or newer. Watching works here too.",
    "no.file": "This file cannot be read", "no.file.do": "Choose a video that this browser plays, or landmarks as JSON.",
    "no.lost": "The camera went away", "no.lost.do": "Connect it and try again; the score so far is kept.",
    "no.unknown": "The picture cannot be had", "no.unknown.do": "Try again, or use a video file.",
    "frame.title": "Into the picture", "frame.good": "Good. Stay there.",
    "hint.nobody": "Step into the picture", "hint.back": "Step back", "hint.closer": "Come closer", "hint.left": "Step to your left", "hint.right": "Step to your right",
    "hint.up": "Tilt the camera up, or step back", "hint.down": "Tilt the camera down, or step back", "hint.light": "More light", "hint.hidden": "Show your whole body: arms and feet too",
    "hint.still": "Hold still",
    "hold.title": "Stand as the trainer does", "hold.good": "Hold it",
    "count.title": "Get ready", "paused.user": "Pause", "paused.hidden": "Paused: the page was hidden", "paused.hidden.camera": "The camera is off. Go on?",
    "out": "Step into the picture", "out.hint": "No score while you are out of it",
    "wait.hold": "The trainer waits for you", "wait.near": "Almost",
    "form": "Form", "timing": "Timing", "reps": "Repetitions", "coverage": "Seen", "late": "{s} s late", "ontime": "on time", "of": "{a} of {b}",
    "limb.green": "right", "limb.amber": "nearly", "limb.red": "off", "limb.grey": "not seen",
    "play": "Play", "pause": "Pause", "position": "Position", "settings": "Settings", "end": "End", "close": "Close", "speed": "Speed",
    "repeat": "Repeat", "repeat.once": "Once", "repeat.whole": "Again and again", "repeat.section": "A section", "repeat.from": "From", "repeat.to": "To",
    "view": "View", "view.side": "Side by side", "view.over": "On your picture", "figure": "Trainer as", "figure.video": "Video", "figure.body": "3D body", "figure.none": "Skeleton only",
    "look.front": "Front", "look.side": "Side", "skeleton": "Skeleton", "wait": "The trainer waits for me", "mirror": "As in a mirror", "mirror.hint": "Off: your left is the trainer's left. The score starts anew.",
    "sound": "Sounds", "written": "Written cues", "spoken": "Spoken cues", "spoken.none": "This device has no voice of its own for it", "language": "Language", "trainer.sound": "The trainer's sound", "record": "Keep my movement", "record.hint": "Points of the body only, no picture; to save with the report", "more": "More",
    "keys": "Keys: Space pause · ← → five seconds · ↑ ↓ speed · 1 2 3 view · A B section · M mirror · W wait · S sounds · Esc end",
    "report.title": "Your session", "report.none": "Too little was seen for a score.", "report.limbs": "Limb by limb", "report.best": "Best", "report.worst": "To work on", "report.time": "Time →",
    "report.late": "{s} s late on average", "report.unsteady": "unsteady by {s} s", "report.json": "Save as JSON", "report.csv": "Save as CSV", "report.landmarks": "Save my movement", "slow": "You are seen only {n} times a second. Close other programs.", "report.again": "Once more",
    "report.local": "These numbers are only in this tab. They are gone when you close it.", "report.estimate": "An estimate from one camera, not a measurement and not medical advice.",
    "report.strip": "{limb}: {form} of 100", "body.missing": "The 3D body is not in this bundle or cannot be drawn here.", "wrong": "The trainer cannot be loaded", "wrong.do": "Reload the page; if it stays so, make the bundle again. ({what})",
    "recording": "Recorded landmarks",
    ...cueWordsEn,
  },
  ru: {
    "title": "Зеркало",
    "privacy": "Ничто не покидает это устройство. Изображение разбирается здесь и не записывается.",
    "lead": "Двигайтесь вместе с тренером.",
    "start.camera": "Включить камеру", "start.file": "Взять видеофайл", "start.watch": "Просто смотреть",
    "start.camera.hint": "Встаньте так, чтобы было видно от головы до стоп", "start.file.hint": "Или записанные точки тела", "start.watch.hint": "Без камеры и без оценки",
    "camera": "Камера", "camera.default": "На выбор браузера", "camera.n": "Камера {n}", "loading": "Загружается тренер …", "trainer": "Тренер", "you": "Вы",
    "mode": "Режим", "mode.watch": "Смотреть", "mode.follow": "Повторять", "mode.test": "Проверка",
    "mode.follow.hint": "С подсказками по ходу", "mode.test.hint": "Без подсказок, оценка в конце", "mode.watch.hint": "Только тренер",
    "ask.title": "Разрешите камеру", "ask.text": "Сейчас об этом спросит браузер. Изображение остаётся на этом устройстве, микрофон не нужен.",
    "ask.slow": "Ответа пока нет. Найдите значок камеры в адресной строке или закройте другую программу с камерой.",
    "ask.file": "Открываем файл …", "ask.model": "Загружается то, что видит движение …", "ask.warming": "Готовимся …",
    "retry": "Ещё раз", "back": "Назад", "skip": "Всё равно начать", "go": "Дальше", "report.show": "Показать итог",
    "no.denied": "Камера запрещена", "no.denied.do": "Разрешите её в адресной строке (значок камеры) или в настройках системы и попробуйте ещё раз.",
    "no.none": "Камера не найдена", "no.none.do": "Подключите камеру и попробуйте ещё раз или возьмите видеофайл.",
    "no.busy": "Камера занята", "no.busy.do": "Закройте другую программу или вкладку с камерой и попробуйте ещё раз.",
    "no.insecure": "Камере нужен безопасный адрес", "no.insecure.do": "Откройте страницу по https:// или на этом же устройстве как localhost. Смотреть и брать видеофайл можно и так.",
    "no.timeout": "Камера не отвечает", "no.timeout.do": "Найдите вопрос браузера, который ждёт ответа, и попробуйте ещё раз.",
    "no.model": "Не хватает того, что видит движение", "no.model.do": "Файл pose_landmarker_full.task не загрузился рядом со страницей. Смотреть можно и без него.",
    "no.unsupported": "Этот браузер так не умеет", "no.unsupported.do": "Нужен свежий Chrome, Edge, Firefox или Safari от 17. Смотреть можно и здесь.",
    "no.file": "Файл не читается", "no.file.do": "Выберите видео, которое играет этот браузер, или точки тела в JSON.",
    "no.lost": "Камера пропала", "no.lost.do": "Подключите её и попробуйте ещё раз; набранная оценка сохранится.",
    "no.unknown": "Изображения нет", "no.unknown.do": "Попробуйте ещё раз или возьмите видеофайл.",
    "frame.title": "Встаньте в кадр", "frame.good": "Хорошо. Стойте так.",
    "hint.nobody": "Встаньте в кадр", "hint.back": "Отойдите дальше", "hint.closer": "Подойдите ближе", "hint.left": "Шаг влево", "hint.right": "Шаг вправо",
    "hint.up": "Поднимите камеру или отойдите", "hint.down": "Опустите камеру или отойдите", "hint.light": "Больше света", "hint.hidden": "Покажите тело целиком: и руки, и стопы",
    "hint.still": "Замрите",
    "hold.title": "Встаньте как тренер", "hold.good": "Держите",
    "count.title": "Приготовьтесь", "paused.user": "Пауза", "paused.hidden": "Пауза: страница была скрыта", "paused.hidden.camera": "Камера выключена. Продолжить?",
    "out": "Встаньте в кадр", "out.hint": "Пока вас не видно, оценки нет",
    "wait.hold": "Тренер ждёт вас", "wait.near": "Почти",
    "form": "Форма", "timing": "В такт", "reps": "Повторы", "coverage": "Видно", "late": "на {s} с позже", "ontime": "вовремя", "of": "{a} из {b}",
    "limb.green": "верно", "limb.amber": "почти", "limb.red": "не так", "limb.grey": "не видно",
    "play": "Пуск", "pause": "Пауза", "position": "Место", "settings": "Настройки", "end": "Закончить", "close": "Закрыть", "speed": "Скорость",
    "repeat": "Повтор", "repeat.once": "Один раз", "repeat.whole": "Снова и снова", "repeat.section": "Отрезок", "repeat.from": "С", "repeat.to": "До",
    "view": "Вид", "view.side": "Рядом", "view.over": "Поверх вас", "figure": "Тренер как", "figure.video": "Видео", "figure.body": "3D-тело", "figure.none": "Только скелет",
    "look.front": "Спереди", "look.side": "Сбоку", "skeleton": "Скелет", "wait": "Тренер ждёт меня", "mirror": "Как в зеркале", "mirror.hint": "Выключено: ваша левая — левая тренера. Оценка начнётся заново.",
    "sound": "Звуки", "written": "Подсказки текстом", "spoken": "Подсказки голосом", "spoken.none": "На этом устройстве нет своего голоса для этого", "language": "Язык", "trainer.sound": "Звук тренера", "record": "Запомнить моё движение", "record.hint": "Только точки тела, без изображения; сохраняется вместе с отчётом", "more": "Ещё",
    "keys": "Клавиши: пробел пауза · ← → пять секунд · ↑ ↓ скорость · 1 2 3 вид · A B отрезок · M зеркало · W ждать · S звуки · Esc конец",
    "report.title": "Ваше занятие", "report.none": "Видно было слишком мало, оценки нет.", "report.limbs": "По частям тела", "report.best": "Лучшее", "report.worst": "Над чем работать", "report.time": "Время →",
    "report.late": "в среднем на {s} с позже", "report.unsteady": "неровно на {s} с", "report.json": "Сохранить JSON", "report.csv": "Сохранить CSV", "report.landmarks": "Сохранить движение", "slow": "Вас видно лишь {n} раза в секунду. Закройте другие программы.", "report.again": "Ещё раз",
    "report.local": "Эти числа есть только в этой вкладке. Закроете — и их нет.", "report.estimate": "Это оценка по одной камере, а не измерение и не врачебный совет.",
    "report.strip": "{limb}: {form} из 100", "body.missing": "3D-тела нет в этом пакете, или здесь его нечем показать.", "wrong": "Тренер не загружается", "wrong.do": "Обновите страницу; если не поможет, соберите пакет заново. ({what})",
    "recording": "Записанные точки",
    ...cueWordsRu,
  },
};

/** @param {string|null} wanted from the address @param {readonly string[]} browser navigator.languages @returns {'en'|'ru'} */
export function chooseLanguage(wanted, browser) {
  if (wanted === "en" || wanted === "ru") return wanted;
  return (browser[0] || "").toLowerCase().startsWith("ru") ? "ru" : "en";
}

/**
 * @param {string} language @param {string} key @param {Record<string, string|number>} [values]
 * @returns {string} the words with {name} filled in; the key itself where it is unknown
 */
export function text(language, key, values = {}) {
  const words = (TEXTS[language] || TEXTS.en)[key] ?? TEXTS.en[key] ?? key;
  return words.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** A number with the language's decimal mark. @param {string} language @param {number} value @param {number} digits */
export function number(language, value, digits) {
  const written = value.toFixed(digits);
  return language === "ru" ? written.replace(".", ",") : written;
}
