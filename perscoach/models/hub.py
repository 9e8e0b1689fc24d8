"""Files from the Hugging Face Hub with the user's own token; each refusal as one sentence."""

from __future__ import annotations

import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from perscoach.core.errors import ModelError, PerscoachError
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
        raise _unreachable() from error


def _unreachable() -> ModelError:
    return ModelError(
        "huggingface.co cannot be reached; check the connection.", "huggingface.co недоступен; проверьте соединение."
    )


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
        return ModelError(
            f"The hub shows this account no repository {source.repo}.",
            f"Хаб не показывает этой учётной записи репозиторий {source.repo}.",
        )
    if isinstance(error, (errors.RemoteEntryNotFoundError, errors.RevisionNotFoundError)):
        return ModelError(
            f"The hub has no {source.path} in {source.repo} at {source.revision[:12]}.",
            f"На хабе нет {source.path} в {source.repo} версии {source.revision[:12]}.",
        )
    if isinstance(error, errors.HfHubHTTPError):
        code = getattr(getattr(error, "response", None), "status_code", "?")
        if "fine-grained token" in text:  # such a token reads gated repositories only where that is ticked
            return ModelError(
                "HF_TOKEN is a fine-grained token that may not read gated repositories: tick that in its settings "
                "(https://huggingface.co/settings/tokens).",
                "HF_TOKEN не даёт читать репозитории с доступом по запросу: включите это в настройках токена "
                "(https://huggingface.co/settings/tokens).",
            )
        if code == 401 or "invalid credentials" in text or "invalid user token" in text:
            return ModelError(
                "The hub does not know the token in HF_TOKEN (mistyped, expired or deleted): make a new one at "
                "https://huggingface.co/settings/tokens.",
                "Хаб не знает токен из HF_TOKEN (опечатка, истёк или удалён): создайте новый на "
                "https://huggingface.co/settings/tokens.",
            )
        return ModelError(f"The hub answered {code} for {source.repo}.", f"Хаб ответил {code} на {source.repo}.")
    if isinstance(error, OSError) and getattr(error, "errno", None) in (28, 13, 30):
        return ModelError(f"The disk refused the file: {error.strerror}.", f"Диск отказал: {error.strerror}.")
    return _unreachable()


def _gated(wanted: Model, text: str, token: bool) -> ModelError:
    if not token:
        return ModelError(
            f"{wanted.name} is gated and no token is set: ask for access at {wanted.page} and set HF_TOKEN.",
            f"{wanted.name} выдаётся по запросу, токена нет: запросите доступ на {wanted.page} и задайте HF_TOKEN.",
        )
    if "awaiting" in text or "pending" in text:
        return ModelError(
            f"Your request for {wanted.name} still waits for its publisher's answer ({wanted.page}).",
            f"Ваш запрос на {wanted.name} ещё ждёт ответа издателя ({wanted.page}).",
        )
    if "rejected" in text:
        return ModelError(
            f"The publisher of {wanted.name} refused this account's request ({wanted.page}).",
            f"Издатель {wanted.name} отклонил запрос этой учётной записи ({wanted.page}).",
        )
    return ModelError(
        f"This account has no access to {wanted.name}: ask for it at {wanted.page}, with the account of HF_TOKEN.",
        f"У этой учётной записи нет доступа к {wanted.name}: запросите его на {wanted.page}.",
    )


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
