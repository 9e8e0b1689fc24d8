"""Files from the Hugging Face Hub with the user's own token; each refusal as one sentence."""

from __future__ import annotations

import errno
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from perscoach.core.errors import ModelError, PerscoachError, system_message
from perscoach.core.messages import message
from perscoach.models.registry import Hub, Model


def from_hub(wanted: Model, source: Hub, part: Path, report: Callable[[int, int], None]) -> None:
    """Bring one file of a repository to ``part``.

    Raises:
        ModelError: no token, access not asked for, refused, pending, not found or no network.
    """
    from huggingface_hub import constants, hf_hub_download

    _reach(constants.ENDPOINT)
    with tempfile.TemporaryDirectory(dir=part.parent, prefix=".hub-") as aside:
        try:
            got = hf_hub_download(
                source.repo,
                source.path,
                revision=source.revision,
                local_dir=aside,
                etag_timeout=8,
                tqdm_class=_bar(report),
            )
        except PerscoachError:  # the caller's progress says stop
            raise
        except Exception as error:
            raise explain(wanted, source, error) from error
        shutil.move(got, part)


def _reach(endpoint: str) -> None:
    """One quick question first: the hub's own client asks an unreachable network six times, for half a minute."""
    try:
        with urllib.request.urlopen(urllib.request.Request(endpoint, method="HEAD"), timeout=8):
            pass
    except urllib.error.HTTPError as error:
        error.close()  # an answer is an answer
    except (OSError, ValueError) as error:
        raise ModelError("models.hub_unreachable") from error


def explain(wanted: Model, source: Hub, error: Exception) -> ModelError:
    """The sentence for what ``huggingface_hub`` raised."""
    from huggingface_hub import errors, get_token

    if isinstance(error, errors.LocalEntryNotFoundError) and isinstance(error.__cause__, errors.HfHubHTTPError):
        error = error.__cause__  # "no copy here either" hides what the hub answered
    text = str(error).lower()
    if isinstance(error, errors.GatedRepoError):
        return _gated(wanted, text, get_token() is not None)
    if isinstance(error, errors.LocalTokenNotFoundError):
        return _gated(wanted, text, False)
    if isinstance(error, errors.RepositoryNotFoundError):  # also what a private one answers
        return ModelError("models.hub_repository", repository=source.repo)
    if isinstance(error, (errors.RemoteEntryNotFoundError, errors.RevisionNotFoundError)):
        revision = source.revision[:12]
        return ModelError("models.hub_file", path=source.path, repository=source.repo, revision=revision)
    if isinstance(error, errors.HfHubHTTPError):
        code = getattr(getattr(error, "response", None), "status_code", "?")
        if "fine-grained token" in text:  # such a token reads gated repositories only where that is ticked
            return ModelError("models.hub_fine_grained")
        if code == 401 or "invalid credentials" in text or "invalid user token" in text:
            return ModelError("models.hub_token")
        return ModelError("models.hub_answered", code=str(code), repository=source.repo)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
        refused = system_message(error)
        assert refused is not None
        return ModelError(refused)
    return ModelError("models.hub_unreachable")


def _gated(wanted: Model, text: str, token: bool) -> ModelError:
    state = "no_access"
    if not token:
        state = "no_token"
    elif "awaiting" in text or "pending" in text:
        state = "waiting"
    elif "rejected" in text:
        state = "rejected"
    return ModelError(message(f"models.gated_{state}", name=wanted.name, page=wanted.page))


def _bar(report: Callable[[int, int], None]) -> Any:
    """A progress bar class for the hub that draws nothing and passes the numbers on."""
    from tqdm.auto import tqdm

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **more: Any) -> None:
            more.pop("name", None)
            more["disable"] = True
            super().__init__(*args, **more)
            self.seen = 0
            self.whole = int(more.get("total") or 0)

        def update(self, n: float | None = 1) -> bool | None:
            self.seen += int(n or 0)
            report(self.seen, self.whole)
            return None

    return Bar
