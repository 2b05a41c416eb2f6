"""Writes a channel's database through Kolibri's own models.

Run by the Python of Kolibri's environment, so it imports nothing of this project:

    python writer.py CHANNEL.json DATABASE.sqlite3 HOME

CHANNEL.json is what `channel.py` describes, HOME an empty folder. `--version` tells Kolibri's own.
"""

import ctypes
import json
import os
import signal
import sys
from typing import Any

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Write the database, or say which Kolibri this is."""
    if sys.platform == "linux":  # whoever is run next would find this one still writing
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if sys.argv[1] == "--version":
        import kolibri

        print(kolibri.__version__)
        return
    with open(sys.argv[1], encoding="utf-8") as stream:
        channel = json.load(stream)
    # Kolibri sets itself up in its home; nothing of the user's own is touched.
    os.environ["KOLIBRI_HOME"] = sys.argv[3]
    write(channel, sys.argv[2])


def write(channel: dict[str, list[dict[str, Any]]], database: str) -> None:
    """Every row of the channel, through the classes of Kolibri's newest exported schema."""
    from kolibri.utils.main import initialize

    initialize(skip_update=True)
    from kolibri.core.content import models
    from kolibri.core.content.constants.schema_versions import CONTENT_SCHEMA_VERSION
    from kolibri.core.content.utils.sqlalchemybridge import Bridge
    from sqlalchemy.orm import Session

    bridge = Bridge(sqlite_file_path=database, schema_version=CONTENT_SCHEMA_VERSION)
    session = Session(bridge.engine)
    tables = (
        ("languages", models.Language),
        ("local_files", models.LocalFile),
        ("nodes", models.ContentNode),
        ("files", models.File),
        ("channel", models.ChannelMetadata),
    )
    for name, model in tables:
        mapped = bridge.get_class(model)
        for row in channel[name]:
            session.add(mapped(**row))
        session.flush()
    mapped = bridge.get_class(models.ChannelMetadata)
    session.query(mapped).update({"min_schema_version": CONTENT_SCHEMA_VERSION})
    session.commit()
    session.close()
    bridge.end()


if __name__ == "__main__":
    main()
