"""Keycloak, whom people sign in at and accounts are brought to, run on loopback over TLS.

Maven brings its distribution into wasl's cache, once; what came must have the digest below.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from infra.engine.lock import cache
from wasl.files import sha256_of
from wasl.processes import wait_until

VERSION = "26.7.3"
SHA256 = "27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f"
JAVA = 17
ADMIN = {"username": "admin", "password": "admin"}


class Missing(Exception):
    """It cannot be had on this machine; the words say why."""


def distribution() -> Path:
    """The unpacked distribution in the cache. Raises `Missing`."""
    folder = cache() / "peers" / f"keycloak-{VERSION}"
    _require_java()
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        with zipfile.ZipFile(_downloaded(folder)) as archive:
            archive.extractall(folder)
        (folder / f"keycloak-{VERSION}/bin/kc.sh").chmod(0o755)
        (folder / "complete").touch()
    return folder / f"keycloak-{VERSION}"


def _require_java() -> None:
    java = shutil.which("java")
    said = subprocess.run([java, "-version"], capture_output=True, text=True) if java else None
    found = re.search(r'version "(\d+)', said.stderr) if said else None
    if not found or int(found[1]) < JAVA:
        raise Missing(f"Java {JAVA} or newer is not here")


def _downloaded(folder: Path) -> Path:
    maven = shutil.which("mvn")
    if maven is None:
        raise Missing("Maven, which would bring Keycloak, is not here")
    artifact = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
    command = [maven, "-q", "-B", "dependency:copy", f"-Dartifact={artifact}"]
    done = subprocess.run([*command, f"-DoutputDirectory={folder}"], capture_output=True, text=True)
    found = [*folder.glob("*.zip")]
    if done.returncode or not found:
        raise Missing(f"Maven could not bring {artifact}")
    digest = sha256_of(found[0])
    assert digest == SHA256, f"{artifact} is not what it was: {digest}"
    return found[0]


@dataclass
class Keycloak:
    """A server that runs. `trust` verifies its certificate."""

    url: str
    trust: Any

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """One request to the administration's REST interface; the JSON of its answer, if any."""
        with httpx.Client(verify=self.trust, timeout=60) as client:
            form = {"grant_type": "password", "client_id": "admin-cli", **ADMIN}
            at = f"{self.url}/realms/master/protocol/openid-connect/token"
            token = client.post(at, data=form).raise_for_status().json()["access_token"]
            answer = client.request(
                method,
                f"{self.url}/admin/realms{path}",
                json=body,
                headers={"Authorization": f"Bearer {token}"},
            ).raise_for_status()
            return answer.json() if answer.content else None


@contextmanager
def running(folder: Path, port: int, chain: Path, key: Path, trust: Any) -> Iterator[Keycloak]:
    """A copy of the distribution in `folder`, started, until it is left. Raises `Missing`."""
    home = folder / "keycloak"
    shutil.copytree(distribution(), home)
    command = [str(home / "bin/kc.sh"), "start-dev", f"--https-port={port}", "--http-enabled=false"]
    command += ["--http-host=127.0.0.1", f"--https-certificate-file={chain}", "--cache=local"]
    command += ["--features=scim-api"]  # a preview
    command += [f"--https-certificate-key-file={key}", f"--hostname=https://localhost:{port}"]
    command += [f"--truststore-paths={chain}"]  # a realm may ask another one of the same server
    environment = {
        **os.environ,
        "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN["username"],
        "KC_BOOTSTRAP_ADMIN_PASSWORD": ADMIN["password"],
        "JAVA_OPTS_KC_HEAP": "-Xms64m -Xmx768m",
    }
    log = (folder / "keycloak.log").open("wb")
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    server = Keycloak(f"https://localhost:{port}", trust)
    try:
        up = wait_until(lambda: process.poll() is not None or _answers(server), 240)
        ended = process.poll() is not None
        assert up and not ended, (folder / "keycloak.log").read_text()[-3000:]  # noqa: PT018
        yield server
    finally:
        process.terminate()
        process.wait(60)
        log.close()


def _answers(server: Keycloak) -> bool:
    try:
        at = f"{server.url}/realms/master/.well-known/openid-configuration"
        return httpx.get(at, verify=server.trust, timeout=10).status_code == 200
    except httpx.HTTPError:
        return False
