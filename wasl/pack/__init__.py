"""Content packs as the core makes them; what a pack is, and how a device installs one, stands with
the code that runs there (`playbooks.module_utils.wasl_device.packs`).

A maker gathers files and names them; `make` writes the pack. Packs of the same input are the same
bytes. Paths that the version before had and the new one has not become tombstones by themselves.
"""

from wasl.pack.make import Maker, PackFile, make

__all__ = ["Maker", "PackFile", "make"]
