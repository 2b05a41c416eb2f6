"""Accessibility of a device."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wasl_accessibility
short_description: Accessibility of a device
description:
  - Sets what is on from the start, at the sign-in screen and for everyone; fetches nothing.
options:
  text_percent:
    description: Size of text, in percent of the usual.
    type: int
    default: 100
  high_contrast:
    description: Black on white, thick borders.
    type: bool
    default: false
  large_pointer:
    description: A pointer of twice the size.
    type: bool
    default: false
  sticky_keys:
    description: Shift, Control and Alt pressed one after the other.
    type: bool
    default: false
  screen_reader:
    description: What is on the screen is spoken.
    type: bool
    default: false
  screen_keyboard:
    description: A keyboard on the screen.
    type: bool
    default: false
  packages:
    description: Packages of aids that must be there.
    type: list
    elements: str
    default: []
extends_documentation_fragment: [wasl_device]
author: [wasl]
"""
EXAMPLES = r"""
- name: Large text and a screen reader
  wasl_accessibility:
    text_percent: 150
    screen_reader: true
"""
RETURN = r"""
wasl:
  description: C(identity) and C(evidence); C(changes) names what was changed.
  type: dict
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule  # noqa: E402
from ansible.module_utils.wasl_device import stage  # noqa: E402
from ansible.module_utils.wasl_device.configure import accessibility  # noqa: E402
from ansible.module_utils.wasl_device.configure.module import run  # noqa: E402


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **stage.COMMON,
            "text_percent": {"type": "int", "default": 100},
            "high_contrast": {"type": "bool", "default": False},
            "large_pointer": {"type": "bool", "default": False},
            "sticky_keys": {"type": "bool", "default": False},
            "screen_reader": {"type": "bool", "default": False},
            "screen_keyboard": {"type": "bool", "default": False},
            "packages": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    run(module, "accessibility", accessibility.configure)


if __name__ == "__main__":
    main()
