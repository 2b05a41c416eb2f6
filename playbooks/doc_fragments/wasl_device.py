"""What the documentation of every stage's module says of the options that all have."""

from __future__ import annotations


class ModuleDocFragment:
    """Named by `extends_documentation_fragment: [wasl_device]`."""

    DOCUMENTATION = r"""
options:
  recording:
    description: Practice only. A recording that stands for this computer's firmware.
    type: str
  practice:
    description: Practice only. Loop devices that stand for disks.
    type: list
    elements: str
    default: []
  state:
    description: Not used here.
    type: path
  report:
    description: Not used here.
    type: str
    default: ""
"""
