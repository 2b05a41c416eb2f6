"""Updates by stick."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wasl_updates
short_description: Updates by stick
description:
  - Upgrades from a kit's repository, signed by the country's key, and asks no other source.
  - Debian does not look for updates by itself.
options:
  repository:
    description: The repository on the device; nothing is updated where it is not.
    type: path
    default: /run/wasl/kit/updates
  roots:
    description: The country's public keys.
    type: list
    elements: str
    required: true
extends_documentation_fragment: [wasl_device]
author: [wasl]
"""
EXAMPLES = r"""
- name: Take what the stick brought
  wasl_updates:
    roots: ["ed25519:…"]
"""
RETURN = r"""
wasl:
  description: C(identity) and C(evidence); C(changes) names what was changed.
  type: dict
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule  # noqa: E402
from ansible.module_utils.wasl_device import stage  # noqa: E402
from ansible.module_utils.wasl_device.configure import updating  # noqa: E402
from ansible.module_utils.wasl_device.configure.module import run  # noqa: E402


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **stage.COMMON,
            "repository": {"type": "path", "default": "/run/wasl/kit/updates"},
            "roots": {"type": "list", "elements": "str", "required": True},
        },
        supports_check_mode=True,
    )
    run(module, "updates", updating.configure)


if __name__ == "__main__":
    main()
