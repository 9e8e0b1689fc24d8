"""Undo and redo, two versions, and the list of keys."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import pytest

from perscoach.grade.params import Grade
from perscoach.grade.presets import by_name
from tests.ui.habits.site import grade_of, load, open_job


class Model:
    """What the history promises, in the plainest words: a list, a place in it, an open gesture."""

    def __init__(self, limit: int) -> None:
        self.limit, self.values, self.at, self.gesture = limit, [0], 0, None

    def push(self, value: int, kind: str, merge: int | None) -> None:
        if value == self.values[self.at]:
            return
        del self.values[self.at + 1 :]
        joined = merge is not None and self.gesture == (kind, merge, self.at) and self.at > 0
        if joined:
            self.values.pop()
        back = joined and value == self.values[-1]
        if not back:
            self.values.append(value)
        self.values = self.values[-self.limit - 1 :]
        self.at = len(self.values) - 1
        self.gesture = None if back else (kind, merge, self.at)

    def go(self, step: int) -> None:
        if 0 <= self.at + step < len(self.values):
            self.at += step
            self.gesture = None


def words(seed: int) -> list[list[Any]]:
    """A coach at work: pushes in short gestures that often return to an earlier value, undo and redo in between."""
    draw = random.Random(seed)
    out: list[list[Any]] = []
    for gesture in range(30):
        for _ in range(draw.randint(1, 4)):
            if draw.random() < 0.3:
                out.append([draw.choice(["undo", "undo", "redo"])])
            merge = gesture if draw.random() < 0.8 else None
            out.append(["push", draw.randint(0, 3), draw.choice(["colour_contrast", "colour_red_boost"]), merge])
    return out


def test_history_keeps_its_promises(tab: Any) -> None:
    """Sixty random sessions against a model of the promise; short limits too."""
    sessions = [{"limit": random.Random(seed).choice([1, 3, 8, 200]), "words": words(seed)} for seed in range(60)]
    shown = load(tab, job=None).evaluate(
        """(sessions) => sessions.map(({ limit, words }) => {
          const { History } = room.history;
          const choice = (value) => ({ grade: { contrast: 1 + value / 10 }, look: null });
          let steps = new History(choice(0), limit);
          return words.map(([word, value, kind, merge]) => {
            if (word === "push") steps.push(choice(value), { kind, merge });
            else steps[word]();
            return [Math.round((steps.present.grade.contrast - 1) * 10), steps.canUndo, steps.canRedo, steps.steps.length];
          });
        })""",
        sessions,
    )
    for session, states in zip(sessions, shown, strict=True):
        model = Model(session["limit"])
        for word, state in zip(session["words"], states, strict=True):
            if word[0] == "push":
                model.push(*word[1:])
            else:
                model.go(-1 if word[0] == "undo" else 1)
            right = [model.values[model.at], model.at > 0, model.at < len(model.values) - 1, len(model.values)]
            assert state == right, (session["limit"], word)
        assert len(model.values) <= session["limit"] + 1


def test_history_is_stored_and_only_good_words_are_believed(tab: Any) -> None:
    outcome = load(tab, job=None).evaluate(
        """() => {
          const { History, packed, unpacked, sameChoice } = room.history;
          const { parameters } = room;
          const grade = room.grade();
          const look = { id: "a".repeat(64), name: "Film", amount: 0.5 };
          const steps = new History({ grade, look: null });
          steps.push({ grade, look }, { kind: "colour_look" });
          steps.push({ grade: { ...grade, contrast: 1.5 }, look }, { kind: "colour_contrast" });
          steps.undo();
          const text = packed({ shown: "A", slots: { A: steps, B: null } });
          const back = unpacked(text, parameters);
          const same = back.slots.A.label === "colour_look" && back.slots.A.next === "colour_contrast"
            && sameChoice(back.slots.A.present, steps.present) && packed(back) === text;
          const broken = [
            text.replace('"contrast":1.5', '"contrast":9'), text.replace('"contrast":1.5', '"contrast":"1.5"'),
            text.replace('"contrast":1.5', '"contrast":null'), text.replace('"amount":0.5', '"amount":2'),
            text.replace("a".repeat(64), "../../x"), text.replace('"at":1', '"at":7'), text.replace('"at":1', '"at":0.5'),
            text.replace('"shown":"A"', '"shown":"B"'), text.replace('"shown":"A"', '"shown":"__proto__"'),
            text.replace('"version":1', '"version":2'), text.replace('colour_contrast', '<img src=x>'),
            text.slice(1), "", "null", "[]", "5", '{"version":1}', "[".repeat(100000), text + " ".repeat(500000), null, 7,
          ].map((one) => unpacked(one, parameters));
          return { same, unchanged: unpacked(text, parameters) !== null, broken: broken.filter((one) => one !== null).length };
        }"""
    )
    assert outcome == {"same": True, "unchanged": True, "broken": 0}


# undo, redo and two versions, by hand ---------------------------------------------------------------------------------


def test_a_drag_a_held_key_and_a_typed_number_are_one_step_each(room: Any) -> None:
    slider = room.locator("#pcc-contrast")
    box = slider.bounding_box()
    room.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    room.mouse.down()
    for step in range(12):
        room.mouse.move(box["x"] + box["width"] * (0.5 + step / 40), box["y"] + box["height"] / 2)
    room.mouse.up()
    dragged = grade_of(room).contrast
    assert dragged > 1.3
    for _ in range(6):
        room.keyboard.down("ArrowRight")  # without a release between: the key repeats
    room.keyboard.up("ArrowRight")
    held = grade_of(room).contrast
    assert held == pytest.approx(dragged + 0.06)
    room.locator("#pcc-lab_lift-number").click()
    room.keyboard.press("ControlOrMeta+a")
    room.keyboard.type("77.5")
    assert grade_of(room).lab_lift == 77.5
    room.keyboard.press("Enter")
    seen = []
    for _ in range(3):
        room.keyboard.press("Control+z")
        seen.append((grade_of(room).lab_lift, grade_of(room).contrast))
    assert seen == [(52, held), (52, dragged), (52, Grade().contrast)]
    assert room.locator(".pcc-undo").get_attribute("aria-disabled") == "true"
    room.keyboard.press("Control+Shift+Z")
    room.keyboard.press("Control+y")
    room.locator(".pcc-redo").click()
    assert grade_of(room) == dataclasses.replace(Grade(), contrast=held, lab_lift=77.5)
    assert room.inner_text(".pcc-said") == "Redone: Shadow lift"
    assert room.locator(".pcc-undo").get_attribute("title") == "Undo: Shadow lift (Ctrl+Z)"


def test_keys_belong_to_text_fields_and_work_on_a_russian_layout(room: Any) -> None:
    room.evaluate("room.gallery.pick(room.gallery.presets[2])")
    warm = grade_of(room)
    assert warm == by_name("warm")
    room.locator("#name").click()
    room.keyboard.type("ab")
    room.keyboard.press("Control+z")
    assert grade_of(room) == warm, "the field's own undo"
    assert room.evaluate("room.habits.shown") == "A"
    number = room.locator("#pcc-contrast-number")
    number.click()
    room.keyboard.type("1")  # not finished: the field takes it back itself
    room.keyboard.press("Control+z")
    room.keyboard.press("Tab")
    assert grade_of(room).red_boost == warm.red_boost
    room.evaluate("document.activeElement.blur()")
    russian = (
        "window.dispatchEvent(new KeyboardEvent('keydown', {key: 'я', code: 'KeyZ', ctrlKey: true, cancelable: true}))"
    )
    assert room.evaluate(russian) is False, "the key is taken"
    assert grade_of(room) == Grade()
    russian_b = "window.dispatchEvent(new KeyboardEvent('keydown', {key: 'и', code: 'KeyB', cancelable: true}))"
    assert room.evaluate(russian_b) is False
    assert room.evaluate("room.habits.shown") == "B"


def test_two_versions_keep_their_own_colour_and_steps(room: Any) -> None:
    room.locator("#pcc-contrast").focus()
    room.keyboard.press("ArrowRight")
    a = grade_of(room)
    room.keyboard.press("b")
    assert grade_of(room) == a, "B begins as a copy"
    room.locator("#pcc-contrast").focus()
    room.keyboard.press("End")
    assert grade_of(room).contrast == 2
    assert "B is exported" in room.inner_text(".pcc-said")
    room.get_by_role("button", name="Version A").click()
    assert grade_of(room) == a
    room.keyboard.press("Control+z")
    assert grade_of(room) == Grade(), "A's own step"
    room.keyboard.press("b")
    assert grade_of(room).contrast == 2
    assert room.get_by_role("button", name="Version B").get_attribute("aria-pressed") == "true"
    room.get_by_role("button", name="Copy to A", exact=True).click()
    room.keyboard.press("a")
    assert grade_of(room).contrast == 2
    room.keyboard.press("Control+z")
    assert grade_of(room) == Grade(), "the copy can be taken back"


def test_the_other_version_beside(room: Any) -> None:
    room.get_by_role("button", name="Compare A and B").click()
    assert room.evaluate("room.log.at(-1)") == "beside B 1.12"
    room.keyboard.press("b")
    room.locator("#pcc-contrast").focus()
    room.keyboard.press("End")
    assert room.evaluate("room.log.at(-1)") == "beside A 1.12"
    room.evaluate("room.habits.compare(false)")
    assert room.evaluate("room.log.at(-1)") == "beside nothing"
    assert room.get_by_role("button", name="Compare A and B").get_attribute("aria-pressed") == "false"


def test_a_reload_keeps_steps_and_versions_and_the_stored_colour_wins(room: Any) -> None:
    room.keyboard.press("b")
    room.evaluate("room.gallery.pick(room.gallery.presets[3])")
    cool = grade_of(room)
    load(room, grade=cool)
    assert room.evaluate("room.habits.shown") == "B"
    room.keyboard.press("Control+z")
    assert grade_of(room) == Grade()
    open_job(room, "two", Grade(contrast=1.5))
    assert room.locator(".pcc-undo").get_attribute("aria-disabled") == "true", "another clip has steps of its own"
    open_job(room, "one", Grade(contrast=0.7))  # changed elsewhere meanwhile
    assert grade_of(room).contrast == 0.7
    room.keyboard.press("Control+z")
    assert grade_of(room) == Grade()
    room.evaluate("for (let i = 0; i < 20; i++) room.habits.open(`job${i}`, {grade: room.grade(), look: null})")
    room.evaluate("room.habits.keep(true)")
    kept = room.evaluate("Object.keys(sessionStorage).filter((key) => key !== 'perscoach.colour.order').sort()")
    assert kept == sorted(f"perscoach.colour.job{i}" for i in range(12, 20))
    room.evaluate("sessionStorage.setItem('perscoach.colour.order', '{\"a\":1}')")
    room.evaluate(
        'sessionStorage.setItem(\'perscoach.colour.bad\', \'{"version":1,"shown":"A","slots":{"A":{"at":0}}}\')'
    )
    open_job(room, "bad", Grade(contrast=1.3))
    assert grade_of(room).contrast == 1.3
    assert room.locator(".pcc-undo").get_attribute("aria-disabled") == "true"


def test_the_list_of_keys(room: Any) -> None:
    room.evaluate("room.habits.addShortcuts([{ keys: ['Space'], text: 'Play' }])")
    button = room.get_by_role("button", name="Keyboard")
    button.focus()
    room.keyboard.press("Enter")
    assert room.locator("dialog[open] dt:has-text('Ctrl+Z')").count() == 1
    assert "Play" in room.inner_text("dialog[open]")
    room.keyboard.press("b")
    assert room.evaluate("room.habits.shown") == "A", "no key works behind the window"
    room.keyboard.press("Escape")
    assert room.locator("dialog[open]").count() == 0
    assert button.evaluate("(node) => node === document.activeElement")
