"""Make a device's identity, and a sealed request that its country can open."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wasl_enrol
short_description: Make a device's identity, and a sealed request that its country can open
description:
  - The device's Ed25519 key is made once, on the device, and never leaves it.
  - The request is signed by it and sealed (age, X25519) to O(recipient).
  - Use it through the action M(wasl_stage), which writes the record that carries the request.
options:
  country:
    description: The country that the device asks.
    type: str
    required: true
  site:
    description: The school that it goes to.
    type: str
    required: true
  profile:
    description: The profile that it was made for.
    type: str
    required: true
  recipient:
    description: The country's age recipient, as the manifest names it.
    type: str
    default: ""
  folder:
    description: Where the device keeps its identity.
    type: path
    default: /var/lib/wasl/device
extends_documentation_fragment: [wasl_device]
author: [wasl]
"""
EXAMPLES = r"""
- name: Ask to be taken into the country's fleet
  wasl_enrol:
    country: jo
    site: zarqa-1
    profile: pupil
    recipient: age1…
"""
RETURN = r"""
wasl:
  description: C(identity) and C(evidence) with the device's public key and the sealed request.
  type: dict
  returned: always
"""

from pathlib import Path  # noqa: E402

from ansible.module_utils.basic import AnsibleModule  # noqa: E402
from ansible.module_utils.wasl_device import enrol, stage  # noqa: E402
from ansible.module_utils.wasl_device.hardware.snapshot import identify  # noqa: E402


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **stage.COMMON,
            "country": {"type": "str", "required": True},
            "site": {"type": "str", "required": True},
            "profile": {"type": "str", "required": True},
            "recipient": {"type": "str", "default": ""},
            "folder": {"type": "path", "default": str(enrol.FOLDER)},
        },
        supports_check_mode=True,
    )
    named = ("country", "site", "profile", "recipient")
    request = enrol.Request(
        **{name: module.params[name] for name in named}, folder=Path(module.params["folder"])
    )

    def work(machine):  # type: ignore[no-untyped-def]
        if module.check_mode:
            planned = enrol.plan(request)
            return {"changed": bool(planned["makes"]), "evidence": {"planned": planned}}
        evidence, made = enrol.enrol(identify(machine, stage.practice(module.params)), request)
        return {"changed": made, "evidence": evidence}

    stage.run(module, work)


if __name__ == "__main__":
    main()
