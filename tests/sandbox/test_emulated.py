"""What is said of the operations that wasl adds to the emulated AWS."""

from __future__ import annotations

import botocore.session

from infra.sandbox.coverage import emulated_operations


def test_each_emulated_operation_is_one_of_aws() -> None:
    session = botocore.session.get_session()
    pairs = [name.partition(":") for name in sorted(emulated_operations())]
    unknown = [
        f"{service}:{name}"
        for service, _, name in pairs
        if name not in session.get_service_model(service).operation_names
    ]
    assert unknown == []
