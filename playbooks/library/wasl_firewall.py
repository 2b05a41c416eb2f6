"""The firewall of a device."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wasl_firewall
short_description: The firewall of a device
description:
  - Refuses what comes in but for the ports that are opened, by nftables, now and at each start.
options:
  tcp:
    description: TCP ports to open.
    type: list
    elements: int
    default: []
  udp:
    description: UDP ports to open.
    type: list
    elements: int
    default: []
extends_documentation_fragment: [wasl_device]
author: [wasl]
"""
EXAMPLES = r"""
- name: Kolibri may be reached
  wasl_firewall:
    tcp: [8080, 8081]
"""
RETURN = r"""
wasl:
  description: C(identity) and C(evidence); C(changes) names what was changed.
  type: dict
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule  # noqa: E402
from ansible.module_utils.wasl_device import stage  # noqa: E402
from ansible.module_utils.wasl_device.configure import firewall  # noqa: E402
from ansible.module_utils.wasl_device.configure.module import run  # noqa: E402


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **stage.COMMON,
            "tcp": {"type": "list", "elements": "int", "default": []},
            "udp": {"type": "list", "elements": "int", "default": []},
        },
        supports_check_mode=True,
    )
    run(module, "firewall", firewall.configure)


if __name__ == "__main__":
    main()
