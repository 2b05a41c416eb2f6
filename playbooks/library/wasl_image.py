"""Put a signed system image on a computer's disk, and read all of it back."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wasl_image
short_description: Put a signed system image on a computer's disk
description:
  - Writes what differs, in parallel, and reads everything back past the page cache. Cut off, it
    goes on by what is on the disk; a half-written disk has no partition table.
  - Nothing happens unless O(serial) is what the computer reports and the image is signed by a key
    of O(roots) or a station that such a key certified.
  - Use it through the action M(wasl_stage), which writes the record.
options:
  image:
    description:
      - A path on the computer, or an address of a server that answers ranges.
      - C({controller}) in it becomes the address that the ssh connection came from.
    type: str
    required: true
  country:
    description: The country whose image it must be.
    type: str
    required: true
  roots:
    description: The country's public keys.
    type: list
    elements: str
    required: true
    no_log: false
  statements:
    description: Certificates and revocations that the country signed.
    type: list
    elements: dict
    default: []
  serial:
    description: The serial of the computer that may be written to.
    type: str
    required: true
  disk:
    description: The disk, by path or serial; the fastest that is big enough where not named.
    type: str
    default: ""
  disks:
    description: Those to choose from where O(disk) is not named, as they were given to the wipe.
    type: list
    elements: str
    default: []
  threads:
    description: How many chunks are written at once; one a processor by default.
    type: int
  state:
    description: A folder for progress.
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
- name: Put the system on the disk
  wasl_image:
    image: /run/wasl/kit/system.wimg
    country: jo
    roots: ["ed25519:…"]
    serial: BK5RJ22
"""
RETURN = r"""
wasl:
  description: C(identity) and C(evidence) with the image's digest and what was written and read.
  type: dict
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule  # noqa: E402
from ansible.module_utils.wasl_device import stage  # noqa: E402
from ansible.module_utils.wasl_device.image import run as imaging  # noqa: E402


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            **stage.COMMON,
            "image": {"type": "str", "required": True},
            "country": {"type": "str", "required": True},
            "roots": {"type": "list", "elements": "str", "required": True, "no_log": False},
            "statements": {"type": "list", "elements": "dict", "default": []},
            "serial": {"type": "str", "required": True},
            "recorded": {"type": "dict", "default": {}},
            "disk": {"type": "str", "default": ""},
            "disks": {"type": "list", "elements": "str", "default": []},
            "threads": {"type": "int"},
        },
        supports_check_mode=True,
    )
    named = ("image", "country", "serial", "disk", "threads")
    request = imaging.Request(
        **{name: module.params[name] for name in named},
        roots=tuple(module.params["roots"]),
        statements=tuple(module.params["statements"]),
        disks=tuple(module.params["disks"]),
        recorded=stage.recorded(module.params),
        practice=stage.practice(module.params),
        state=stage.state(module.params),
        report=stage.report(module.params),
    )

    def work(machine):  # type: ignore[no-untyped-def]
        if module.check_mode:
            planned = imaging.plan(machine, request).as_json()
            diff = {"before": "", "after": f"{planned['image']} on {planned['disk']}\n"}
            return {"changed": True, "evidence": {"plan": planned}, "diff": diff}
        evidence = imaging.run(machine, request)
        if failure := evidence.pop("failure", None):
            return {"changed": True, "evidence": evidence, "failure": failure}
        touched = evidence["written"] or evidence["zeroed"]
        return {"changed": bool(touched), "evidence": evidence}

    stage.run(module, work)


if __name__ == "__main__":
    main()
