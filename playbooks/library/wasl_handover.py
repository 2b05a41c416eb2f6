"""Open a verified device's accounts for the people it is handed to."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wasl_handover
short_description: Open a verified device's accounts for the people it is handed to
description:
  - Accounts of the profile that are still locked are opened; each chooses a password at the first
    sign-in. Others are left alone.
  - Use it through the action M(wasl_stage), which asks the record whether the device was verified,
    prints label and sheet, and writes the record.
options:
  profile:
    description: The manifest's profile.
    type: dict
    required: true
extends_documentation_fragment: [wasl_device]
author: [wasl]
"""
EXAMPLES = r"""
- name: Hand the device over
  wasl_handover:
    profile: {name: pupil, accounts: [{name: pupil}]}
"""
RETURN = r"""
wasl:
  description: C(identity) and C(evidence) with the profile and how many accounts were opened.
  type: dict
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule  # noqa: E402
from ansible.module_utils.wasl_device import handover, stage  # noqa: E402
from ansible.module_utils.wasl_device.configure.managed import require_installed  # noqa: E402
from ansible.module_utils.wasl_device.machine import Live  # noqa: E402


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={**stage.COMMON, "profile": {"type": "dict", "required": True}},
        supports_check_mode=True,
    )
    profile = module.params["profile"]
    accounts = [str(one["name"]) for one in profile.get("accounts") or ()]

    def work(_identified):  # type: ignore[no-untyped-def]
        require_installed()
        here, names = Live(), accounts
        names = handover.locked(here, names)
        if not module.check_mode:
            names = handover.open_accounts(here, accounts)
        return {
            "changed": bool(names),
            "evidence": {"profile": str(profile.get("name")), "opened": len(names)},
        }

    stage.run(module, work)


if __name__ == "__main__":
    main()
