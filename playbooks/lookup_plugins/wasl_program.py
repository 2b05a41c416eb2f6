"""The program that a device keeps, as Base64: `lookup('wasl_program')`."""

from __future__ import annotations

import base64
from typing import Any

from ansible.plugins.lookup import LookupBase

from wasl.planes.devices.program import program

DOCUMENTATION = r"""
name: wasl_program
short_description: The program that a device keeps
description:
  - This project's code for drift and updates on the device itself, as one archive.
options:
  _terms:
    description: Nothing.
author: [wasl]
"""


class LookupModule(LookupBase):  # type: ignore[misc]
    """Returns one text."""

    def run(self, terms: Any, variables: Any = None, **kwargs: Any) -> list[str]:
        """The archive's bytes, always the same for the same code."""
        return [base64.b64encode(program()).decode()]
