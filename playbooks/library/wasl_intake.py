"""Look at a computer, and grade it. Nothing on it is changed."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wasl_intake
short_description: Look at a computer and grade it against a profile's minimum
description:
  - Reads firmware, disks, memory, battery, display, network, TPM and locks, and changes nothing.
  - Use it through the action M(wasl_stage), which writes the device's record.
options:
  minimum:
    description: What the profile asks for (memory_mib, disk_gb, cores, battery_percent).
    type: dict
    required: true
  report:
    description: An address that progress is sent to; C({controller}) as in C(wasl_image).
    type: str
    default: ""
extends_documentation_fragment: [wasl_device]
author: [wasl]
"""
EXAMPLES = r"""
- name: Look at the computer
  wasl_intake:
    minimum: {memory_mib: 3500, disk_gb: 60, cores: 2, battery_percent: 40}
"""
RETURN = r"""
wasl:
  description: C(identity) and C(evidence) with C(snapshot), C(grade) and C(reasons).
  type: dict
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule  # noqa: E402
from ansible.module_utils.wasl_device import stage  # noqa: E402
from ansible.module_utils.wasl_device.hardware import grade, snapshot  # noqa: E402


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={**stage.COMMON, "minimum": {"type": "dict", "required": True}},
        supports_check_mode=True,
    )

    def work(machine):  # type: ignore[no-untyped-def]
        seen = snapshot.take(machine, stage.practice(module.params))
        graded = grade.grade(seen, grade.Minimum.from_json(module.params["minimum"]))
        return {"evidence": {"snapshot": seen.as_json(), **graded.as_json()}}

    stage.run(module, work)


if __name__ == "__main__":
    main()
