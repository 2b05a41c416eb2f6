"""Languages, keyboards, fonts and time zone of a device."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wasl_languages
short_description: Languages, keyboards, fonts and time zone
description:
  - Compiles a locale for each language in its country, composed where glibc has none.
  - Fetches nothing. Fonts that are lacking are an error that names them.
options:
  languages:
    description: Language codes, the first shown first.
    type: list
    elements: str
    required: true
  country:
    description: The country's code.
    type: str
    required: true
  keyboards:
    description: XKB layouts such as C(ara(azerty)).
    type: list
    elements: str
    required: true
  time_zone:
    description: A name of the tz database.
    type: str
    required: true
  fonts:
    description: Packages of fonts that must be there.
    type: list
    elements: str
    default: []
extends_documentation_fragment: [wasl_device]
author: [wasl]
"""
EXAMPLES = r"""
- name: Speak Arabic and French as in Tunisia
  wasl_languages:
    languages: [ar, fr]
    country: tn
    keyboards: ["ara(azerty)", fr]
    time_zone: Africa/Tunis
"""
RETURN = r"""
wasl:
  description: C(identity) and C(evidence); C(changes) names what was changed.
  type: dict
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule  # noqa: E402
from ansible.module_utils.wasl_device import stage  # noqa: E402
from ansible.module_utils.wasl_device.configure import languages  # noqa: E402
from ansible.module_utils.wasl_device.configure.module import run  # noqa: E402


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **stage.COMMON,
            "languages": {"type": "list", "elements": "str", "required": True},
            "country": {"type": "str", "required": True},
            "keyboards": {"type": "list", "elements": "str", "required": True},
            "time_zone": {"type": "str", "required": True},
            "fonts": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    run(module, "languages", languages.configure)


if __name__ == "__main__":
    main()
