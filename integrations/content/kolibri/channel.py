"""A country's resources as a Kolibri channel: its tree, its files, and nothing of Kolibri's code.

The channel is `root → subject → resource`. Ids are derived (UUID 5) from country and resource, so
that a learner's progress survives every new version. A node shows one file; a resource with
several becomes several nodes.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.content.collection import Item, attribution, by_subject, subject_title
from integrations.content.mirror.objects import Stored
from wasl.manifest.country import Country

_SPACE = uuid.UUID("6a1f2f1e-5d0c-5c3e-9b52-0d1f8f0a7e11")
_TITLE, _OWNER, _NAME = 200, 200, 200

# Kolibri's kind of a node, its preset for the file, and the ending that it knows the file by.
PRESETS: Mapping[str, tuple[str, str, str]] = {
    "pdf": ("document", "document", "pdf"),
    "epub": ("document", "epub", "epub"),
    "mp4": ("video", "high_res_video", "mp4"),
    "mp3": ("audio", "audio", "mp3"),
    "html5": ("html5", "html5_zip", "zip"),
}

_LANGUAGES: Mapping[str, tuple[str, str]] = {
    "ar": ("العربية", "rtl"),
    "fr": ("Français", "ltr"),
    "en": ("English", "ltr"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A file as Kolibri stores it: by its MD5, whatever it is by here."""

    stored: Stored
    md5: str
    size: int


@dataclass
class _Rows:
    nodes: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    local: dict[str, dict[str, Any]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    counter: int = 0

    def next(self) -> int:
        self.counter += 1
        return self.counter


def channel_id(country: str) -> str:
    """The channel's id (hex), always the same for a country."""
    return uuid.uuid5(_SPACE, f"channel:{country}").hex


def node_id(country: str, resource: str, number: int = 0) -> str:
    """The id (hex) of a resource's node."""
    return uuid.uuid5(_SPACE, f"node:{country}:{resource}:{number}").hex


def storage_path(md5: str, extension: str) -> str:
    """Where Kolibri looks for a file, below its content folder."""
    return f"content/storage/{md5[0]}/{md5[1]}/{md5}.{extension}"


def database_path(channel: str) -> str:
    """Where Kolibri looks for a channel's database."""
    return f"content/databases/{channel}.sqlite3"


def describe(
    country: Country, items: Iterable[Item], files: Mapping[str, Shown], version: int, updated: str
) -> dict[str, Any]:
    """The channel's rows for `writer.py`; `files` are by SHA-256, `updated` is UTC.

    `last_updated` must read `YYYY-MM-DD HH:MM:SS`: an ISO `T` makes Kolibri's import fail.
    """
    language = country.languages[0].code
    channel = channel_id(country.code)
    rows = _Rows()
    title = f"{country.names.ar}: موارد تعليمية" if language == "ar" else country.names.fr
    root = _node(channel, channel, None, "topic", title[:_TITLE], rows, level=0)
    for name, shelf in by_subject(items).items():
        topic = _node(
            channel,
            node_id(country.code, f"subject:{name}"),
            channel,
            "topic",
            subject_title(name, language),
            rows,
            level=1,
        )
        for item in shelf:
            _resource(country, channel, topic["id"], item, files, rows)
        topic["rght"] = rows.next()
    root["rght"] = rows.next()
    return {
        "languages": [_language(code) for code in sorted(rows.used)],
        "local_files": [rows.local[md5] for md5 in sorted(rows.local)],
        "nodes": rows.nodes,
        "files": rows.files,
        "channel": [
            {
                "id": channel,
                "name": title[:_NAME],
                "description": "",
                "tagline": "",
                "author": "ALECSO",
                "version": version,
                "thumbnail": "",
                "last_updated": updated,
                "min_schema_version": "5",
                "root_id": channel,
            }
        ],
    }


def _resource(
    country: Country,
    channel: str,
    topic: str,
    item: Item,
    files: Mapping[str, Shown],
    rows: _Rows,
) -> None:
    resource = item.judged.resource
    wanted = [(n, s) for n, (_f, s) in enumerate(item.files) if s.sha256 in files]
    for number, stored in wanted:
        shown = files[stored.sha256]
        kind, preset, ending = PRESETS[shown.stored.kind]
        language = next((code for code in resource.languages if code in _LANGUAGES), None)
        title = resource.title(country.languages[0].code)
        node = _node(
            channel,
            node_id(country.code, resource.id, number),
            topic,
            kind,
            title if len(wanted) == 1 else f"{title} ({number + 1})",
            rows,
            level=2,
        )
        node |= {
            "description": resource.description(country.languages[0].code),
            "license_name": item.judged.licence.id[:50],
            "license_owner": attribution(item)[:_OWNER],
            "author": ", ".join(resource.creators)[:_OWNER],
            "lang_id": language,
        }
        node["rght"] = rows.next()
        rows.used |= {language} if language else set()
        rows.local[shown.md5] = {
            "id": shown.md5,
            "extension": ending,
            "available": False,
            "file_size": shown.size,
        }
        rows.files.append(
            {
                "id": uuid.uuid5(_SPACE, f"file:{node['id']}:{shown.md5}").hex,
                "local_file_id": shown.md5,
                "contentnode_id": node["id"],
                "preset": preset,
                "supplementary": False,
                "thumbnail": False,
                "priority": 1,
                "lang_id": language,
            }
        )


def _node(
    channel: str,
    identifier: str,
    parent: str | None,
    kind: str,
    title: str,
    rows: _Rows,
    *,
    level: int,
) -> dict[str, Any]:
    """A row of the tree, begun; whoever closes it sets `rght`."""
    node = {
        "id": identifier,
        "parent_id": parent,
        "title": title[:_TITLE],
        "kind": kind,
        "channel_id": channel,
        "content_id": uuid.uuid5(_SPACE, f"content:{identifier}").hex,
        "description": "",
        "sort_order": float(len(rows.nodes)),
        "license_owner": "",
        "author": "",
        "available": False,
        "coach_content": False,
        "lft": rows.next(),
        "rght": 0,
        "level": level,
        "tree_id": 1,
    }
    rows.nodes.append(node)
    return node


def _language(code: str) -> dict[str, Any]:
    name, direction = _LANGUAGES[code]
    return {"id": code, "lang_code": code, "lang_name": name, "lang_direction": direction}
