"""Since when the target's disabled people are disabled, where the target does not tell.

Noted by ourselves: the day on which a plan first saw them so, under the pseudonyms of our
reports, beside the journal. Who is enabled again, or gone, is forgotten. A note that was lost only
means that somebody is kept for longer.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path

from integrations.identity.pseudonym import Pseudonyms
from integrations.identity.snapshot import Side, Snapshot
from integrations.identity.store import Store
from integrations.identity.tables import TOUCHED, dated, records
from wasl.files import write_atomically


def noted(
    snapshot: Snapshot, store: Store, memory: Path, pseudonyms: Pseudonyms, today: date
) -> Snapshot:
    """`snapshot` with what `memory` knows of it, which is kept up to today."""
    users = snapshot.sides.get("users")
    if users is None or "enabledUser" not in users.columns:
        return snapshot
    told = _told(store, snapshot)
    known = dict(_read(memory))
    untold = (key for key in _disabled(store, users) if key not in told)
    of = {key: pseudonyms.of("users.sourcedId", key) for key in untold}
    since = {key: known.get(one, today.isoformat()) for key, one in of.items()}
    kept = {of[key]: day for key, day in since.items()}
    if kept != known:
        memory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(memory, _csv(kept), mode=0o600)
    path = store.file("disabled.csv")
    rows = "".join(f"users,{line}" for line in _csv(told | since).splitlines(keepends=True))
    path.write_text("kind,id,since\n" + rows, encoding="utf-8")
    return replace(snapshot, touched=path)


def _told(store: Store, snapshot: Snapshot) -> dict[str, str]:
    """Since when somebody is disabled, of those for whom the target says it by a date."""
    if snapshot.touched is None:
        return {}
    source = records(snapshot.touched, TOUCHED)
    return dict(store.rows(f"SELECT id, since FROM {source} WHERE {dated('since')}"))


def _disabled(store: Store, users: Side) -> Iterator[str]:
    source = records(users.path, users.columns, users.newline)
    query = f'SELECT "sourcedId" FROM {source} WHERE "enabledUser" = \'false\''
    return (row[0] for row in store.rows(query))


def _read(memory: Path) -> Iterator[tuple[str, str]]:
    try:
        rows = list(csv.reader(memory.read_text("utf-8").splitlines()))
    except (OSError, ValueError):
        return
    for row in rows:
        if len(row) == 2:
            yield row[0], row[1]


def _csv(since: Mapping[str, str]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(sorted(since.items()))
    return text.getvalue()
