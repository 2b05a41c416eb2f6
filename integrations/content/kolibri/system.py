"""Kolibri laid into a system's tree, as `/opt/kolibri`: run by that system's own Python.

Kolibri is no Debian package, and is pure Python; its files are those of its locked environment.
`python -m integrations.content.kolibri.system PYTHON ROOT` does it while a system is being made.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from integrations.content.kolibri.environment import Kolibri

PLACE = "opt/kolibri"
_PROGRAM = """\
#!/opt/kolibri/bin/python3
import sys

from kolibri.utils.cli import main

sys.exit(main())
"""


def lay(program: Kolibri, root: Path) -> None:
    """Make `root`/opt/kolibri; `root` is a tree with a Python, which runs inside by chroot.

    Needs root's rights. Raises `OSError`, `CalledProcessError`.
    """
    place, inside = root / PLACE, ["chroot", str(root), "python3"]
    shutil.rmtree(place, ignore_errors=True)
    subprocess.run([*inside, "-m", "venv", "--without-pip", f"/{PLACE}"], check=True)
    (packages,) = place.glob("lib/python3.*/site-packages")
    environment = program.python.parents[1]
    for found in sorted(environment.glob("lib/python3.*/site-packages/kolibri*")):
        shutil.copytree(found, packages / found.name, ignore=shutil.ignore_patterns("__pycache__"))
    command = place / "bin" / "kolibri"
    command.write_text(_PROGRAM)
    command.chmod(0o755)
    # It carries copies of old packages that do not compile and are not used: no error.
    # Files get the image's date afterwards, so what is compiled must not go by dates.
    compiled = [*inside, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    compiled += [f"/{packages.relative_to(root)}"]
    subprocess.run(compiled, check=False, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    lay(Kolibri(Path(sys.argv[1])), Path(sys.argv[2]))
