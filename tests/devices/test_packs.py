"""Packs and kits: installed whole, withdrawn whole, refused where one byte is not as signed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from playbooks.module_utils.wasl_device import kits, packs, signed, trust
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.image import build
from playbooks.module_utils.wasl_device.listing import require_safe
from playbooks.module_utils.wasl_device.packs import Pack, install, installed, uninstall, verify
from playbooks.module_utils.wasl_device.signed import SigningKey
from tests.devices.conftest import Ministry
from wasl.errors import WaslError
from wasl.pack import Maker, PackFile, make

MADE = "2026-03-01T00:00:00Z"
LESSON = {"lessons/أوّل/index.html": "<p dir=rtl>الدرس الأوّل</p>", "shared/logo.svg": "<svg/>"}


@pytest.fixture
def pack(tmp_path: Path, ministry: Ministry) -> Callable[..., Path]:
    """Makes packs: `pack({"a": "text"}, version=2, before=…)`."""
    counter = iter(range(100))

    def build_one(
        files: dict[str, str],
        version: int = 1,
        name: str = "first-lesson",
        country: str = "jo",
        key: SigningKey | None = None,
        before: Pack | None = None,
    ) -> Path:
        own = tmp_path / f"pack-{next(counter)}"
        sources = []
        for number, (path, text) in enumerate(files.items()):
            source = own / "sources" / str(number)
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_text(text, "utf-8")
            sources.append(PackFile(path, source))
        maker = Maker(name, country, version, MADE)
        make(own / "pack", maker, sources, key or ministry.key, before=before)
        return own / "pack"

    return build_one


Packs = Callable[..., Path]


def tree(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_text("utf-8")
        for path in root.rglob("*")
        if path.is_file() and packs.INSTALLED not in path.parts
    }


def test_a_pack_is_installed_whole_and_again_without_a_write(
    tmp_path: Path, ministry: Ministry, pack: Packs
) -> None:
    folder, root = pack(LESSON), tmp_path / "library"
    assert verify(folder, ministry.trust())[1].name == "country"
    done = install(folder, root, ministry.trust())
    assert tree(root) == LESSON
    assert sorted(done.written) == sorted(LESSON)
    assert install(folder, root, ministry.trust()).written == ()
    assert [one.version for one in installed(root, ministry.trust())] == [1]


def test_a_pack_whose_publisher_is_believed_no_more_is_replaced_or_taken_away(
    tmp_path: Path, ministry: Ministry, pack: Packs
) -> None:
    builder, root = SigningKey.make(), tmp_path / "library"
    since, until = "2026-01-01T00:00:00Z", "2036-01-01T00:00:00Z"
    word = trust.certify(
        "jo", builder.public, "build-1", "amman-1", ("publish",), since, until, ministry.key
    )
    taken_back = trust.revoke("jo", builder.public.id, "stolen", "", ministry.key)
    before, now = ministry.trust(word), ministry.trust(word, taken_back)
    stolen = pack({"a": "stolen", "b": "theirs"}, key=builder, version=7)
    install(stolen, root, before)
    assert [one.version for one in installed(root, now)] == [0]
    with pytest.raises(DeviceError, match="WASL-TRUST-REVOKED"):
        install(stolen, root, now)
    install(pack({"a": "ours"}, version=2), root, now)
    assert tree(root) == {"a": "ours"}
    install(pack({"c": "stolen"}, key=builder, name="other"), root, before)
    assert uninstall("other", root, now) == ["c"]
    assert tree(root) == {"a": "ours"}


def test_a_withdrawn_lesson_leaves_nothing(tmp_path: Path, ministry: Ministry, pack: Packs) -> None:
    trust, root = ministry.trust(), tmp_path / "library"
    first = pack(LESSON)
    install(first, root, trust)
    second = pack({"shared/logo.svg": "<svg/>"}, 2, before=packs.read(first, trust)[0])
    done = install(second, root, trust)
    assert done.removed == ("lessons/أوّل/index.html",)
    assert tree(root) == {"shared/logo.svg": "<svg/>"}
    assert not (root / "lessons").exists()


def test_a_tombstone_reaches_a_device_that_skipped_versions(
    tmp_path: Path, ministry: Ministry, pack: Packs
) -> None:
    trust, root = ministry.trust(), tmp_path / "library"
    first = pack({"a": "1", "b": "1"})
    second = pack({"b": "1"}, 2, before=packs.read(first, trust)[0])
    third = pack({"c": "1"}, 3, before=packs.read(second, trust)[0])
    assert {one.path for one in packs.read(third, trust)[0].tombstones} == {"a", "b"}
    (root / "a").parent.mkdir(parents=True)
    (root / "a").write_text("left by someone else")
    install(third, root, trust)
    assert tree(root) == {"c": "1"}


def test_what_another_pack_holds_too_stays(tmp_path: Path, ministry: Ministry, pack: Packs) -> None:
    trust, root = ministry.trust(), tmp_path / "library"
    install(pack(LESSON), root, trust)
    install(pack({"shared/logo.svg": "<svg/>"}, name="second"), root, trust)
    assert uninstall("first-lesson", root, trust) == ["lessons/أوّل/index.html"]
    assert tree(root) == {"shared/logo.svg": "<svg/>"}
    with pytest.raises(DeviceError, match="WASL-PACK-CLASH"):
        install(pack({"shared/logo.svg": "other"}, name="third"), root, trust)


def test_an_older_pack_does_not_bring_a_withdrawn_lesson_back(
    tmp_path: Path, ministry: Ministry, pack: Packs
) -> None:
    trust, root = ministry.trust(), tmp_path / "library"
    first = pack(LESSON)
    install(pack({"x": "1"}, 2, before=packs.read(first, trust)[0]), root, trust)
    with pytest.raises(DeviceError, match="WASL-PACK-OLDER"):
        install(first, root, trust)


def first_stored(folder: Path) -> Path:
    return next(path for path in sorted((folder / "files").rglob("*")) if path.is_file())


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lambda f: first_stored(f).write_text("x"), "WASL-PACK-ALTERED"),
        (lambda f: first_stored(f).unlink(), "WASL-PACK-ALTERED"),
        (lambda f: (f / "extra").write_text("x"), "WASL-PACK-ALTERED"),
        (lambda f: os.symlink("/etc/passwd", f / "files" / "link"), "WASL-PACK-ALTERED"),
        (lambda f: (f / "pack.json").unlink(), "WASL-PACK-MISSING"),
        (
            lambda f: (f / "pack.json").write_bytes(
                (f / "pack.json").read_bytes().replace(b"lessons", b"lessonz")
            ),
            "WASL-SIGNATURE-BAD",
        ),
    ],
)
def test_an_altered_pack_is_refused(
    ministry: Ministry, pack: Packs, harm: Callable[[Path], object], code: str
) -> None:
    folder = pack(LESSON)
    harm(folder)
    with pytest.raises(DeviceError, match=code):
        verify(folder, ministry.trust())


def test_a_damaged_file_is_found_while_installing_and_nothing_half_is_left(
    tmp_path: Path, ministry: Ministry, pack: Packs
) -> None:
    folder, root = pack({"only": "text"}), tmp_path / "library"
    first_stored(folder).write_text("evil")
    with pytest.raises(DeviceError, match="WASL-PACK-ALTERED"):
        install(folder, root, ministry.trust())
    assert tree(root) == {}
    assert installed(root, ministry.trust()) == []


def test_another_country_s_pack_and_an_unknown_key_are_refused(
    ministry: Ministry, pack: Packs
) -> None:
    for folder in (pack(LESSON, country="tn"), pack(LESSON, key=SigningKey.make())):
        with pytest.raises(DeviceError, match="WASL-TRUST-UNKNOWN"):
            verify(folder, ministry.trust())


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../x",
        "a/../../x",
        "a//b",
        "./a",
        "a\\b",
        "a\nb",
        "a/",
        "\u202ea",
        "e\u0301",
    ],
)
def test_a_path_that_leaves_its_folder_or_hides_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        require_safe(path)


def test_a_signed_pack_with_a_bad_path_is_refused_all_the_same(
    tmp_path: Path, ministry: Ministry, pack: Packs
) -> None:
    folder = pack(LESSON)
    body = dict(signed.parse((folder / "pack.json").read_bytes())["body"])
    body["files"] = [{**body["files"][0], "path": "../../etc/cron.d/x"}]
    document = signed.sign(packs.KIND, body, ministry.key)
    (folder / "pack.json").write_bytes(signed.canonical(document))
    with pytest.raises(DeviceError, match="WASL-DOCUMENT-BAD"):
        install(folder, tmp_path / "library", ministry.trust())


def test_a_folder_that_became_a_link_leads_nowhere(
    tmp_path: Path, ministry: Ministry, pack: Packs
) -> None:
    root, elsewhere = tmp_path / "library", tmp_path / "elsewhere"
    root.mkdir()
    elsewhere.mkdir()
    (root / "shared").symlink_to(elsewhere)
    with pytest.raises(DeviceError, match="WASL-PACK-CLASH"):
        install(pack({"shared/x": "1"}), root, ministry.trust())
    assert list(elsewhere.iterdir()) == []


def test_the_same_input_gives_the_same_pack(ministry: Ministry, pack: Packs) -> None:
    one, two = pack(LESSON), pack(dict(reversed(LESSON.items())))
    assert (one / "pack.json").read_bytes() == (two / "pack.json").read_bytes()


def test_a_maker_s_mistakes_are_said(tmp_path: Path, ministry: Ministry, pack: Packs) -> None:
    first = packs.read(pack(LESSON, 3), ministry.trust())[0]
    with pytest.raises(WaslError, match="WASL-PACK-VERSION"):
        pack(LESSON, 3, before=first)
    with pytest.raises(WaslError, match="WASL-PACK-PATH"):
        pack({"../x": "1"})
    maker = Maker("x", "jo", 1, MADE)
    with pytest.raises(WaslError, match="WASL-PACK-EXISTS"):
        make(tmp_path, maker, [], ministry.key)


@pytest.fixture
def kit(tmp_path: Path, ministry: Ministry, pack: Packs) -> Path:
    """A kit with an image, a pack and playbooks."""
    folder = tmp_path / "kit"
    folder.mkdir()
    (tmp_path / "raw").write_bytes(b"system" * 1024 * 64)
    naming = build.Naming("system", "jo", MADE)
    build.build(tmp_path / "raw", folder / "system.wimg", naming, ministry.key)
    (folder / "packs").mkdir()
    pack(LESSON).rename(folder / "packs" / "first-lesson")
    (folder / "playbooks.txt").write_text("site.yml")
    kits.sign(folder, "jo", "kit-1", MADE, ministry.key)
    return folder


def test_a_whole_kit_says_what_it_carries(kit: Path, ministry: Ministry) -> None:
    found = kits.verify(kit, ministry.trust())
    assert [one.name for one in found.images] == ["system"]
    assert [one.name for one in found.packs] == ["first-lesson"]


@pytest.mark.parametrize("name", ["playbooks.txt", "system.wimg", "packs/first-lesson/pack.json"])
def test_one_changed_byte_of_a_kit_is_found(kit: Path, ministry: Ministry, name: str) -> None:
    data = bytearray((kit / name).read_bytes())
    data[len(data) // 2] ^= 1
    (kit / name).write_bytes(data)
    with pytest.raises(DeviceError, match="WASL-KIT-ALTERED"):
        kits.verify(kit, ministry.trust())


def test_a_kit_with_more_in_it_is_refused(kit: Path, ministry: Ministry) -> None:
    (kit / "more").write_text("x")
    with pytest.raises(DeviceError, match="WASL-KIT-ALTERED"):
        kits.verify(kit, ministry.trust())


def test_a_kit_is_signed_by_the_country_itself(kit: Path, ministry: Ministry) -> None:
    station = ministry.station()
    kits.sign(kit, "jo", "kit-1", MADE, station.key)
    with pytest.raises(DeviceError, match="WASL-TRUST-UNKNOWN"):
        kits.verify(kit, ministry.trust())
    kits.sign(kit, "tn", "kit-1", MADE, ministry.key)
    with pytest.raises(DeviceError, match="WASL-DOCUMENT-BAD"):
        kits.verify(kit, ministry.trust())


def test_a_private_key_enters_no_kit(kit: Path, ministry: Ministry) -> None:
    ministry.key.save(kit / "country.key")
    with pytest.raises(DeviceError, match="WASL-KIT-ALTERED"):
        kits.sign(kit, "jo", "kit-1", MADE, ministry.key)
