"""Harvesting and mirroring, each beside its baseline.

`python -m bench.content [--records N] [--memory N] [--plan N] [--files N] [--rounds N]`. Every
contender is a process of its own, which tells wall seconds and peak memory, and the provider is
another; rounds take turns, so that only ratios within one run are compared. Results go to standard
output as Markdown; what a line is held to stands in it, with whether it was met in this run.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.asked import ROOT, peak
from tests.content.provider import Answer, identify, serving
from tests.content.records import lesson, list_records
from wasl.memory import collect_seldom

PAGE = 500
FILE = 10_000_000  # bytes: a short lesson on video
HARVEST, FLAT, AGAIN = 0.4, 1.1, 0.05  # what is asked of harvest, memory and second run


def main() -> None:
    """Make the data, run everything, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=50_000)
    parser.add_argument("--memory", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--plan", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(_measured(*arguments.one)))
    elif arguments.serve:
        _serve(Path(arguments.serve[0]), int(arguments.serve[1]))
    else:
        with tempfile.TemporaryDirectory(prefix="wasl-bench-") as folder:
            _all(Path(folder), arguments)


def _all(folder: Path, arguments: argparse.Namespace) -> None:
    if arguments.records:
        print(_harvesting(folder, arguments.records, arguments.rounds), flush=True)
    if arguments.memory:
        print(_memory(folder, arguments.records or 50_000, arguments.memory), flush=True)
    if arguments.plan:
        print(_planning(folder, arguments.records or 50_000, arguments.plan), flush=True)
    if arguments.files:
        print(_mirroring(folder, arguments.files, arguments.rounds), flush=True)


def _measured(name: str, *arguments: str) -> dict[str, Any]:
    for module in IMPORTS[name]:  # before the clock starts: all programs load once
        importlib.import_module(module)
    collect_seldom()  # as the command line does; for all contenders
    began = time.perf_counter()
    said = CONTENDERS[name](*arguments)
    seconds = time.perf_counter() - began
    memory = peak()
    return {"seconds": seconds, "megabytes": memory, "said": said}


def _run(name: str, *arguments: str | Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.content", "--one", name, *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


@contextmanager
def _provider(folder: Path, pages: int) -> Iterator[str]:
    """Serves a folder's pages over and over until there were so many, and its files."""
    command = [sys.executable, "-m", "bench.content", "--serve", str(folder), str(pages)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def _serve(folder: Path, pages: int) -> None:
    kept = [path.read_bytes() for path in sorted(folder.glob("*.xml"))]
    sent: Counter[int] = Counter()

    def respond(path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        if path == "/sent":  # the statuses sent since it was last asked
            told = json.dumps(sent)
            sent.clear()
            return Answer(told.encode())
        if path.startswith("/files/"):
            answer = _file(folder / path.removeprefix("/files/"), headers)
            sent[answer.status] += 1
            return answer
        if query.get("verb") == "Identify":
            return Answer(identify())
        page = int(query.get("resumptionToken", "0"))
        return Answer(_page(kept, page, pages))

    with serving(respond) as url:
        print(url, flush=True)
        while True:
            time.sleep(60)


def _page(kept: list[bytes], page: int, pages: int) -> bytes:
    """A page with its own token; in a later turn, with other identifiers."""
    turn, number = divmod(page, len(kept))
    body = kept[number].replace(b"TOKEN", str(page + 1).encode() if page + 1 < pages else b"", 1)
    return (
        body.replace(b"catalogue.example:", f"catalogue.example:{turn}-".encode()) if turn else body
    )


def _file(path: Path, headers: Mapping[str, str]) -> Answer:
    tag = f'"{path.name}"'
    if tag in (headers.get("If-None-Match"), headers.get("if-none-match")):
        return Answer(b"", 304, {"ETag": tag})
    return Answer(path.read_bytes(), headers={"ETag": tag, "Content-Type": "application/pdf"})


# --- harvesting -----------------------------------------------------------------------------------


def _pages(folder: Path, records: int) -> int:
    """The pages of so many records; the token is filled in by the server."""
    folder.mkdir(exist_ok=True)
    starts = range(0, records, PAGE)
    for number, start in enumerate(starts):
        found = (lesson(one) for one in range(start, min(start + PAGE, records)))
        (folder / f"{number:06}.xml").write_bytes(list_records(found, "TOKEN"))
    return len(starts)


def _harvesting(folder: Path, records: int, rounds: int) -> str:
    pages = _pages(folder / "pages", records)
    names = ("lxml parse", "fetch and parse", "wasl harvest", "sickle", "oaipmh-scythe")
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    with _provider(folder / "pages", pages) as url:
        for _ in range(rounds):
            for name in names:
                found[name].append(_run(name, folder / "pages", url))
    title = f"Harvest of {records:,} oai_dc records, {PAGE} a page (records a second)"
    seconds = {name: _seconds(results) for name, results in found.items()}
    others = min(seconds["sickle"], seconds["oaipmh-scythe"])
    held = {
        "wasl harvest": (
            f"at least {HARVEST} of the parse, and faster than sickle and oaipmh-scythe",
            seconds["lxml parse"] / seconds["wasl harvest"] >= HARVEST
            and seconds["wasl harvest"] < others,
        )
    }
    return _table(title, found, records, "lxml parse", held)


def _memory(folder: Path, few: int, many: int) -> str:
    pages = _pages(folder / "pages", few)
    lines = ["### Memory of a harvest\n", "| records | MB | target |", "|---|---|---|"]
    first = 0.0
    for count in (few, many):
        with _provider(folder / "pages", pages * count // few) as url:
            result = _run("wasl harvest", folder / "pages", url)
        memory = result["megabytes"]
        target = _told(f"at most {FLAT} of that", memory <= FLAT * first) if first else ""
        first = first or memory
        lines.append(f"| {result['said']} | {memory:.0f} | {target} |")
    return "\n".join([*lines, ""])


def _planning(folder: Path, few: int, many: int) -> str:
    """A plan holds all that it judges: how much that is, for a feed of each size."""
    pages = _pages(folder / "pages", few)
    title = "Plan of a country's whole feed, all of it new (no target: what a size asks for)"
    lines = [f"### {title}\n", "| records | seconds | a second | MB |", "|---|---|---|---|"]
    for count in (few, many):
        home = folder / f"home-{count}"
        with _provider(folder / "pages", pages * count // few) as url:
            _run("wasl harvest", folder / "pages", url, home / "content" / "tn")
        result = _run("wasl plan", home)
        rate = count / result["seconds"]
        memory = f"{result['megabytes']:.0f}"
        lines.append(f"| {result['said']} | {result['seconds']:.1f} | {rate:,.0f} | {memory} |")
        shutil.rmtree(home)
    return "\n".join([*lines, ""])


def _lxml(pages: str, _url: str) -> str:
    from lxml import etree

    count = 0
    for path in sorted(Path(pages).glob("*.xml")):
        root = etree.fromstring(path.read_bytes())
        count += sum(1 for _ in root.iter("{http://www.openarchives.org/OAI/2.0/}record"))
    return f"{count:,}"


def _fetch(_pages: str, url: str) -> str:
    """Every page asked for and parsed, and nothing more: what the provider can give."""
    import httpx
    from lxml import etree

    oai = "{http://www.openarchives.org/OAI/2.0/}"
    page: str | None = "0"
    count = 0
    with httpx.Client(trust_env=False) as client:
        while page:
            query = {"verb": "ListRecords", "resumptionToken": page}
            root = etree.fromstring(client.get(f"{url}/oai", params=query).content)
            count += sum(1 for _ in root.iter(f"{oai}record"))
            page = root.findtext(f".//{oai}resumptionToken")
    return f"{count:,}"


def _wasl(_pages: str, url: str, kept: str = "") -> str:
    from integrations.content.catalogue import Catalogue
    from integrations.content.oai.harvest import harvest
    from integrations.content.oai.provider import Provider
    from integrations.content.web import Web
    from wasl.manifest.content import OaiFeed

    feed = OaiFeed(kind="oai", name="feed", url=f"{url}/oai", allow_private=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Catalogue(Path(kept or folder, "catalogue.sqlite3")) as catalogue,
        Web(allow_private=True) as web,
    ):
        provider = Provider(feed.url, web)
        harvest(feed, provider, catalogue, now=datetime.now(UTC))
        return f"{catalogue.count('feed'):,}"


def _plan(home: str) -> str:
    from dataclasses import replace

    from wasl.manifest.content import OaiFeed
    from wasl.planes.content.setting import setting
    from wasl.planes.content.work import plan

    chosen = setting(ROOT, Path(home), "tn", {})
    feed = OaiFeed(kind="oai", name="feed", url="http://catalogue.example/oai")
    chosen = replace(chosen, content=chosen.content.model_copy(update={"feeds": (feed,)}))
    with chosen.reading() as catalogue:
        made = plan(chosen, catalogue, lambda _what, _done, _of: None, harvest=False)
    return f"{len(made.selection.passed) + len(made.selection.held):,}"


def _sickle(_pages: str, url: str) -> str:
    from sickle import Sickle

    found = Sickle(f"{url}/oai").ListRecords(metadataPrefix="oai_dc")
    return f"{sum(1 for one in found if one.metadata):,}"


def _scythe(_pages: str, url: str) -> str:
    from oaipmh_scythe import Scythe

    with Scythe(f"{url}/oai") as scythe:
        found = scythe.list_records(metadata_prefix="oai_dc")
        return f"{sum(1 for one in found if getattr(one, 'metadata', None)):,}"


# --- mirroring ------------------------------------------------------------------------------------


def _mirroring(folder: Path, files: int, rounds: int) -> str:
    source = folder / "files"
    source.mkdir()
    for number in range(files):
        (source / f"{number}.pdf").write_bytes(b"%PDF-1.4\n" + os.urandom(FILE))
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in MIRRORING}
    with _provider(source, 0) as url:
        for number in range(rounds):
            work = folder / f"mirror-{number}"
            copy = folder / f"copy-{number}"
            for name, target in zip(MIRRORING, (copy, work, work), strict=True):
                result = _run(MIRRORING[name], source, url, target)
                found[name].append({**result, "said": f"{result['said']}; {_sent(url)}"})
            shutil.rmtree(work)
            shutil.rmtree(copy)
    title = f"Mirror of {files} files of {FILE / 1e6:.0f} MB (kB a second)"
    share = _seconds(found["wasl again"]) / _seconds(found["wasl mirror"])
    held = {"wasl again": (f"under {AGAIN} of the first run ({share:.3f})", share < AGAIN)}
    return _table(title, found, files * FILE // 1000, "plain copy", held)


def _sent(url: str) -> str:
    """How many answers of each status the provider sent for a run."""
    import httpx

    told: dict[str, int] = httpx.get(f"{url}/sent", trust_env=False).json()
    return ", ".join(f"{count} × {status}" for status, count in sorted(told.items()))


def _copy(source: str, url: str, target: str) -> str:
    """The same bytes by the same client library, with the same checksum, and nothing else."""
    import httpx

    Path(target).mkdir()
    names = sorted(path.name for path in Path(source).iterdir())
    with httpx.Client(trust_env=False) as client:
        for name in names:
            digest = hashlib.sha256()
            with (
                client.stream("GET", f"{url}/files/{name}") as response,
                Path(target, name).open("wb") as stream,
            ):
                for chunk in response.iter_bytes():
                    digest.update(chunk)
                    stream.write(chunk)
                os.fsync(stream.fileno())
    return f"{len(names)} files"


def _mirror(source: str, url: str, work: str) -> str:
    from integrations.content.mirror.download import Download, Known, as_json, from_json
    from integrations.content.mirror.objects import Objects
    from integrations.content.model import Encoding
    from integrations.content.web import Web

    folder = Path(work)
    folder.mkdir(exist_ok=True)
    notes = folder / "known.json"
    known: dict[str, str] = json.loads(notes.read_text()) if notes.exists() else {}
    again = 0
    with Web(allow_private=True) as web:
        download = Download(web, Objects(folder / "objects"), folder / "parts", 2 * FILE)
        for name in sorted(path.name for path in Path(source).iterdir()):
            held = from_json(known[name]) if name in known else None
            taken: Known = download.fetch(Encoding(f"{url}/files/{name}"), held)
            again += held is not None and taken.stored == held.stored
            known[name] = as_json(taken)
    notes.write_text(json.dumps(known))
    return f"{len(known)} files, {again} unchanged"


def _seconds(results: list[dict[str, Any]]) -> float:
    return float(statistics.median(result["seconds"] for result in results))


def _told(target: str, met: bool) -> str:
    return f"{target}: {'met' if met else '**not met**'}"


def _table(
    title: str,
    found: dict[str, list[dict[str, Any]]],
    amount: int,
    baseline: str,
    held: Mapping[str, tuple[str, bool]],
) -> str:
    """`held` says to what a contender is held, and whether it met that."""
    base = _seconds(found[baseline])
    lines = [
        f"### {title}\n",
        "| contender | seconds | a second | to baseline | MB | said | target |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, results in found.items():
        seconds = _seconds(results)
        memory = max(result["megabytes"] for result in results)
        target = _told(*held[name]) if name in held else ""
        lines.append(
            f"| {name} | {seconds:.2f} | {amount / seconds:,.0f} | {base / seconds:.2f} "
            f"| {memory:.0f} | {results[-1]['said']} | {target} |"
        )
    return "\n".join([*lines, ""])


CONTENDERS: dict[str, Callable[..., str]] = {
    "lxml parse": _lxml,
    "fetch and parse": _fetch,
    "wasl harvest": _wasl,
    "wasl plan": _plan,
    "sickle": _sickle,
    "oaipmh-scythe": _scythe,
    "plain copy": _copy,
    "wasl mirror": _mirror,
}

MIRRORING = {"plain copy": "plain copy", "wasl mirror": "wasl mirror", "wasl again": "wasl mirror"}
"""What stands in the table, and the contender that it is a run of."""

_OURS = ("integrations.content.oai.harvest", "integrations.content.mirror.download")
IMPORTS: dict[str, tuple[str, ...]] = {
    "lxml parse": ("lxml.etree",),
    "fetch and parse": ("httpx", "lxml.etree"),
    "wasl harvest": _OURS,
    "wasl plan": ("wasl.planes.content.work",),
    "sickle": ("sickle",),
    "oaipmh-scythe": ("oaipmh_scythe",),
    "plain copy": ("httpx",),
    "wasl mirror": _OURS,
}


if __name__ == "__main__":
    main()
