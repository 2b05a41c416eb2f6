"""Try each promise of a device's profile, on the installed system."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wasl_verify
short_description: Try each promise of a device's profile, on the installed system
description:
  - Boots, network, sound, languages, Arabic as it is drawn, keyboards, accounts, applications,
    packs, Kolibri. A promise that could not be tried counts as broken.
  - Changes nothing.
options:
  profile:
    description: The manifest's profile.
    type: dict
    required: true
  library:
    description: Where packs are installed.
    type: path
    default: /var/lib/wasl/library
extends_documentation_fragment: [wasl_device]
author: [wasl]
"""
EXAMPLES = r"""
- name: Try what the profile promises
  wasl_verify:
    profile:
      languages: [ar, en]
      keyboards: [ara, us]
      learning: {kolibri: true, port: 8080}
"""
RETURN = r"""
wasl:
  description: C(identity) and C(evidence) with C(promises), each with C(kept) and C(found).
  type: dict
  returned: always
"""

from pathlib import Path  # noqa: E402

from ansible.module_utils.basic import AnsibleModule  # noqa: E402
from ansible.module_utils.wasl_device import stage  # noqa: E402
from ansible.module_utils.wasl_device.configure.managed import require_installed  # noqa: E402
from ansible.module_utils.wasl_device.machine import Live  # noqa: E402
from ansible.module_utils.wasl_device.verify import promises  # noqa: E402


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **stage.COMMON,
            "profile": {"type": "dict", "required": True},
            "library": {"type": "path", "default": str(promises.LIBRARY)},
        },
        supports_check_mode=True,
    )
    promised = promises.Promised.of(module.params["profile"], Path(module.params["library"]))

    def work(_identified):  # type: ignore[no-untyped-def]
        # A recording stands for the firmware alone: promises are always this system's own.
        require_installed()
        return promises.result(promises.check(Live(), promised))

    stage.run(module, work)


if __name__ == "__main__":
    main()
