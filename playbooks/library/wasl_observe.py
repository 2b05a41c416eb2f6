"""The state of a prepared device, for drift."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wasl_observe
short_description: The state of a prepared device
description:
  - Looks at files, accounts, sudo rules, keys, packages, units, ports, firewall and packs.
  - Changes nothing, and lets no account's name leave the device.
options:
  library:
    description: Where packs are installed.
    type: path
    default: /var/lib/wasl/library
  profile:
    description: The manifest's profile as it was applied; its digest goes into the evidence.
    type: dict
    default: {}
extends_documentation_fragment: [wasl_device]
author: [wasl]
"""
EXAMPLES = r"""
- name: Look
  wasl_observe:
"""
RETURN = r"""
wasl:
  description: C(identity) and C(evidence); C(state) is what drift compares.
  type: dict
  returned: always
"""

from pathlib import Path  # noqa: E402

from ansible.module_utils.basic import AnsibleModule  # noqa: E402
from ansible.module_utils.wasl_device import (  # noqa: E402
    signed,
    stage,
    state,
)
from ansible.module_utils.wasl_device.machine import Live  # noqa: E402


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **stage.COMMON,
            "library": {"type": "path", "default": "/var/lib/wasl/library"},
            "profile": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )

    def work(_identified):  # type: ignore[no-untyped-def]
        # A recording stands for the firmware alone: the state is always this system's own.
        seen = state.observe(Live(), Path(module.params["library"]))
        profile = signed.digest(module.params["profile"])
        return {"evidence": {"state": seen, "profile": profile}}

    stage.run(module, work)


if __name__ == "__main__":
    main()
