"""Images written and disks wiped, beside bmaptool, dd and cmp, on loop devices with direct I/O.

`python -m bench.devices_disks [--rounds N] [--mapped MIB] [--disk MIB] [--wiped MIB]`. The raw
image holds files of this machine's `/usr`, spread as a file system spreads them; every write ends
with the target synced, on both sides; sources are read once before the clock starts. Rounds take
turns, medians are shown. Results go to standard output as Markdown.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.asked import ROOT, line
from playbooks.module_utils.wasl_device import blocks, signed
from playbooks.module_utils.wasl_device.image import build, layout, source
from playbooks.module_utils.wasl_device.image.write import THREADS, write
from playbooks.module_utils.wasl_device.progress import Progress
from playbooks.module_utils.wasl_device.wipe.overwrite import overwrite
from wasl.planes.devices.loop import loop_disk, why_not

MIB = 1 << 20
EXTENT = 8 * MIB  # bytes that stand together in the image
PROGRAMS = ("bmaptool", "zstd", "dd", "cmp", "losetup", "blockdev")
KILLS = (0.2, 0.5, 0.8)  # of a whole write's time
FASTER, OF_BOTH = 4, 0.95
"""The targets: times faster than bmaptool on `.zst`; dd's and cmp's time to ours in a wipe."""


@dataclass
class Phases(Progress):
    """A progress that keeps how long the read-back took."""

    read_began: float = 0.0
    read_ended: float = 0.0

    def begin(self, step: str, total: int) -> None:
        if step == "read back":
            self.read_began = time.perf_counter()
        super().begin(step, total)

    def advance(self, amount: int) -> None:
        super().advance(amount)
        self.read_ended = time.perf_counter()  # the read-back is the last step that advances


@dataclass(frozen=True)
class Images:
    """One disk's content in all its forms."""

    raw: Path
    packed: Path  # .zst
    map: Path
    own: Path


def main() -> None:
    """Measure, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mapped", type=int, default=1000, help="MiB of content")
    parser.add_argument("--disk", type=int, default=6144, help="MiB of the image")
    parser.add_argument("--wiped", type=int, default=2048, help="MiB of the disk that is wiped")
    parser.add_argument("--write", nargs=2, metavar=("IMAGE", "DISK"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.write:
        print(json.dumps(_write(Path(asked.write[0]), asked.write[1])))
        return
    lacking = [name for name in PROGRAMS if shutil.which(name) is None]
    if reason := why_not() or (f"not installed: {', '.join(lacking)}" if lacking else ""):
        print(f"Not measured here: {reason}.\n")
        return
    with tempfile.TemporaryDirectory(prefix="wasl-bench-", dir="/var/tmp") as folder:
        place = Path(folder)
        images = _images(place, asked.mapped * MIB, asked.disk * MIB)
        took = _image(place, images, asked)
        _resume(place, images, took, asked.disk * MIB)
        for path in place.iterdir():
            path.unlink()
        _wipe(place, asked)


def _images(place: Path, mapped: int, size: int) -> Images:
    """The same content raw, as `.zst` with its map, and as our own file."""
    made = Images(place / "raw", place / "raw.zst", place / "raw.bmap", place / "own.wimg")
    count = mapped // EXTENT
    content = _content()
    with made.raw.open("xb") as raw:
        raw.truncate(size)
        for number in range(count):
            raw.seek((size - EXTENT) * number // (count - 1) // 4096 * 4096)
            raw.write(next(content))
        os.fsync(raw.fileno())
    _run("bmaptool", "create", str(made.raw), "-o", str(made.map))
    _run("zstd", "-q", "-T0", f"-{build.LEVEL}", str(made.raw), "-o", str(made.packed))
    naming = build.Naming("bench", "jo", "2026-03-01T00:00:00Z")
    build.build(made.raw, made.own, naming, signed.SigningKey.make())
    return made


def _content() -> Iterator[bytes]:
    """Files of this machine's system, one after the other, in extents; then from the start."""
    rest = b""
    while True:
        for path in sorted(Path("/usr").rglob("*")):
            if path.is_file() and not path.is_symlink():
                rest += path.read_bytes()
            while len(rest) >= EXTENT:
                yield rest[:EXTENT]
                rest = rest[EXTENT:]


