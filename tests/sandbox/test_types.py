"""Every type's life against the emulated AWS: made, read, imported, changed, broken, removed."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from botocore.exceptions import ClientError

import tests.sandbox.examples as examples
from infra.aws.catalogue import TYPES
from infra.aws.find import made_by
from infra.sandbox.make.catalogue import MAKERS
from infra.sandbox.provider.check import checked, failures
from infra.sandbox.provider.resource import Resource
from infra.sandbox.provider.session import Session
from tests.sandbox.example import Example

MODULES = [module.name for module in pkgutil.iter_modules(examples.__path__)]


def _examples(module: str) -> tuple[Example, ...]:
    loaded = importlib.import_module(f"tests.sandbox.examples.{module}")
    result: tuple[Example, ...] = loaded.EXAMPLES
    return result


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_life(module: str, session: Session) -> None:
    made: dict[str, dict[str, object]] = {}
    alive = []
    for example in _examples(module):
        resource = Resource(TYPES[example.token], MAKERS[example.token], session)
        state, inputs = _born(resource, example, made)
        made[example.label] = state
        alive.append((resource, example, state, inputs))
    for resource, example, state, inputs in reversed(alive):
        resource.delete(str(state["id"]), {**state, **inputs})
        gone = resource.read(str(state["id"]), inputs, state)
        assert example.stays or gone is None, f"{example.label} is still there after its deletion"


def _born(
    resource: Resource, example: Example, made: dict[str, dict[str, object]]
) -> tuple[dict[str, object], dict[str, object]]:
    label, news = example.label, example.inputs(made)
    assert list(failures(resource.kind, news)) == [], label
    inputs = checked(resource.kind, news, resource.session.region)
    resource_id, state = resource.create(inputs)
    _clean(resource, example, resource_id, inputs, state)
    if example.listed:
        _listed(resource, label, resource_id, inputs)
    if example.change:
        inputs = checked(resource.kind, {**news, **example.change}, resource.session.region)
        old = checked(resource.kind, news, resource.session.region)
        diff = resource.diff(old, inputs)
        assert diff.differences, label
        assert not diff.replaces, f"{label}: {diff}"
        state = resource.update(resource_id, old, inputs)
        _clean(resource, example, resource_id, inputs, state)
    if example.tampered:
        inputs, state = _tampered(resource, example, resource_id, inputs, state)
    return state, inputs


def _clean(
    resource: Resource,
    example: Example,
    resource_id: str,
    inputs: dict[str, object],
    state: dict[str, object],
) -> None:
    """A refresh and an import both describe what was asked for."""
    label = example.label
    read = resource.read(resource_id, inputs, state)
    assert read is not None, f"{label} cannot be read back"
    assert resource.diff(read[2], inputs).differences == [], f"{label}: refresh"
    assert read[0] == state["id"], f"{label}: another id on refresh"
    imported = resource.read(example.import_id(state), {}, {})
    assert imported is not None, f"{label} cannot be imported"
    assert imported[0] == state["id"], f"{label}: another id on import"
    left = [
        item
        for item in resource.diff(imported[2], inputs).differences
        if item.top not in resource.kind.write_only | resource.kind.secrets
    ]
    assert left == [], f"{label}: import"


def _listed(resource: Resource, label: str, resource_id: str, inputs: dict[str, object]) -> None:
    aws = resource.session.aws.at(resource.kind.home or str(inputs["region"]))
    found = list(resource.kind.list(aws))
    same = [raw for raw in found if resource.kind.identify(raw) == resource_id]
    assert len(same) == 1, f"{label} is listed {len(same)} times"
    made = [raw for raw in found if made_by(resource.kind, resource.kind.normalise(raw), inputs)]
    assert made == same, f"{label} is not found again by {resource.kind.key or 'its urn'}"


def _tampered(
    resource: Resource,
    example: Example,
    resource_id: str,
    inputs: dict[str, object],
    state: dict[str, object],
) -> tuple[dict[str, object], dict[str, object]]:
    aws = resource.session.aws.at(resource.kind.home or str(inputs["region"]))
    example.tamper(aws, state)
    read = resource.read(resource_id, inputs, state)
    assert read is not None, example.label
    diff = resource.diff(read[2], inputs)
    found = [item.path for item in diff.differences]
    assert found == example.tampered.split(), f"{example.label}: {found}"
    if diff.replaces:
        resource.delete(resource_id, {**state, **inputs})
        resource_id, state = resource.create(inputs)
    else:
        state = resource.update(resource_id, read[2], inputs)
    _clean(resource, example, resource_id, inputs, state)
    return inputs, state


def test_every_type_has_an_example_and_a_maker() -> None:
    tried = {example.token for module in MODULES for example in _examples(module)}
    assert tried == set(TYPES) == set(MAKERS)


def test_nothing_is_adopted(session: Session) -> None:
    queue = Resource(TYPES["aws:s3/bucket:Bucket"], MAKERS["aws:s3/bucket:Bucket"], session)
    inputs = checked(queue.kind, {"bucket": "adopted-111122223333"}, "eu-south-1")
    queue.create(inputs)
    with pytest.raises(ClientError, match="BucketAlreadyOwnedByYou"):
        queue.create(inputs)
    queue.delete("adopted-111122223333", {})
