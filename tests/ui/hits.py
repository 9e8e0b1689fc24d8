"""Hit-testing: what lies over a control, at every scroll position of the page."""

from __future__ import annotations

from typing import Any

# A control counts where its middle is inside the window and inside all ancestors that clip it. What lies above `under` (the
# picture that stays on a phone's screen, as a header does) has been scrolled out of sight.
_COVERED = """
([root, under]) => {
  const found = [];
  const what = "button, input, select, textarea, a[href], summary, [role=slider], [tabindex='0']";
  const top = under ? document.querySelector(under) : null;
  const controls = [...document.querySelectorAll(root)].flatMap((part) => [...part.querySelectorAll(what)]);
  for (const control of controls) {
    const style = getComputedStyle(control);
    if (!control.checkVisibility({ visibilityProperty: true }) || style.pointerEvents === "none" || control.disabled) continue;
    const box = control.getClientRects()[0] ?? control.getBoundingClientRect(); // the first line of a link that has several
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    if (box.width < 3 || box.height < 3 || x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) continue;
    let inside = true;
    for (let up = control.parentElement; up && inside; up = up.parentElement) {
      if (!/auto|scroll|hidden|clip/.test(getComputedStyle(up).overflow)) continue;
      const edge = up.getBoundingClientRect();
      inside = x >= edge.left && x <= edge.right && y >= edge.top && y <= edge.bottom;
    }
    if (!inside || (top && !top.contains(control) && y < top.getBoundingClientRect().bottom)) continue;
    const hit = document.elementFromPoint(x, y);
    const label = control.closest("label");
    if (hit && (control.contains(hit) || label?.contains(hit) || hit.contains(control) && hit.closest("label, summary, button"))) continue;
    found.push(`${control.tagName} ${control.id || control.className || control.textContent} at ${Math.round(x)},${Math.round(y)} `
      + `under ${hit?.tagName} ${hit?.id || hit?.className}`);
  }
  return found;
}"""


def covered(page: Any, root: str, under: str = "") -> set[str]:
    """The controls inside ``root`` that something covers at any scroll position; each with what lies over it."""
    height, window = page.evaluate("[document.documentElement.scrollHeight, innerHeight]")
    found: set[str] = set()
    for top in range(0, max(1, height - window + 1) + 110, 110):
        page.evaluate("(top) => window.scrollTo({ top, behavior: 'instant' })", top)
        found.update(page.evaluate(_COVERED, [root, under]))
    page.evaluate("window.scrollTo({ top: 0, behavior: 'instant' })")
    return found
