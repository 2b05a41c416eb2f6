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
extends_documentation_fragment: [wasl_device]
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
from ansible.module_utils.wasl_device.configure.module import run  # noqa: E402


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
    run(module, "onboard", onboard.configure)


if __name__ == "__main__":
    main()
