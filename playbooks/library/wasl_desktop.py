"""The desktop of a device."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wasl_desktop
short_description: The desktop of a device
description:
  - Sets Xfce, LightDM and Firefox for everyone who signs in; fetches nothing.
options:
  language:
    description: The language that is shown first.
    type: str
    required: true
  keyboards:
    description: XKB layouts such as C(ara(azerty)).
    type: list
    elements: str
    required: true
  packages:
    description: Packages of the desktop that must be there.
    type: list
    elements: str
    default: []
  applications:
    description: Packages of applications that must be there.
    type: list
    elements: str
    default: []
  lessons:
    description: The address of Kolibri; empty where there is none.
    type: str
    default: ""
  lock_minutes:
    description: After how many minutes the screen goes dark and locks; 0 is never.
    type: int
    default: 10
extends_documentation_fragment: [wasl_device]
author: [wasl]
"""
EXAMPLES = r"""
- name: An Arabic desktop
  wasl_desktop:
    language: ar
    keyboards: [ara, us]
    lessons: http://127.0.0.1:8080/
"""
RETURN = r"""
wasl:
  description: C(identity) and C(evidence); C(changes) names what was changed.
  type: dict
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule  # noqa: E402
from ansible.module_utils.wasl_device import stage  # noqa: E402
from ansible.module_utils.wasl_device.configure import desktop  # noqa: E402
from ansible.module_utils.wasl_device.configure.module import run  # noqa: E402


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **stage.COMMON,
            "language": {"type": "str", "required": True},
            "keyboards": {"type": "list", "elements": "str", "required": True},
            "packages": {"type": "list", "elements": "str", "default": []},
            "applications": {"type": "list", "elements": "str", "default": []},
            "lessons": {"type": "str", "default": ""},
            "lock_minutes": {"type": "int", "default": 10},
        },
        supports_check_mode=True,
    )
    run(module, "desktop", desktop.configure)


if __name__ == "__main__":
    main()
