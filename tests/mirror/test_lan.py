"""The mirror over https with a certificate of its own; on the loopback here, on the network in use."""

from __future__ import annotations

import datetime
import socket
import ssl
import urllib.request
from pathlib import Path

import pytest
from cryptography import x509
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from perscoach.core.errors import SettingsError
from perscoach.mirror import lan


def app() -> Starlette:
    return Starlette(routes=[Route("/", lambda request: PlainTextResponse("mirror"))])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_it_serves_over_https_with_a_certificate_for_its_address_until_it_is_stopped(tmp_path: Path) -> None:
    server = lan.Lan(app(), tmp_path, free_port(), host="127.0.0.1")
    assert server.url == ""
    url = server.start()
    assert url == server.url == server.start() and url.startswith("https://127.0.0.1:")
    trusting = ssl.create_default_context(cafile=str(tmp_path / lan.CERTIFICATE))  # verifies the address too
    with urllib.request.urlopen(url, timeout=10, context=trusting) as answer:
        assert answer.read() == b"mirror"
    assert (tmp_path / lan.KEY).stat().st_mode & 0o077 == 0
    server.stop()
    assert server.url == ""
    with pytest.raises(OSError):
        urllib.request.urlopen(url, timeout=2, context=trusting)


def test_a_certificate_is_kept_while_it_fits_and_made_anew_for_another_address(tmp_path: Path) -> None:
    def serial() -> int:
        return x509.load_pem_x509_certificate((tmp_path / lan.CERTIFICATE).read_bytes()).serial_number

    lan.certificate(tmp_path, ["192.168.1.5"])
    first = serial()
    lan.certificate(tmp_path, ["192.168.1.5"])
    assert serial() == first
    lan.certificate(tmp_path, ["192.168.1.6"])
    assert serial() != first
    (tmp_path / lan.CERTIFICATE).write_text("damaged")
    files = lan.certificate(tmp_path, ["192.168.1.6"])
    made = x509.load_pem_x509_certificate(files[0].read_bytes())
    assert made.not_valid_after_utc - made.not_valid_before_utc < datetime.timedelta(days=398)  # Apple's limit


def test_a_taken_port_leads_to_the_next_and_none_at_all_to_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(lan, "_PORTS", 1)
        with pytest.raises(SettingsError) as error:
            lan.Lan(app(), tmp_path, port, host="127.0.0.1").start()
        assert error.value.message.id == "mirror.no_port"
