"""What a stick still has to do on a device, once that has started from its own disk.

A document a device on wasl-data, `devices/CC/pending/NUMBER.json`, signed by the station:
`country`, `device`, `made` (UTC), and the fields of `run.yml`. The device acts on no other
(`medium.pending`).
"""

from __future__ import annotations

from pydantic import ValidationError

from playbooks.module_utils.wasl_device import clock, files, signed
from playbooks.module_utils.wasl_device.record import PENDING
from wasl.errors import WaslError
from wasl.planes.devices import keys
from wasl.planes.devices.home import Home
from wasl.planes.devices.systems.run import Run
from wasl.planes.keyring import certificate
from wasl.planes.told import spoken

_OWN = ("country", "device", "made")


def keep(home: Home, number: str, asked: Run) -> None:
    """Leave what is asked to the device of that number."""
    key = keys.station(home)
    body = {"country": home.country, "device": number, "made": clock.now()}
    document = signed.sign(
        PENDING, body | asked.model_dump(mode="json"), key, certificate(home, key.public)
    )
    files.write_atomic(home.pending / f"{number}.json", signed.canonical(document) + b"\n")


def read(home: Home, number: str) -> Run:
    """What was left. Raises `WaslError` (WASL-STICK-RUN, or of the document)."""
    path = home.pending / f"{number}.json"
    try:
        with spoken():
            body, _ = signed.opened(signed.parse(path.read_bytes(), path), PENDING, path)
        return Run.model_validate({name: body[name] for name in body if name not in _OWN})
    except (OSError, ValidationError) as error:
        raise WaslError(
            "WASL-STICK-RUN",
            f"what is left to do cannot be read: {str(error)[:300]}",
            where=str(path),
            hint="start the computer from the stick again, and then from its own disk",
        ) from None


def done(home: Home, number: str) -> None:
    """Nothing is left for the device of that number."""
    (home.pending / f"{number}.json").unlink()
    files.sync_folder(home.pending)
