"""Images: built from a raw disk, written, read back, resumed; never half a one that boots."""

from __future__ import annotations

import http.server
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from playbooks.module_utils.wasl_device import blocks, signed
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.image import build, layout, source
from playbooks.module_utils.wasl_device.image.write import GRAIN, Tally, write
from tests.devices.conftest import Ministry

MIB = 1 << 20
CHUNK = 256 << 10
SIZE = 16 * MIB
NAMING = build.Naming("debian-13-jo", "jo", "2026-03-01T00:00:00Z")


@dataclass(frozen=True)
class Image:
    """A raw disk image and the image file made of it."""

    raw: bytes
    file: Path
    key: signed.SigningKey


def raw_disk(path: Path, seed: int = 1) -> bytes:
    """A sparse raw image: a table at the front, some data, many holes, a table at the end."""
    rng = random.Random(seed)
    with path.open("wb") as raw:
        raw.truncate(SIZE)
        for start in (0, 1 * MIB, 3 * MIB + 12288, 9 * MIB, SIZE - 16384):
            raw.seek(start)
            raw.write(rng.randbytes(16384) + b"text " * 2000 if start < SIZE - 16384 else b"x" * 99)
        raw.seek(5 * MIB)
        raw.write(bytes(MIB))  # mapped, and zeros all the same
    return path.read_bytes()


@pytest.fixture
def image(tmp_path: Path, ministry: Ministry) -> Image:
    raw = raw_disk(tmp_path / "raw.img")
    file = tmp_path / "system.wimg"
    build.build(tmp_path / "raw.img", file, NAMING, ministry.key, chunk_size=CHUNK)
    return Image(raw, file, ministry.key)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "target.img"
    path.write_bytes(random.Random(9).randbytes(SIZE + 2 * MIB))
    return path


def put(image: Image, target: str | Path, place: str = "") -> Tally:
    with (
        source.opened(place or str(image.file)) as origin,
        blocks.opened(str(target), write=True) as disk,
    ):
        body, key = signed.opened(layout.read_document(origin), layout.KIND)
        return write(origin, layout.index(body, key.id, origin), disk, threads=2)


def has_table(target: Path) -> bool:
    return any(target.read_bytes()[:CHUNK])


def test_the_disk_holds_the_image_and_no_older_backup_table(image: Image, target: Path) -> None:
    tally = put(image, target)
    after = target.read_bytes()
    assert after[:SIZE] == image.raw
    assert after[-MIB:] == bytes(MIB)
    assert tally.read_back == SIZE
    assert tally.kept == 0
    assert tally.mended == 0


def test_only_what_is_mapped_and_not_zeros_is_kept(image: Image) -> None:
    with source.opened(str(image.file)) as origin:
        body, _ = signed.opened(layout.read_document(origin), layout.KIND)
    assert [row[0] for row in body["chunks"]] == [0, 4, 12, 36, 63]


def test_zeros_within_a_chunk_replace_what_was_there(
    tmp_path: Path, ministry: Ministry, disk: Callable[..., str]
) -> None:
    """They are not written as bytes, so each edge of a run of them is a place to be wrong."""
    grain, chunk = GRAIN, 16 * GRAIN
    raw = bytearray(b"\1" * 2 * chunk)
    for first, end in ((0, 1), (grain - 1, grain + 1), (2 * grain, 4 * grain), (chunk - grain, 0)):
        raw[chunk + first : chunk + (end or chunk)] = bytes((end or chunk) - first)
    (tmp_path / "zeros.img").write_bytes(raw)
    made = tmp_path / "zeros.wimg"
    build.build(tmp_path / "zeros.img", made, NAMING, ministry.key, None, chunk)
    image = Image(bytes(raw), made, ministry.key)
    for target in (tmp_path / "full.img", Path(disk("full", len(raw)))):
        target.write_bytes(b"\xff" * len(raw))
        assert put(image, target).mended == 0
        assert target.read_bytes() == raw


def test_a_second_run_writes_nothing(image: Image, target: Path) -> None:
    put(image, target)
    tally = put(image, target)
    assert (tally.written, tally.zeroed, tally.mended) == (0, 0, 0)
    assert tally.read_back == SIZE


@pytest.mark.parametrize("place", [0, 4 * CHUNK + 100_000, 2 * MIB, SIZE - 5, SIZE - CHUNK + 1])
def test_one_changed_byte_anywhere_is_mended(image: Image, target: Path, place: int) -> None:
    put(image, target)
    with target.open("r+b") as disk:
        disk.seek(place)
        before = disk.read(1)
        disk.seek(place)
        disk.write(bytes([before[0] ^ 1]))
    tally = put(image, target)
    assert target.read_bytes()[:SIZE] == image.raw
    assert 0 < tally.written + tally.zeroed <= 4 * CHUNK


def test_the_same_input_gives_the_same_file(image: Image, tmp_path: Path) -> None:
    again = tmp_path / "again.wimg"
    digests = [
        build.build(tmp_path / "raw.img", again, NAMING, image.key, None, CHUNK, threads)
        for threads in (1, 3)
    ]
    assert again.read_bytes() == image.file.read_bytes()
    assert len(set(digests)) == 1


