"""What the manifest says of a country's devices: `lookup('wasl_country', 'jo', 'pupil')`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from wasl.errors import WaslError
from wasl.planes.devices.variables import variables as manifest_variables

DOCUMENTATION = r"""
name: wasl_country
short_description: What the manifest says of a country's devices
description:
  - Reads C(countries/<cc>.yaml) beside the playbooks' folder, and the statements of O(home).
options:
  _terms:
    description: The country's code, then the profile's name.
    required: true
  home:
    description: Where wasl keeps its local state.
    type: str
author: [wasl]
"""


class LookupModule(LookupBase):  # type: ignore[misc]
    """Returns one dictionary."""

    def run(self, terms: Any, variables: Any = None, **kwargs: Any) -> list[dict[str, Any]]:
        """Read the manifest; its errors are the technician's to mend."""
        country, profile = terms
        home = str(kwargs.get("home") or os.environ.get("WASL_HOME") or "")
        root = Path(str(variables["playbook_dir"])).resolve().parent
        try:
            return [manifest_variables(root, str(country), str(profile), home)]
        except WaslError as error:
            raise AnsibleLookupError(str(error)) from error
