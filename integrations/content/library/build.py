"""The library written as files: a page a resource, one index, one catalogue for the search."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import yaml

from integrations.content.classify import subject_names
from integrations.content.collection import (
    OTHER,
    OTHER_NAMES,
    Item,
    attribution,
    by_subject,
    extension,
)
from integrations.content.library.folding import script
from integrations.content.mirror.objects import Objects, Stored
from integrations.content.model import UNDETERMINED
from wasl.files import write_atomically
from wasl.language import fold
from wasl.pack import PackFile

FOLDER = "library"
ASSETS = ("style.css", "search.js")
_SHORT = 300


def build(items: Sequence[Item], objects: Objects, work: Path, first: str) -> Iterator[PackFile]:
    """Write what is made into `work`, and name every file of the library with its place.

    `first` is the language that the library speaks at first.
    """
    work.mkdir(parents=True, exist_ok=True)
    words = _words(first)
    first = next(iter(words))
    entries = []
    for shelf in by_subject(items).values():
        for item in shelf:
            kept = list(_kept(item, objects, work))
            entry = _entry(item, first)
            entries.append(entry)
            yield from (PackFile(f"{FOLDER}/{path}", source) for path, source, _ in kept)
            yield _written(work, entry["page"], _resource(item, entry, kept, words))
    yield _written(work, "index.html", _index(entries, words, first))
    yield _written(work, "assets/catalogue.js", _catalogue(entries, words))
    yield _written(work, "assets/fold.js", script())
    for name in ASSETS:
        yield _written(work, f"assets/{name}", _asset(name))


def _kept(
    item: Item, objects: Objects, work: Path
) -> Iterator[tuple[str, Path, tuple[Stored, bool]]]:
    """Each file of a resource: its place, where its bytes are, and whether it is to be opened."""
    for _file, stored in item.files:
        source = objects.path(stored.sha256)
        if stored.kind != "html5":
            yield f"files/{stored.sha256}.{extension(stored)}", source, (stored, True)
            continue
        folder = f"files/{stored.sha256}"
        for name, path in _unpacked(source, work / folder):
            yield f"{folder}/{name}", path, (stored, name == "index.html")


def _unpacked(archive: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """The files of a ZIP that was looked through when it came."""
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            if entry.is_dir():
                continue
            path = folder / entry.filename
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f".{path.name}.new")
            with opened.open(entry) as source, temporary.open("wb") as target:
                while chunk := source.read(1 << 20):
                    target.write(chunk)
            os.replace(temporary, path)
            yield entry.filename, path


def _entry(item: Item, first: str) -> dict[str, Any]:
    """What the search knows of a resource."""
    resource = item.judged.resource
    language = resource.languages[0] if resource.languages else first
    title, description = resource.title(first), resource.description(first)
    shown = _language_of(resource.titles, title, language)
    names = subject_names().get(item.subject, OTHER_NAMES)
    everything = [
        *resource.titles.values(),
        *resource.descriptions.values(),
        *resource.subjects,
        *names.values(),
        *resource.creators,
    ]
    return {
        "page": f"r/{hashlib.sha256(resource.id.encode()).hexdigest()[:20]}.html",
        "title": title,
        "title_key": " ".join(dict.fromkeys(map(fold, resource.titles.values()))),
        "key": fold(" ".join(everything))[:4000],
        "description": description[:_SHORT],
        "full_description": description,
        "language": shown,
        "direction": "rtl" if shown in ("ar", "fa", "ur") else "ltr",
        "languages": list(resource.languages),
        "subject": item.subject,
        "licence": item.judged.licence.id,
        "creators": attribution(item),
    }


def _language_of(texts: Mapping[str, str], text: str, otherwise: str) -> str:
    found = next((code for code, one in texts.items() if one == text), otherwise)
    return otherwise if found == UNDETERMINED else found


def _resource(
    item: Item,
    entry: Mapping[str, Any],
    kept: list[tuple[str, Path, tuple[Stored, bool]]],
    words: Mapping[str, Any],
) -> str:
    opened = [
        {"path": path, "kind": stored.kind, "size": _human(stored.size)}
        for path, _source, (stored, opens) in kept
        if opens
    ]
    own = words.get(entry["language"]) or next(iter(words.values()))
    return _template("resource.html").render(
        one=entry, files=opened, words=own, licence_url=_licence_url(entry["licence"])
    )


def _index(entries: Sequence[Mapping[str, Any]], words: Mapping[str, Any], first: str) -> str:
    return _template("index.html").render(entries=entries, words=words[first], language=first)


def _catalogue(entries: Sequence[Mapping[str, Any]], words: Mapping[str, Any]) -> str:
    """Plain data as a script, since a page from a disk may load nothing else."""
    short = [{k: v for k, v in one.items() if k != "full_description"} for one in entries]
    return f'"use strict";\nconst WORDS = {_script(words)};\nconst CATALOGUE = {_script(short)};\n'


def _script(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _licence_url(licence: str) -> str:
    """Where a Creative Commons licence can be read."""
    if licence == "CC0-1.0":
        return "https://creativecommons.org/publicdomain/zero/1.0/"
    if not licence.startswith("CC-BY"):
        return ""
    parts = licence.lower().split("-")[1:]
    version = parts.pop() if parts[-1][0].isdigit() else "4.0"
    return f"https://creativecommons.org/licenses/{'-'.join(parts)}/{version}/"


@cache
def _words(first: str) -> dict[str, Any]:
    """The words of each language, the first one first, with the subjects' names."""
    text = files("integrations.content.library").joinpath("words.yaml").read_text("utf-8")
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(text)
    for code, words in loaded.items():
        words["subjects"] = {name: names[code] for name, names in subject_names().items()}
        words["subjects"][OTHER] = OTHER_NAMES[code]
    start = first if first in loaded else "en"
    return {code: loaded[code] for code in sorted(loaded, key=lambda code: code != start)}


@cache
def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(_asset(name))


def _asset(name: str) -> str:
    return files("integrations.content.library").joinpath("assets", name).read_text("utf-8")


def _written(work: Path, path: str, text: str) -> PackFile:
    target = work / path
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, text)
    return PackFile(f"{FOLDER}/{path}", target)


def _human(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{max(size // 1000, 1)} kB"
