"""Whether a device is what its profile says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wasl_look
short_description: Whether a device is what its profile says
description:
  - Goes through all roles in one look and changes nothing.
options:
  roles:
    description: Options of each role's module, by role.
    type: dict
    required: true
  program:
    description: The bytes of the device's own program, in Base64.
    type: str
    required: true
author: [wasl]
"""
EXAMPLES = r"""
- name: Look
  wasl_look:
    program: UEsDB…
    roles:
      hardening: {waived: {}}
"""
RETURN = r"""
differing:
  description: Roles that would change something, or cannot tell.
  type: list
  elements: str
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule  # noqa: E402
from ansible.module_utils.wasl_device.configure.roles import differing  # noqa: E402
from ansible.module_utils.wasl_device.machine import Live  # noqa: E402


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "roles": {"type": "dict", "required": True},
            # No secret, but nothing to read in a log.
            "program": {"type": "str", "required": True, "no_log": True},
        },
        supports_check_mode=True,
    )
    roles, program = module.params["roles"], module.params["program"]
    wanted = {
        name: {**options, "program": options.get("program", program)}
        for name, options in roles.items()
    }
    module.exit_json(changed=False, differing=differing(Live(), wanted))


if __name__ == "__main__":
    main()
