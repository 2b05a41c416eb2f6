"""Local accounts of a device."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wasl_accounts
short_description: Local accounts of a device
description:
  - Makes the profile's accounts with a private home, locked until handover gives a password.
  - Never removes or changes another account. Drift says that it is there.
options:
  accounts:
    description: Accounts with C(name), C(shown) (by language) and C(role).
    type: list
    elements: dict
    required: true
  language:
    description: The language of the names on the screen.
    type: str
    required: true
extends_documentation_fragment: [wasl_device]
author: [wasl]
"""
EXAMPLES = r"""
- name: One pupil and one keeper
  wasl_accounts:
    language: ar
    accounts:
      - {name: pupil, shown: {ar: تلميذ, en: Pupil}, role: learner}
      - {name: keeper, shown: {ar: أمين, en: Keeper}, role: keeper}
"""
RETURN = r"""
wasl:
  description: C(identity) and C(evidence); C(changes) names what was changed.
  type: dict
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule  # noqa: E402
from ansible.module_utils.wasl_device import stage  # noqa: E402
from ansible.module_utils.wasl_device.configure import accounts  # noqa: E402
from ansible.module_utils.wasl_device.configure.module import run  # noqa: E402


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **stage.COMMON,
            "accounts": {"type": "list", "elements": "dict", "required": True},
            "language": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    run(module, "accounts", accounts.configure)


if __name__ == "__main__":
    main()