def _image(place: Path, images: Images, asked: argparse.Namespace) -> float:
    """The table of image writes; seconds that ours takes without its read-back."""
    rows: dict[str, list[float]] = {}

    def ours(disk: str) -> None:
        told: dict[str, float] = {}
        whole = _timed(lambda: told.update(_written(images.own, disk)), disk)
        rows.setdefault("written", []).append(whole - told["reading"])
        rows.setdefault("written and all read back", []).append(whole)

    def bmaptool(name: str, file: Path) -> Callable[[str], None]:
        command = ["bmaptool", "-q", "copy", "--bmap", str(images.map), str(file)]

        def copy(disk: str) -> None:
            rows.setdefault(name, []).append(_timed(lambda: _run(*command, disk), disk))

        return copy

    contenders = (ours, bmaptool("zst", images.packed), bmaptool("raw", images.raw))
    for _ in range(asked.rounds):
        for contender in contenders:
            with _disk(place, asked.disk * MIB) as disk:
                contender(disk)
    middle = {name: statistics.median(times) for name, times in rows.items()}
    print(f"### Image write: {asked.mapped:,} MiB mapped of {asked.disk:,} MiB\n")
    print("| | seconds | bmaptool on `.zst` took |\n|---|---|---|")
    for name, title in (
        ("written", "ours, written and synced"),
        ("written and all read back", "ours, and every block read back past the page cache"),
        ("zst", "bmaptool on `.zst`"),
        ("raw", "bmaptool on the raw file"),
    ):
        print(f"| {title} | {middle[name]:.2f} | {middle['zst'] / middle[name]:.1f} times this |")
    print()
    times = {name: middle["zst"] / seconds for name, seconds in middle.items()}
    written, whole = times["written"], times["written and all read back"]
    print(line("written, times faster", written, f"at least {FASTER}", met=written >= FASTER))
    print(line("with the full read-back, times faster", whole, "more than 1", met=whole > 1))
    print()
    return middle["written"]


def _written(image: Path, disk: str) -> dict[str, float]:
    """Our write in a process of its own, as bmaptool's is."""
    command = [sys.executable, "-m", "bench.devices_disks", "--write", str(image), disk]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _write(image: Path, disk: str) -> dict[str, float]:
    """Write our file, all of it read back; what was done, and the seconds spent reading."""
    phases = Phases("image", disk)
    with source.opened(str(image)) as origin, blocks.opened(disk, write=True) as target:
        tally = write(origin, _index(origin), target, phases)
    if tally.read_back < target.size:
        raise SystemExit(f"not all was read back: {tally}")
    return {**tally.as_json(), "reading": phases.read_ended - phases.read_began}


def _index(origin: source.Source) -> layout.Index:
    body, key = signed.opened(layout.read_document(origin), layout.KIND)
    return layout.index(body, key.id, origin)


