"""What systems are made of: the manifest's packages, the lock, the cache, signatures, the disk."""

from __future__ import annotations

import base64
import hashlib
import http.server
import shutil
import struct
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from playbooks.module_utils.wasl_device.configure.onboard import PROGRAM, TRUST
from playbooks.module_utils.wasl_device.signed import SigningKey
from wasl.errors import WaslError
from wasl.manifest.catalogue import load, load_country
from wasl.manifest.country import Country
from wasl.manifest.devices import Profile, SystemImage
from wasl.planes.devices.here import trusted
from wasl.planes.devices.program import program
from wasl.planes.devices.systems import disk, live, lock, openpgp, repository
from wasl.planes.devices.systems.cache import Cache
from wasl.planes.devices.systems.disk import MIB, Partition
from wasl.planes.devices.systems.image import Job, _recipe
from wasl.planes.devices.systems.lock import Lock, Package
from wasl.planes.devices.systems.wanted import image_packages, package_sets

ROOT = Path(__file__).resolve().parents[2]


def jordan(**changes: object) -> Country:
    country = load_country(ROOT, "jo").countries["jo"]
    return country.model_copy(update={"devices": country.devices.model_copy(update=changes)})


def test_every_country_says_which_packages_it_needs() -> None:
    for code, country in load(ROOT).countries.items():
        names = image_packages(package_sets(), country)
        assert names == tuple(sorted(set(names))), code
        assert {"linux-image-amd64", "shim-signed", "grub-pc-bin", "xfce4"} <= set(names), code


def test_profiles_and_languages_add_theirs() -> None:
    teacher = Profile(name="teacher", languages=("fr",), applications=("gimp",))
    names = image_packages(package_sets(), jordan(profiles=(teacher,)))
    assert {"gimp", "hunspell-fr", "libreoffice-l10n-ar"} <= set(names)


def test_without_a_desktop_none_of_its_packages_come() -> None:
    names = image_packages(package_sets(), jordan(image=SystemImage(sets=("base",))))
    assert "linux-image-amd64" in names
    assert not {"xfce4", "firefox-esr", "libreoffice-l10n-ar"} & set(names)


def test_a_stick_s_own_script_runs_inside_it() -> None:
    made = live.recipe(ROOT, jordan(), "0")
    assert made.laid == ()
    assert "systemctl enable --quiet wasl-stick-setup.service wasl-stick.service" in made.script


def test_a_fresh_system_knows_whom_to_believe(tmp_path: Path) -> None:
    """Before any laptop has been there: a stick that is put in is believed by it."""
    country, key = jordan(), SigningKey.make()
    keys = country.devices.keys.model_copy(update={"signing": (str(key.public),)})
    country = jordan(keys=keys, image=SystemImage(sets=("base",)))
    held = lock.read(lock.path(ROOT, "jo"), "jo")
    job = Job(country, held, Cache(tmp_path), tmp_path, key)
    files = _recipe(job, "root", "esp").files
    told, mode = files[TRUST.lstrip("/")]
    assert isinstance(told, str)
    (tmp_path / "trust.json").write_text(told)
    believed = trusted(tmp_path / "trust.json")
    assert (believed.country, believed.roots) == ("jo", (key.public,))
    assert mode == 0o644
    assert files[PROGRAM.lstrip("/")] == (program(), 0o755)
    assert "usr/lib/systemd/system/wasl-goes-on.service" in files


def test_an_unknown_set_is_named() -> None:
    with pytest.raises(WaslError, match="'chemistry'") as told:
        image_packages(package_sets(), jordan(image=SystemImage(sets=("base", "chemistry"))))
    assert told.value.code == "WASL-PACKAGES-SET"


def test_the_lock_holds_what_the_manifest_asks() -> None:
    held = lock.read(lock.path(ROOT, "jo"), "jo")
    locked = {package.name for package in held.packages("image")}
    asked = image_packages(package_sets(), load_country(ROOT, "jo").countries["jo"])
    assert set(asked) <= locked
    assert set(package_sets().live) <= {package.name for package in held.packages("live")}


A = Package("debian/pool/a_1%3a2.0-1_all.deb", "a" * 64, 12)
B = Package("debian/pool/b_3_amd64.deb", "b" * 64, 7)


def test_a_lock_reads_as_it_was_written(tmp_path: Path) -> None:
    made = Lock("jo", "trixie", 1_790_000_000, {"image": (A, B), "live": (B,), "tools": ()})
    (tmp_path / "jo.lock").write_text(lock.render(made))
    assert lock.read(tmp_path / "jo.lock", "jo") == made
    assert (A.name, A.version) == ("a", "1:2.0-1")


