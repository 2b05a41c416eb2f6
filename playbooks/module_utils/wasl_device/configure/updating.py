"""Updates on a device: nothing looks for them by itself, and a kit's repository is taken."""

from __future__ import annotations

from pathlib import Path

from ..signed import PublicKey
from ..updates import is_there, update
from .managed import Options, Role, Told

APT = "/etc/apt/apt.conf.d/60wasl"
TIMERS = ("apt-daily.timer", "apt-daily-upgrade.timer")
# A school's line is slow, dear or not there; what comes is what the country signed and tried.
SETTINGS = """\
APT::Periodic::Enable "0";
APT::Install-Recommends "false";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
"""


def configure(role: Role, options: Options) -> Told:
    """Make it so; tells what was (in check mode: would be) upgraded.

    Raises WASL-CONFIGURE-COMMAND and what `updates.update` raises; WASL-KEY-BAD.
    """
    role.file(APT, SETTINGS)
    wanted = [timer for timer in TIMERS if Path("/usr/lib/systemd/system", timer).exists()]
    role.mask(wanted)
    place = Path(options["repository"])
    if not is_there(place):
        return {"updated": []}
    known = [PublicKey.parse(root) for root in options["roots"]]
    done = update(role.machine, place, known, look=role.check)
    role.changes += [f"{one.package} {one.after}" for one in done]
    return {"updated": [one.as_json() for one in done]}
