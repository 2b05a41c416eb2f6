"""The small scripts through which the engine starts the project's own Python language host.

The engine looks for `pulumi-language-python` on PATH. Where the compiled one is missing, a shim
of that name runs `language_host.py` with this environment's Python. Policy packs need no shim:
the engine asks the language host to run them.
"""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from infra.engine import lock
from wasl.files import write_atomically

LANGUAGE_HOST = "pulumi-language-python"
_MARK = "# wasl's own Python language host"


def program_runner() -> Path:
    """The SDK's `pulumi-language-python-exec`, which runs one Pulumi program."""
    return lock.cached_bin() / "pulumi-language-python-exec"


def is_ours(path: Path) -> bool:
    """Whether a language host on PATH is a shim written here, by this or another home."""
    with path.open("rb") as file:
        return _MARK.encode() in file.read(256)


def write(folder: Path, pulumi: Path) -> Path:
    """Make `folder` hold the shim, current and executable; returns the `pulumi` to run with it.

    The engine warns at each call of a language host that does not lie beside itself, and looks
    through symbolic links to find where that is: so it gets a second name in `folder`, by a hard
    link. On another file system there is none, and the warning stays.
    """
    shim = folder / LANGUAGE_HOST
    text = _script()
    if not (shim.is_file() and shim.read_text("utf-8") == text and os.access(shim, os.X_OK)):
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(shim, text, mode=0o755)
    return _second_name(pulumi, folder / "pulumi")


def _script() -> str:
    # `exec` keeps the engine the host's parent, which is how the host learns that it died;
    # -I keeps the caller's PYTHON* variables out of the host; programs still get them.
    command = [sys.executable, "-I", str(lock.FOLDER / "start_host.py")]
    command += [lock.engine_version(), str(program_runner())]
    return f'#!/bin/sh\n{_MARK}\nexec {shlex.join(command)} "$@"\n'


def _second_name(pulumi: Path, link: Path) -> Path:
    if link.exists() and link.samefile(pulumi):
        return link
    fresh = link.with_name(f".pulumi.{os.getpid()}")
    try:
        os.link(pulumi, fresh)
    except OSError:
        return pulumi
    os.replace(fresh, link)
    return link
