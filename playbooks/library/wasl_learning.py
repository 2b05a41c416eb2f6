"""Kolibri on a device."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wasl_learning
short_description: Kolibri with both its ports, and the offline library
description:
  - Sets Kolibri up, starts it, and waits until both its ports answer; fetches nothing.
  - Content comes with packs (M(wasl_packs)); Kolibri reads it where they put it.
options:
  kolibri:
    description: Whether there is to be a Kolibri.
    type: bool
    default: true
  program:
    description: Where its program is.
    type: path
    default: /opt/kolibri/bin/kolibri
  port:
    description: The port of its pages.
    type: int
    default: 8080
  content_port:
    description: The port of its lessons, apart from its pages.
    type: int
    default: 8081
  shared:
    description: Whether other computers may use it.
    type: bool
    default: false
  school:
    description: The name of the school.
    type: str
    required: true
  language:
    description: The language that is shown first.
    type: str
    required: true
extends_documentation_fragment: [wasl_device]
author: [wasl]
"""
EXAMPLES = r"""
- name: Kolibri for this device alone
  wasl_learning:
    school: مدرسة الزرقاء الأولى
    language: ar
"""
RETURN = r"""
wasl:
  description: C(identity) and C(evidence); C(changes) names what was changed.
  type: dict
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule  # noqa: E402
from ansible.module_utils.wasl_device import stage  # noqa: E402
from ansible.module_utils.wasl_device.configure import learning  # noqa: E402
from ansible.module_utils.wasl_device.configure.module import run  # noqa: E402


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **stage.COMMON,
            "kolibri": {"type": "bool", "default": True},
            "program": {"type": "path", "default": "/opt/kolibri/bin/kolibri"},
            "port": {"type": "int", "default": 8080},
            "content_port": {"type": "int", "default": 8081},
            "shared": {"type": "bool", "default": False},
            "school": {"type": "str", "required": True},
            "language": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    run(module, "learning", learning.configure)


if __name__ == "__main__":
    main()