@pytest.mark.parametrize("place", [8, 200, 5000])
def test_a_damaged_chunk_is_not_written(image: Image, target: Path, place: int) -> None:
    data = bytearray(image.file.read_bytes())
    data[len(layout.MAGIC) + 20_000 + place] ^= 0x40  # in the second frame
    image.file.write_bytes(data)
    with pytest.raises(DeviceError, match="WASL-IMAGE-CHUNK"):
        put(image, target)
    assert not has_table(target)


@pytest.mark.parametrize("cut", [1, 24, 100, 20_000])
def test_a_file_cut_short_is_no_image(image: Image, target: Path, cut: int) -> None:
    image.file.write_bytes(image.file.read_bytes()[:-cut])
    before = target.read_bytes()
    with pytest.raises(DeviceError, match="WASL-IMAGE-BAD"):
        put(image, target)
    assert target.read_bytes() == before


def test_an_altered_index_is_refused(image: Image) -> None:
    with source.opened(str(image.file)) as origin:
        document = layout.read_document(origin)
    document["body"]["name"] = "other"
    with pytest.raises(DeviceError, match="WASL-SIGNATURE-BAD"):
        signed.opened(document, layout.KIND)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 1},
        {"size": 5},
        {"size": 1 << 50},
        {"chunk": 1 << 40},
        {"chunk": 0},
        {"chunks": [[0, 8, 10, "00", "0" * 64, 1]]},
        {"chunks": [[0, 8, 10, "0" * 64, "00", 1]]},
        {"chunks": [[0, 8, 1 << 40, "0" * 64, "0" * 64, 1]]},
        {"chunks": [[1, 8, 10, "0" * 64, "0" * 64, 1]] * 2},
        {"chunks": [[9999, 8, 10, "0" * 64, "0" * 64, 1]]},
        {"chunks": [[0, 8]]},
        {"chunks": "x"},
    ],
)
def test_an_impossible_index_is_refused(image: Image, change: dict[str, object]) -> None:
    with source.opened(str(image.file)) as origin:
        body = {**layout.read_document(origin)["body"], **change}
        with pytest.raises(DeviceError, match="WASL-IMAGE-BAD"):
            layout.index(body, "key", origin)


def test_a_disk_smaller_than_the_image_is_left_alone(image: Image, tmp_path: Path) -> None:
    small = tmp_path / "small.img"
    small.write_bytes(b"precious" * 512)
    with pytest.raises(DeviceError, match="WASL-IMAGE-DISK-SMALL"):
        put(image, small)
    assert small.read_bytes() == b"precious" * 512


def test_a_raw_image_of_a_broken_size_is_refused(tmp_path: Path, ministry: Ministry) -> None:
    (tmp_path / "odd.img").write_bytes(b"x" * 5000)
    with pytest.raises(DeviceError, match="WASL-IMAGE-SIZE"):
        build.build(tmp_path / "odd.img", tmp_path / "o.wimg", NAMING, ministry.key)
    assert not list(tmp_path.glob("*.wimg"))


def test_the_partition_table_comes_last(
    image: Image, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stop before each write in turn: until the last one the disk has no table to boot by."""
    real, seen = blocks.Blocks.write, [0]

    def stopping(disk: blocks.Blocks, view: memoryview, offset: int) -> None:
        seen[0] += 1
        if seen[0] > allowed:
            raise DeviceError("WASL-DISK-WRITE", disk=disk.path, offset=offset, reason="power")
        real(disk, view, offset)

    monkeypatch.setattr(blocks.Blocks, "write", stopping)
    pristine = b"old table".ljust(CHUNK) + bytes(SIZE)
    for allowed in range(1, 40):
        target.write_bytes(pristine)
        seen[0] = 0
        try:
            put(image, target)
        except DeviceError:
            assert not any(target.read_bytes()[:32768]), f"bootable after {allowed} writes"
        else:
            break
    assert target.read_bytes()[:SIZE] == image.raw
    assert allowed > 5


def test_a_loop_device_is_written_and_its_partitions_forgotten(
    image: Image, disk: Callable[..., str]
) -> None:
    loop = disk("disk", SIZE + MIB)
    tally = put(image, loop)
    assert tally.read_back == SIZE
    with open(loop, "rb") as device:
        assert device.read(SIZE) == image.raw


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The folder behind a server that knows ranges, such as any real one."""

    class Ranges(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            data = (tmp_path / self.path.lstrip("/")).read_bytes()
            first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
            part = data[first : last + 1]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
            self.send_header("Content-Length", str(len(part)))
            self.end_headers()
            self.wfile.write(part)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ranges)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_image_comes_over_http(image: Image, target: Path, served: str) -> None:
    put(image, target, f"{served}/system.wimg")
    assert target.read_bytes()[:SIZE] == image.raw


def test_a_server_that_is_gone_is_said(image: Image, target: Path) -> None:
    with pytest.raises(DeviceError, match="WASL-IMAGE-SOURCE"):
        put(image, target, "http://127.0.0.1:9/system.wimg")
    with pytest.raises(DeviceError, match="WASL-IMAGE-SOURCE"):
        put(image, target, "/nowhere/system.wimg")
