"""A PostgreSQL server of the tests' own: loopback, TLS with a certificate of its own authority, gone afterwards."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DRIVER = Path("/usr/share/java/postgresql.jar")
USER, PASSWORD = "reader", "s3cret-word"
# Passwords over the network and only with TLS; the tests themselves come through the socket in the server's folder.
ACCESS = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n"


def binaries() -> Path | None:
    """The folder of the newest server that Debian's packages installed, or of the one on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(on_path).resolve().parent if on_path else None


@dataclass(frozen=True)
class Server:
    """A running server with the database `shop`. `certificate` is its authority's, as PEM."""

    folder: Path
    port: int
    certificate: str

    @property
    def url(self) -> str:
        return f"jdbc:postgresql://localhost:{self.port}/shop"

    def run(self, sql: str, database: str = "shop") -> None:
        """Execute statements as the owner."""
        folder = binaries()
        assert folder
        address: list[str | Path] = ["-h", self.folder, "-p", str(self.port), "-U", "owner", "-d", database]
        subprocess.run([folder / "psql", *address, "-v", "ON_ERROR_STOP=1", "-q", "-c", sql], check=True)


@contextmanager
def server() -> Iterator[Server]:
    """Start a server in a folder of its own and stop it at the end."""
    folder = binaries()
    assert folder
    # Not below pytest's folder, which the server's user may not enter.
    home = Path(tempfile.mkdtemp(prefix="postgresql-"))
    data = home / "data"
    certificate = _certificate(home)
    (home / "access").write_text(ACCESS)
    user = _other_user(home)

    def run(program: str, *arguments: str | Path) -> None:
        command = [folder / program, "-D", data, *arguments]
        subprocess.run(command, cwd=home, check=True, stdout=subprocess.DEVNULL, **user)

    run("initdb", "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale", "C", "--no-sync")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": home, "hba_file": home / "access",
        "ssl": "on", "ssl_cert_file": home / "server.crt", "ssl_key_file": home / "server.key", "fsync": "off",
    }  # fmt: skip
    given = " ".join(f"-c {name}={value}" for name, value in settings.items())
    run("pg_ctl", "-w", "-l", home / "log", "-o", given, "start")
    try:
        started = Server(home, port, certificate)
        started.run("CREATE DATABASE shop", "postgres")
        started.run(f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'")
        yield started
    finally:
        run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(home)


def _other_user(home: Path) -> dict[str, Any]:
    """The server refuses to run as root, so root gives the folder to nobody."""
    if os.geteuid():
        return {}
    for path in (home, *home.iterdir()):
        shutil.chown(path, "nobody")
    return {"user": "nobody"}


def _certificate(home: Path) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (home / "server.crt").write_bytes(certificate)
    (home / "server.key").write_bytes(private)
    (home / "server.key").chmod(0o600)
    return certificate.decode()
