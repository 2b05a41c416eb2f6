"""Which `aws` provider the sandbox uses: the real plugin where it is installed, else the stand-in.

The stand-in is never installed anywhere: it would shadow the real plugin.
"""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path

from infra.sandbox.home import Home


def real_plugin(home: Home) -> Path | None:
    """The real plugin of the locked version in the user's own Pulumi home; None without one."""
    folder = _user_home(home) / "plugins" / f"resource-aws-v{version('pulumi-aws')}"
    return folder if (folder / "pulumi-resource-aws").is_file() else None


def link(home: Home, plugin: Path) -> None:
    """Let the sandbox's own Pulumi home find the real plugin."""
    plugins = home.pulumi / "plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    place = plugins / plugin.name
    if not place.is_symlink():
        place.symlink_to(plugin, target_is_directory=True)


def _user_home(home: Home) -> Path:
    """The user's own Pulumi home, also in a shell that is pointed at the sandbox."""
    named = Path(os.environ.get("PULUMI_HOME", ""))
    return Path.home() / ".pulumi" if named in (Path(), home.pulumi) else named
