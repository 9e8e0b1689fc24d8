"""The mirror for phones and tablets in the same network: over https, because browsers give no camera to a page without it.

The certificate is made here and signed by itself, so a browser warns once. Nothing but the mirror is served: the coach's app
stays on this computer.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
import socket
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from perscoach.core.errors import SettingsError
from perscoach.mirror.listening import Listener
from perscoach.mirror.server import Mirror, MirrorRoute

CERTIFICATE, KEY = "mirror_certificate.pem", "mirror_key.pem"
DAYS = 397
"""How long a certificate is valid: Apple's devices refuse more than 398 days."""
_LEFT_DAYS = 30  # a certificate with fewer is made anew
_PORTS = 20  # tried one after the other


class Lan:
    """The server that is started and stopped from the page; at most one for each app.

    Args:
        app: the ASGI application that serves the mirror.
        folder: keeps the certificate and its key between starts.
        port: the first port that is tried.
        host: where to listen; tests name the loopback.
    """

    def __init__(self, app: Any, folder: Path, port: int, host: str = "0.0.0.0") -> None:
        self._app, self._folder, self._port, self._host = app, folder, port, host
        self._lock = threading.Lock()
        self._listener: Listener | None = None
        self._url = ""

    @property
    def url(self) -> str:
        """``https://address:port`` while it serves, else empty."""
        return self._url

    def start(self) -> str:
        """Begin to serve, if it does not yet; returns the address.

        Raises:
            SettingsError: this computer is in no network, or no port is free.
            OSError: the certificate cannot be stored.
        """
        with self._lock:
            if self._listener is None:
                address = self._host if self._host != "0.0.0.0" else own_address()
                if address is None:
                    raise SettingsError("mirror.no_network")
                bound = self._bind()
                tls = certificate(self._folder, [address, "127.0.0.1"])
                self._listener = Listener(self._app, [bound], tls=tls)
                self._listener.start()
                self._url = f"https://{address}:{bound.getsockname()[1]}"
            return self._url

    def stop(self) -> None:
        """Stop serving."""
        with self._lock:
            if self._listener is not None:
                self._listener.close()
            self._listener, self._url = None, ""

    def _bind(self) -> socket.socket:
        for port in range(self._port, self._port + _PORTS):
            bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                bound.bind((self._host, port))
                return bound
            except OSError:
                bound.close()
        raise SettingsError("mirror.no_port", first=str(self._port), last=str(self._port + _PORTS - 1))


def mirror_app(mirror: Mirror) -> Any:
    """The ASGI application that serves the mirror and nothing else."""
    from starlette.applications import Starlette

    return Starlette(routes=[MirrorRoute(mirror)])


def own_address() -> str | None:
    """This computer's address in its network; ``None`` where it is in none. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(
                ("192.0.2.1", 9)
            )  # an address for documentation (RFC 5737): only the route to it is looked up
        except OSError:
            return None
        address = ipaddress.ip_address(probe.getsockname()[0])
    return None if address.is_loopback or address.is_unspecified else str(address)


def certificate(folder: Path, addresses: Sequence[str]) -> tuple[Path, Path]:
    """The files of a certificate for ``addresses`` and of its key; made where there is none that fits.

    Args:
        addresses: IPv4 addresses.

    Raises:
        OSError: they cannot be stored.
    """
    files = folder / CERTIFICATE, folder / KEY
    if not _fits(files, addresses):
        _make(files, addresses)
    return files


def _fits(files: tuple[Path, Path], addresses: Sequence[str]) -> bool:
    from cryptography import x509

    try:
        held = x509.load_pem_x509_certificate(files[0].read_bytes())
        names = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    known = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    return (
        known >= set(addresses)
        and held.not_valid_after_utc > _today() + datetime.timedelta(days=_LEFT_DAYS)
        and files[1].is_file()
    )


def _make(files: tuple[Path, Path], addresses: Sequence[str]) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "perscoach mirror")])
    alternatives = [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_today() - datetime.timedelta(days=1))
        .not_valid_after(_today() + datetime.timedelta(days=DAYS - 1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    files[1].unlink(missing_ok=True)
    with os.fdopen(os.open(files[1], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))


def _today() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)
