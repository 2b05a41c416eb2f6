"""Hardening of a device."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wasl_hardening
short_description: Hardening of a device
description:
  - Holds the device to a table of controls, each with its reference (ANSSI-BP-028, CIS).
  - What a running kernel does not let be set waits for the next start and is named.
options:
  waived:
    description: Controls that do not hold here, by id, each with the reason.
    type: dict
    default: {}
  recording:
    description: Practice only. A recording that stands for this computer's firmware.
    type: str
  practice:
    description: Practice only. Loop devices that stand for disks.
    type: list
    elements: str
    default: []
  state:
    description: Not used here.
    type: path
  report:
    description: Not used here.
    type: str
    default: ""
author: [wasl]
"""
EXAMPLES = r"""
- name: All controls but one
  wasl_hardening:
    waived:
      no-announcing: The school prints over the network.
"""
RETURN = r"""
wasl:
  description: C(identity) and C(evidence); C(changes) names what was changed.
  type: dict
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule  # noqa: E402
from ansible.module_utils.wasl_device import stage  # noqa: E402
from ansible.module_utils.wasl_device.configure import hardening  # noqa: E402
from ansible.module_utils.wasl_device.configure.managed import Role  # noqa: E402


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **stage.COMMON,
            "waived": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )

    def work(machine):  # type: ignore[no-untyped-def]
        role, waived = Role("hardening", machine, module.check_mode), module.params["waived"]
        waiting = hardening.configure(role, waived)
        held = [control.id for control in hardening.chosen(waived)]
        return role.result(controls=held, waived=waived, waiting=waiting)

    stage.run(module, work)


if __name__ == "__main__":
    main()