@pytest.mark.parametrize(
    "line",
    [
        "0123 7 debian/a_1_all.deb image",
        f"{'a' * 64} 7 ../../a_1_all.deb image",
        f"{'a' * 64} 7 debian/a_1_all.deb kitchen",
        f"{'a' * 64} 7 debian/a.deb image",
    ],
)
def test_a_bad_line_of_a_lock_is_named(line: str, tmp_path: Path) -> None:
    file = tmp_path / "jo.lock"
    file.write_text(f"suite trixie\ndate 1\n{line}\n")
    with pytest.raises(WaslError) as told:
        lock.read(file, "jo")
    assert (told.value.code, told.value.where) == ("WASL-LOCK-BAD", f"{file}:3")


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A mirror of this machine: its folder."""
    folder = tmp_path / "mirror"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *words: object) -> None:
            super().__init__(*words, directory=str(folder))  # type: ignore[arg-type]

        def log_message(self, format: str, *words: object) -> None:  # noqa: A002
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        monkeypatch.setenv("WASL_MIRROR", f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder
        server.shutdown()
        thread.join()


def served(mirror: Path, name: str, data: bytes) -> Package:
    (mirror / "debian").mkdir(exist_ok=True)
    (mirror / "debian" / name).write_bytes(data)
    return Package(f"debian/{name}", hashlib.sha256(data).hexdigest(), len(data))


def test_packages_are_fetched_once(mirror: Path, tmp_path: Path) -> None:
    package, cache = served(mirror, "a_1_all.deb", b"abc"), Cache(tmp_path / "cache")
    cache.fetch([package], print)
    shutil.rmtree(mirror / "debian")
    cache.fetch([package], print)
    assert cache.file(package).read_bytes() == b"abc"


def test_a_version_no_longer_served_fails_by_name(mirror: Path, tmp_path: Path) -> None:
    with pytest.raises(WaslError, match=r"a 1:2\.0-1 is no longer served") as told:
        Cache(tmp_path / "cache").fetch([A], print)
    assert told.value.code == "WASL-PACKAGE-GONE"


@pytest.mark.parametrize("sent", [b"abd", b"abcd", b"ab"])
def test_other_bytes_than_locked_are_not_kept(sent: bytes, mirror: Path, tmp_path: Path) -> None:
    package, cache = served(mirror, "a_1_all.deb", b"abc"), Cache(tmp_path / "cache")
    (mirror / "debian" / "a_1_all.deb").write_bytes(sent)
    with pytest.raises(WaslError) as told:
        cache.fetch([package], print)
    assert told.value.code == "WASL-PACKAGE-FETCH"
    assert [path for path in cache.folder.rglob("*") if path.is_file()] == []


def needs(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"not installed: {program}")


def checked(folder: Path, country: str = "jo") -> int:
    """What GnuPG's own verifier says of a repository's Release."""
    ring = folder / "ring.gpg"
    armoured = (folder / f"wasl-{country}.asc").read_text().split("\n\n")[1].splitlines()
    text = "".join(line for line in armoured if not line.startswith(("=", "-")))
    ring.write_bytes(base64.b64decode(text))
    files = [str(folder / name) for name in ("Release.gpg", "Release")]
    command = ["gpgv", "--keyring", str(ring), *files]
    return subprocess.run(command, capture_output=True, check=False).returncode


def small_repository(folder: Path, key: SigningKey) -> None:
    folder.mkdir()
    (folder / "Packages").write_text("")
    repository.sign(folder, "jo", 1_790_000_000, key)


def test_gnupg_believes_the_country_s_key(tmp_path: Path) -> None:
    needs("gpgv")
    small_repository(tmp_path / "updates", SigningKey.make())
    assert checked(tmp_path / "updates") == 0


def test_gnupg_refuses_an_altered_release_and_another_key(tmp_path: Path) -> None:
    needs("gpgv")
    folder = tmp_path / "updates"
    small_repository(folder, SigningKey.make())
    release = (folder / "Release").read_text()
    (folder / "Release").write_text(release.replace("Suite: wasl", "Suite: evil"))
    assert checked(folder) != 0
    (folder / "Release").write_text(release)
    (folder / "wasl-jo.asc").write_text(openpgp.certificate(SigningKey.make(), "wasl jo updates"))
    assert checked(folder) != 0


def test_a_signature_is_the_same_each_time() -> None:
    key = SigningKey.make()
    assert openpgp.detached(key, b"text", 1) == openpgp.detached(key, b"text", 1)


def test_a_disk_is_laid_out_without_gaps_and_the_same_for_the_same_seed() -> None:
    parts = [Partition("bios", disk.BIOS_BOOT, 1), Partition("root", disk.ROOT_X86_64, 100)]
    made = disk.layout("seed", parts)
    assert [(one.start, one.size) for one in made.placed] == [(MIB, MIB), (2 * MIB, 100 * MIB)]
    assert made.size == 103 * MIB
    assert made == disk.layout("seed", parts)
    assert made["root"].id != disk.layout("other", parts)["root"].id


def test_boot_code_is_told_where_the_rest_is_and_keeps_off_the_table() -> None:
    first, core = disk.embedded(b"\x11" * 512, b"\x22" * 2048, start=MIB)
    assert len(first) == 440
    assert struct.unpack_from("<Q", first, 0x5C) == (2048,)
    assert struct.unpack_from("<Q", core, 0x1F4) == (2049,)
    assert len(core) == 2048
