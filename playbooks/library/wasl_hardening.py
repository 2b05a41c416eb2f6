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
extends_documentation_fragment: [wasl_device]
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
from ansible.module_utils.wasl_device.configure.module import run  # noqa: E402


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **stage.COMMON,
            "waived": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    run(module, "hardening", hardening.configure)


if __name__ == "__main__":
    main()
