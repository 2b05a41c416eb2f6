"""An entry of the record, kept on the device that it is about."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wasl_keep
short_description: An entry of the record, kept on the device that it is about
description:
  - The action M(wasl_stage) uses it, so that a device can tell its own drift without a controller.
options:
  stage:
    description: The stage that the entry is of.
    type: str
    required: true
  entry:
    description: The entry as the station signed it.
    type: dict
    required: true
author: [wasl]
"""
EXAMPLES = r"""
- name: Keep the entry
  wasl_keep:
    stage: configure
    entry: {kind: record, body: {}, key: "", signature: ""}
"""
RETURN = r"""
"""

import re  # noqa: E402
from pathlib import Path  # noqa: E402

from ansible.module_utils.basic import AnsibleModule  # noqa: E402
from ansible.module_utils.wasl_device import signed  # noqa: E402
from ansible.module_utils.wasl_device.configure.onboard import KEPT  # noqa: E402
from ansible.module_utils.wasl_device.errors import DeviceError  # noqa: E402
from ansible.module_utils.wasl_device.files import write_atomic  # noqa: E402


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "stage": {"type": "str", "required": True},
            "entry": {"type": "dict", "required": True},
        },
        supports_check_mode=True,
    )
    stage, entry = module.params["stage"], module.params["entry"]
    if not re.fullmatch("[a-z]{1,20}", stage):
        module.fail_json(msg=f"{stage} is no stage")
    path, data = Path(KEPT, f"{stage}.json"), signed.canonical(entry) + b"\n"
    changed = not path.exists() or path.read_bytes() != data
    try:
        if changed and not module.check_mode:
            write_atomic(path, data, 0o600)
    except DeviceError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=changed)


if __name__ == "__main__":
    main()
