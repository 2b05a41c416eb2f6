"""Erase a computer's disks, and prove it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wasl_wipe
short_description: Erase a computer's disks and prove it
description:
  - Erases by what each disk is (NIST SP 800-88 Rev. 2), several at once, and reads back.
  - Nothing happens unless O(serial) is what the computer reports. Mounted disks and the medium
    that it runs from are never touched.
  - In check mode it says which disk would be erased how.
  - Use it through the action M(wasl_stage), which writes the certificates into the record.
options:
  serial:
    description: The serial of the computer that may be wiped.
    type: str
    required: true
  person:
    description: Who answers for the erasure; each certificate names them.
    type: str
    required: true
  disks:
    description: Disks by path or serial; all of the computer's own where empty.
    type: list
    elements: str
    default: []
  state:
    description: A folder for marks and progress, on a medium that outlives a power cut.
    type: path
  report:
    description: An address that progress is sent to; C({controller}) as in C(wasl_image).
    type: str
    default: ""
  recorded:
    description: The device whose printed number O(serial) is, as M(wasl_stage) finds it recorded.
    type: dict
    default: {}
extends_documentation_fragment: [wasl_device]
author: [wasl]
"""
EXAMPLES = r"""
- name: Wipe the disks
  wasl_wipe:
    serial: BK5RJ22
    person: Amal
"""
RETURN = r"""
wasl:
  description: C(identity) and C(evidence) with C(certificates) and C(failures).
  type: dict
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule  # noqa: E402
from ansible.module_utils.wasl_device import stage  # noqa: E402
from ansible.module_utils.wasl_device.wipe import run as wiping  # noqa: E402


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **stage.COMMON,
            "serial": {"type": "str", "required": True},
            "recorded": {"type": "dict", "default": {}},
            "person": {"type": "str", "required": True},
            "disks": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    request = wiping.Request(
        serial=module.params["serial"],
        person=module.params["person"],
        disks=tuple(module.params["disks"]),
        recorded=stage.recorded(module.params),
        practice=stage.practice(module.params),
        state=stage.state(module.params),
        report=stage.report(module.params),
    )

    def work(machine):  # type: ignore[no-untyped-def]
        if module.check_mode:
            planned = [one.as_json() for one in wiping.plan(machine, request)]
            diff = [
                {"before_header": one["disk"], "before": "data\n", "after": "zeros\n"}
                for one in planned
            ]
            return {"changed": True, "evidence": {"plan": planned}, "diff": diff}
        evidence = wiping.wipe(machine, request)
        first = evidence["failures"][:1]
        return {"changed": True, "evidence": evidence, "failure": first[0] if first else None}

    stage.run(module, work)


if __name__ == "__main__":
    main()