def _resume(place: Path, images: Images, seconds: float, size: int) -> None:
    """Kill a write, say what it left, write again."""
    print(f"### A killed image write goes on ({THREADS} threads)\n")
    print("| killed after | chunks whole by then | begun, so written again | never begun |", end="")
    print(" written by the next run |\n|---|---|---|---|---|")
    most = 0
    for share in KILLS:
        with _disk(place, size) as disk:
            after = _killed(images.own, disk, share * seconds)
            whole, begun, blank, ends = _state(images.own, disk)
            tally = _written(images.own, disk)
        written = -int(-tally["written"] // layout.DEFAULT_CHUNK)
        most = max(most, written - blank - ends)
        print(f"| {after:.1f} s | {whole} | {begun} | {blank} | {written} |")
    print()
    target = f"at most one a thread, {THREADS}"
    print(line("chunks written again, at most", most, target, met=most <= THREADS))
    print()


def _killed(image: Path, disk: str, seconds: float) -> float:
    """A write in a process of its own, killed that long after its first chunk."""
    command = [sys.executable, "-m", "bench.devices_disks", "--write", str(image), disk]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and not _begun(image, disk):
            time.sleep(0.02)
        began = time.perf_counter()
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        return time.perf_counter() - began


def _begun(image: Path, disk: str) -> bool:
    with source.opened(str(image)) as origin:
        index = _index(origin)
    start, length = index.span(index.chunks[1].number)
    return any(_read(disk, start, length))


def _state(image: Path, disk: str) -> tuple[int, int, int, int]:
    """How many chunks are whole, begun, blank; and how many are written at the end anyhow."""
    counted = [0, 0, 0, 0]
    with source.opened(str(image)) as origin:
        index = _index(origin)
    for chunk in index.chunks:
        if chunk.number in (0, index.count - 1):
            counted[3] += 1
            continue
        data = _read(disk, *index.span(chunk.number))
        if hashlib.sha256(data).hexdigest() == chunk.sha256:
            counted[0] += 1
        else:
            counted[1 if any(data) else 2] += 1
    return counted[0], counted[1], counted[2], counted[3]


def _read(disk: str, start: int, length: int) -> bytes:
    """From the medium, beside whoever has the disk open."""
    handle = os.open(disk, os.O_RDONLY | os.O_DIRECT)
    try:
        buffer = blocks.Buffer(length)
        os.preadv(handle, [buffer.view], start)
        return bytes(buffer.view)
    finally:
        os.close(handle)


def _wipe(place: Path, asked: argparse.Namespace) -> None:
    """Zeros and their proof: ours, and dd with cmp."""
    size = asked.wiped * MIB
    rows: dict[str, list[float]] = {"dd": [], "cmp": [], "ours": []}
    with _disk(place, size) as disk:
        write_zeros = ["dd", "if=/dev/zero", f"of={disk}", "bs=4M", f"count={size // (4 * MIB)}"]
        write_zeros += ["oflag=direct", "conv=fsync,notrunc", "status=none"]
        compare = ["cmp", "-n", str(size), disk, "/dev/zero"]
        _run(*write_zeros)  # from here on every block of the file is there
        for _ in range(asked.rounds):
            rows["dd"].append(_timed(lambda: _run(*write_zeros), disk))
            _run("blockdev", "--flushbufs", disk)
            rows["cmp"].append(_timed(lambda: _run(*compare), disk))
            rows["ours"].append(_timed(lambda: _wiped(disk, size), disk))
    middle = {name: statistics.median(times) for name, times in rows.items()}
    both = middle["dd"] + middle["cmp"]
    print(f"### Wipe of {asked.wiped:,} MiB, every block read back\n")
    print("| | seconds | MiB/s | of dd and cmp |\n|---|---|---|---|")
    for title, seconds in (
        ("`dd` writes", middle["dd"]),
        ("`cmp` reads", middle["cmp"]),
        ("`dd`, then `cmp`", both),
        ("ours, written and read back", middle["ours"]),
    ):
        print(f"| {title} | {seconds:.2f} | {asked.wiped / seconds:.0f} |", end="")
        print(f" {100 * both / seconds:.0f} % |" if seconds in (both, middle["ours"]) else " |")
    print()
    share = both / middle["ours"]
    print(line("of dd's and cmp's rate", share, f"at least {OF_BOTH}", met=share >= OF_BOTH))
    print()


def _wiped(disk: str, size: int) -> None:
    with blocks.opened(disk, write=True) as target:
        done = overwrite(target, "bench", None, Progress("wipe", disk))
    if not (done.is_clean and done.read_back == size):
        raise SystemExit(f"the wipe was not clean: {json.dumps(done.as_json())}")


@contextmanager
def _disk(place: Path, size: int) -> Iterator[str]:
    """A fresh disk; the sources stay in memory, the last target's file goes."""
    file = place / "target"
    with loop_disk(file, size) as disk:
        yield disk
    file.unlink()


def _timed(work: Callable[[], None], disk: str) -> float:
    """Seconds of `work` and of what the disk still had to write."""
    began = time.perf_counter()
    work()
    handle = os.open(disk, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
    return time.perf_counter() - began


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]}: {(done.stderr or done.stdout).strip()[-500:]}")


if __name__ == "__main__":
    main()
