"""A Dask cluster of this machine's processes, reached by TLS with certificates made on the spot."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from infra.sandbox.service import free_ports
from tests.manifest.conftest import ROOT

_SIDES = ("CLIENT", "SCHEDULER", "WORKER")


@dataclass(frozen=True)
class Cluster:
    """Its address, Dask's settings for whoever joins it, its workers' processes."""

    address: str
    environ: Mapping[str, str]
    workers: tuple[subprocess.Popen[bytes], ...]


def certificates(folder: Path) -> dict[str, str]:
    """An authority, and one certificate for all sides; Dask's settings that name them."""
    folder.mkdir(parents=True)
    authority, mine = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    root = _certificate("authority", authority, "authority", authority)
    leaf = _certificate("node", mine, "authority", authority)
    (folder / "ca.pem").write_bytes(root.public_bytes(Encoding.PEM))
    (folder / "node.pem").write_bytes(leaf.public_bytes(Encoding.PEM))
    key = mine.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "node.key").write_bytes(key)
    tls = "DASK_DISTRIBUTED__COMM__TLS__"
    settings = {f"{tls}CA_FILE": str(folder / "ca.pem")}
    for side in _SIDES:
        settings[f"{tls}{side}__CERT"] = str(folder / "node.pem")
        settings[f"{tls}{side}__KEY"] = str(folder / "node.key")
    return settings | {"DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "true"}


@contextmanager
def cluster(folder: Path, count: int) -> Iterator[Cluster]:
    """A scheduler and `count` workers of one thread, each a process without a nanny."""
    environ = certificates(folder / "tls")
    port, board = free_ports(2)
    address = f"tls://127.0.0.1:{port}"
    scheduler = ["--host", address, "--dashboard-address", f"127.0.0.1:{board}"]
    worker = [address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    worker += ["--local-directory", str(folder)]
    with ExitStack() as running:
        running.enter_context(_process("distributed.cli.dask_scheduler", scheduler, environ))
        processes = tuple(
            running.enter_context(_process("distributed.cli.dask_worker", worker, environ))
            for _ in range(count)
        )
        yield Cluster(address, environ, processes)


@contextmanager
def _process(
    module: str, words: list[str], environ: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", module, *words],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(20)


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    by: str,
    signer: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(by))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=name == by, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(signer, hashes.SHA256())
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
