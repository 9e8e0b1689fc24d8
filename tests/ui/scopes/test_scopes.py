"""The counts of the instruments against numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from perscoach.grade import reference
from tests.ui.scopes import page as scopes_page
from tests.ui.scopes.drawn import DARK_SKIN, LIGHT_SKIN, drawn, flat

pytestmark = pytest.mark.browser


def expected(rgba: np.ndarray, inside: bool, columns: int) -> dict[str, Any]:
    """The counts by numpy, from the definition: BT.709 in whole numbers with 16 bits after the point."""
    across = min(columns or rgba.shape[1], rgba.shape[1])
    keep = rgba[..., 3] >= (128 if inside else 0)
    place = np.broadcast_to(np.arange(rgba.shape[1]) * across // rgba.shape[1], keep.shape)[keep]
    rgb = rgba[keep][:, :3].astype(np.int64)
    luma = (rgb @ np.array([13933, 46871, 4732]) + 32768) >> 16
    cb, cr = (
        np.minimum(255, (rgb @ np.array(k) + 128 * 65536 + 32768) >> 16)
        for k in ((-7509, -25259, 32768), (32768, -29763, -3005))
    )
    values = dict(zip(("r", "g", "b", "luma"), (*rgb.T, luma), strict=True))
    bins = {name: np.bincount(value, minlength=256) for name, value in values.items()}
    traces = {name: np.bincount(place * 256 + value, minlength=across * 256) for name, value in values.items()}
    return {
        "count": int(keep.sum()),
        "columns": across,
        "histogram": bins,
        "waveform": traces.pop("luma"),
        "parade": traces,
        "vector": np.bincount(cr * 256 + cb, minlength=65536),
        "shadows": (rgb == 0).any(-1).mean() if len(rgb) else 0,
        "highlights": (rgb == 255).any(-1).mean() if len(rgb) else 0,
        "mean": luma.mean() / 2.55 if len(rgb) else 0,
        "darkest": np.quantile(luma, 0.01, method="inverted_cdf") / 2.55 if len(rgb) else 0,
        "brightest": np.quantile(luma, 0.99, method="inverted_cdf") / 2.55 if len(rgb) else 0,
    }


PICTURES = {
    "noise": (np.random.default_rng(1).integers(0, 256, (37, 53, 4)), False, 0),
    "noise inside": (np.random.default_rng(2).integers(0, 256, (37, 53, 4)), True, 17),
    "narrower than its columns": (np.random.default_rng(3).integers(0, 256, (50, 9, 4)), True, 64),
    "ends": (np.random.default_rng(4).choice([0, 1, 254, 255], (41, 30, 4)), True, 7),
    "soft edge": (np.random.default_rng(5).choice([126, 127, 128, 129], (20, 20, 4)), True, 0),
    "empty matte": (flat(90, 80, 70, alpha=127), True, 0),
    "one pixel": (flat(255, 0, 0, size=(1, 1)), False, 0),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_counts_are_numpy_s(room: Any, name: str) -> None:
    picture, inside, columns = PICTURES[name]
    got = scopes_page.counted(room, picture.astype(np.uint8), inside=inside, columns=columns)
    for key, value in expected(picture.astype(np.uint8), inside, columns).items():
        if isinstance(value, dict):
            assert all(np.array_equal(got[key][part], counts) for part, counts in value.items()), key
        elif isinstance(value, np.ndarray):
            assert np.array_equal(got[key], value), key
        else:
            assert got[key] == pytest.approx(value, abs=1e-12), key


def test_a_room_that_is_used_again_counts_afresh(room: Any) -> None:
    size = scopes_page.packed(PICTURES["noise"][0].astype(np.uint8))
    same = room.evaluate(
        """(all) => {
          const { measure } = room.scopes;
          const first = measure(room.picture(...all));
          const text = JSON.stringify(first.histogram) + first.vector.join() + first.parade.g.join();
          const again = measure(room.picture(...all), { room: first });
          return again === first && text === JSON.stringify(again.histogram) + again.vector.join() + again.parade.g.join();
        }""",
        size,
    )
    assert same


def test_colours_lie_where_a_vectorscope_has_them(room: Any) -> None:
    place = lambda *rgb: room.evaluate("(c) => room.scopes.chromaOf(...c)", rgb)  # noqa: E731
    hue = lambda *rgb: room.evaluate("(c) => room.scopes.hueOf(...room.scopes.chromaOf(...c))", rgb)  # noqa: E731
    for grey in (0, 1, 77, 128, 254, 255):
        assert place(grey, grey, grey) == [128, 128]
    assert hue(*LIGHT_SKIN) == pytest.approx(123, abs=3)
    assert hue(*DARK_SKIN) == pytest.approx(123, abs=3)
    y, u, v = 0.2126, 1.8556, 1.5748  # BT.709, by hand for red and blue
    targets = room.evaluate("room.scopes.TARGETS")
    assert targets["r"] == pytest.approx([128 - 0.75 * 255 * y / u, 128 + 0.75 * 255 * (1 - y) / v], abs=0.01)
    assert targets["b"] == pytest.approx([128 + 0.75 * 255 * 0.5, 128 - 0.75 * 255 * 0.0722 / v], abs=0.01)
    for one, other in (("r", "cy"), ("g", "mg"), ("b", "yl")):
        assert np.add(targets[one], targets[other]) == pytest.approx([256, 256], abs=0.01)


@pytest.mark.parametrize(
    ("rgb", "words"),
    [
        (LIGHT_SKIN, "Skin is on the skin line"),
        (DARK_SKIN, "Skin is on the skin line"),
        ((196, 152, 122), "Skin is slightly too yellow-green"),
        ((194, 158, 112), "Skin is clearly too yellow-green"),
        ((194, 148, 136), "Skin is slightly too red"),
        ((200, 140, 140), "Skin is clearly too red"),
        ((120, 122, 121), "There is too little skin in the picture to judge."),
    ],
)
def test_the_skin_s_hue_in_words(room: Any, rgb: tuple[int, int, int], words: str) -> None:
    from math import atan2, degrees

    room.evaluate("room.instruments.choose('vector')")
    scopes_page.show(room, flat(*rgb))
    drawn(room)
    said = room.inner_text(".pci-words")
    assert said.startswith(words)
    y = np.dot(rgb, (0.2126, 0.7152, 0.0722))
    off = degrees(atan2((rgb[0] - y) / 1.5748, (rgb[2] - y) / 1.8556)) - 123
    if "°" in said:
        assert float("".join(c for c in said if c.isdigit())) == pytest.approx(abs(off), abs=2)


def test_all_four_are_counted_within_a_frame(room: Any) -> None:
    picture = np.random.default_rng(6).integers(0, 256, (284, 160, 4)).astype(np.uint8)
    took = room.evaluate(
        """(all) => {
          const picture = room.picture(...all);
          let kept = null;
          return Math.min(...Array.from({ length: 40 }, () => {
            const began = performance.now();
            kept = room.scopes.measure(picture, { room: kept });
            return performance.now() - began;
          }));
        }""",
        scopes_page.packed(picture),
    )
    assert took < 3


def test_lab_is_the_reference_s(room: Any) -> None:
    codes = np.stack(np.meshgrid(*[np.linspace(0, 255, 9)] * 3), -1).reshape(-1, 3)
    got = room.evaluate("(all) => all.map(([r, g, b]) => room.rgbToLab({ r, g, b }))", codes.tolist())
    f = reference.lab_curve(reference.srgb_to_linear(codes / 255) @ reference.RGB_TO_XYZ.T)
    want = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], -1)
    assert np.abs(np.array(got) - want).max() < 0.01
    assert got[-1] == pytest.approx([100, 0, 0], abs=1e-9)
