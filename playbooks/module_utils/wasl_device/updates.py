"""Updates by stick: packages from a kit's repository, signed by the country, and from nothing else.

The repository is flat: `Packages`, `Release`, `Release.gpg`, `pool/`, and the country's key as a
certificate, `wasl-<country>.asc`. apt works on lists of its own for this once, so that the system's
sources stay as they are and none of them is asked. A version older than the installed one is never
taken.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import openpgp
from .errors import DeviceError
from .machine import Machine, Output
from .signed import PublicKey

CERTIFICATE = "wasl-*.asc"
REPOSITORY = Path("/run/wasl/kit/updates")
LONGEST = 3600  # seconds: an office suite on an old disk


@dataclass(frozen=True)
class Update:
    """A package that a repository has newer."""

    package: str
    before: str
    after: str

    def as_json(self) -> dict[str, str]:
        """Plain JSON."""
        return {"package": self.package, "before": self.before, "after": self.after}


def update(
    machine: Machine, repository: Path, roots: Sequence[PublicKey], *, look: bool = False
) -> list[Update]:
    """Bring every installed package to what `repository` holds; with `look`, only say which.

    Safe to repeat and to cut off: what a power cut left half-done is finished first. Raises
    WASL-UPDATE-MISSING, WASL-UPDATE-UNTRUSTED, WASL-UPDATE-FAILED.
    """
    certificate = _trusted(repository, roots)
    with tempfile.TemporaryDirectory(prefix="wasl-apt-") as folder:
        options = _options(Path(folder), repository, certificate)
        if not look:
            _require(machine.run("dpkg", "--configure", "--pending", timeout=LONGEST), "dpkg")
        _refresh(machine, repository, options)
        said = machine.run("apt-get", *options, "--simulate", *_UPGRADE, timeout=LONGEST)
        planned = _planned(_require(said, "apt-get").text)
        if planned and not look:
            done = machine.run("env", _QUIET, "apt-get", *options, *_UPGRADE, timeout=LONGEST)
            _require(done, "apt-get")
    return planned


_QUIET = "DEBIAN_FRONTEND=noninteractive"
_UPGRADE = ("upgrade", "--with-new-pkgs", "--yes", "--quiet", "--no-install-recommends")


def is_there(repository: Path) -> bool:
    """Whether a repository of ours is there at all."""
    return any(repository.glob(CERTIFICATE))


def _trusted(repository: Path, roots: Sequence[PublicKey]) -> bytes:
    """The certificate beside the repository: it is of the country's key, or counts for nothing."""
    for path in sorted(repository.glob(CERTIFICATE)):
        key, packets = openpgp.opened(path.read_bytes(), path)
        if key in roots:
            return packets
        raise DeviceError("WASL-UPDATE-UNTRUSTED", file=path, reason=f"key {key.id}")
    raise DeviceError("WASL-UPDATE-MISSING", file=repository, reason=CERTIFICATE)


def _options(folder: Path, repository: Path, certificate: bytes) -> list[str]:
    """apt's settings for this once: one source, the certificate that was read, its own lists."""
    (folder / "lists").mkdir()
    signer = folder / "wasl.gpg"
    signer.write_bytes(certificate)
    source = folder / "wasl.sources"
    stanza = f"Types: deb\nURIs: file:{repository}\nSuites: ./\nSigned-By: {signer}\n"
    source.write_text(stanza)
    settings = {
        "Dir::Etc::SourceList": "/dev/null",
        "Dir::Etc::SourceParts": str(folder),
        "Dir::State::Lists": f"{folder}/lists",
        "Dir::Cache::PkgCache": "",
        "Dir::Cache::SrcPkgCache": "",
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",  # the stick is root's alone
        "Dpkg::Options::": "--force-confold",  # what roles manage stays as they wrote it
        "Dpkg::Use-Pty": "0",
    }
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]


def _refresh(machine: Machine, repository: Path, options: Sequence[str]) -> None:
    said = machine.run("apt-get", *options, "update", "--error-on=any", timeout=LONGEST)
    if said.status != 0:
        # The first line says what is wrong; those that follow say what follows from it.
        lines = [line for line in said.error.splitlines() if line[:2] in ("E:", "W:")]
        reason = lines[0][2:].strip()[:200] if lines else f"status {said.status}"
        raise DeviceError("WASL-UPDATE-UNTRUSTED", file=repository, reason=reason)


def _require(said: Output, program: str) -> Output:
    if said.status != 0:
        lines = [line for line in (said.error or said.text).splitlines() if line.strip()]
        reason = lines[-1].strip()[:200] if lines else f"status {said.status}"
        raise DeviceError("WASL-UPDATE-FAILED", command=program, reason=reason)
    return said


def _planned(said: str) -> list[Update]:
    """From apt's simulation: `Inst toy [1] (2 wasl:stick [all])`."""
    found = re.findall(r"^Inst (\S+) (?:\[(\S+)\] )?\((\S+)", said, re.MULTILINE)
    return [Update(*one) for one in found]
