"""Content packs of a device."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wasl_packs
short_description: Content packs of a device
description:
  - The library holds the packs that are wanted, newest versions, and nothing of any other.
  - A withdrawn lesson leaves neither a file nor, in Kolibri, a node.
  - Use it through the action M(wasl_stage), which writes the record.
options:
  source:
    description:
      - A folder of the device that holds packs, or an address below which each is by its name.
      - C({controller}) in it becomes the address that the ssh connection came from.
    type: str
    default: /run/wasl/kit/packs
  wanted:
    description: Names of packs.
    type: list
    elements: str
    required: true
  country:
    description: The country whose packs they must be.
    type: str
    required: true
  roots:
    description: The country's public keys.
    type: list
    elements: str
    required: true
  statements:
    description: Certificates and revocations that the country signed.
    type: list
    elements: dict
    default: []
  library:
    description: Where packs are installed.
    type: path
    default: /var/lib/wasl/library
  kolibri:
    description: Where Kolibri's program is.
    type: path
    default: /opt/kolibri/bin/kolibri
extends_documentation_fragment: [wasl_device]
author: [wasl]
"""
EXAMPLES = r"""
- name: The first lesson
  wasl_packs:
    wanted: [first-lesson]
    country: jo
    roots: ["ed25519:…"]
"""
RETURN = r"""
wasl:
  description: C(identity) and C(evidence) with what came and went, and what there is now.
  type: dict
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule  # noqa: E402
from ansible.module_utils.wasl_device import library, stage  # noqa: E402
from ansible.module_utils.wasl_device.kolibri import Kolibri  # noqa: E402
from ansible.module_utils.wasl_device.machine import Live  # noqa: E402


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **stage.COMMON,
            "source": {"type": "str", "default": "/run/wasl/kit/packs"},
            "wanted": {"type": "list", "elements": "str", "required": True},
            "country": {"type": "str", "required": True},
            "roots": {"type": "list", "elements": "str", "required": True},
            "statements": {"type": "list", "elements": "dict", "default": []},
            "library": {"type": "path", "default": "/var/lib/wasl/library"},
            "kolibri": {"type": "path", "default": "/opt/kolibri/bin/kolibri"},
        },
        supports_check_mode=True,
    )

    def work(_identified):  # type: ignore[no-untyped-def]
        # A recording stands for the firmware alone: packs are always put on this system.
        named = ("source", "wanted", "country", "roots", "statements", "library")
        request = library.Request.of(**{name: module.params[name] for name in named})
        if module.check_mode:
            planned = library.plan(request)
            return {"changed": bool(planned), "evidence": {"changes": planned}}
        done = library.run(Live(), request, Kolibri(Live(), module.params["kolibri"]))
        changed = bool(done["changes"])
        return {"changed": changed, "evidence": done}

    stage.run(module, work)


if __name__ == "__main__":
    main()
