"""What a device can do by itself."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wasl_onboard
short_description: What a device can do by itself
description:
  - Keeps on the device its own program (drift, updates) and whom it trusts.
options:
  program:
    description: The program's bytes, in Base64.
    type: str
    required: true
  trust:
    description: The country, its public keys and what they signed.
    type: dict
    required: true
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
- name: Let it look after itself
  wasl_onboard:
    program: UEsDB…
    trust: {country: jo, roots: [], statements: []}
"""
RETURN = r"""
wasl:
  description: C(identity) and C(evidence); C(changes) names what was changed.
  type: dict
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule  # noqa: E402
from ansible.module_utils.wasl_device import stage  # noqa: E402
from ansible.module_utils.wasl_device.configure import onboard  # noqa: E402
from ansible.module_utils.wasl_device.configure.managed import Role  # noqa: E402


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **stage.COMMON,
            "program": {"type": "str", "required": True, "no_log": True},
            "trust": {"type": "dict", "required": True},
        },
        supports_check_mode=True,
    )

    def work(machine):  # type: ignore[no-untyped-def]
        role = Role("onboard", machine, module.check_mode)
        onboard.configure(role, module.params["program"], module.params["trust"])
        return role.result()

    stage.run(module, work)


if __name__ == "__main__":
    main()
