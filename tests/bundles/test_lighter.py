"""A package's zip without the NPZ: whole, and it checks."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from perscoach.bundles import layout
from perscoach.bundles.archive import zip_bundle
from perscoach.bundles.check import check_bundle
from perscoach.bundles.lighter import size_without, write_lighter
from tests.bundles.factories import bundle

_PAGE = '<html><script id="data" type="application/json">{}</script></html>'


def test_it_is_a_whole_package_without_the_file(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "squat")
    files = [{"name": name, "purpose": "x", "bytes": 1} for name in (layout.POSES_NPZ, "a\\u003c.json")]
    (folder / layout.PAGE).write_text(_PAGE.format(json.dumps({"files": files})))
    zipped = zip_bundle(folder, "squat")
    target = tmp_path / "light.zip"
    write_lighter(folder, zipped, target)
    expected = size_without(zipped)
    assert expected is not None and abs(target.stat().st_size - expected) < 2000 and expected < zipped.stat().st_size
    with zipfile.ZipFile(target) as light, zipfile.ZipFile(zipped) as full:
        assert set(full.namelist()) - set(light.namelist()) == {layout.POSES_NPZ}
        assert layout.POSES_NPZ not in light.read(layout.PAGE).decode()
        assert light.read(layout.GRADE_CUBE) == full.read(layout.GRADE_CUBE)
    report = check_bundle(target)
    assert not [found for found in report.findings if found.level == "error"], report.findings
    assert size_without(target) is None
