"""Every resource that the program registers, as the policies would be shown it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks, rpc
from pulumi.runtime.config import set_all_config

import tests.components.described as program
from infra.policies.model import Resource
from infra.policies.together import Stack
from infra.target import Target
from wasl.manifest import Country
from wasl.manifest.catalogue import Catalogue, load

Register = Callable[[mocks.MockMonitor, Any], Any]


class Answers(program.Described):
    """Answers with ARNs and URLs that, as AWS's do, hold the region and tell things apart."""

    region: str = ""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        found, made = super().new_resource(args)
        service = args.typ.split(":")[1].partition("/")[0] if ":" in args.typ else "x"
        region = args.inputs.get("region") or self.region
        place = "::" if service in ("s3", "iam") else f"{region}:{program.ACCOUNT}:"
        arn = f"arn:aws:{service}:{place}{args.name}"
        if service == "s3":
            arn = f"arn:aws:s3:::{args.inputs.get('bucket')}"
        more = {
            "arn": arn,
            "url": f"https://{args.typ}/{args.name}",
            "roots": [{"id": "r-1"}],
            "masterAccountId": program.ACCOUNT,
            "optStatus": "ENABLED",
            "keyId": f"{args.name}-key",
        }
        return found, {**made, **more}


class Recorder:
    """Stands in front of the mocks' monitor and keeps what a policy would be told."""

    def __init__(self, original: Register, stack: str) -> None:
        self.original = original
        self.stack = stack
        self.inputs: dict[str, Resource] = {}
        self.outputs: dict[str, Resource] = {}
        self.regions: dict[str, str] = {}

    def register(self, monitor: mocks.MockMonitor, request: Any) -> Any:
        answer = self.original(monitor, request)
        inputs = _shown(rpc.deserialize_properties(request.object))
        if request.type.startswith("pulumi:providers:"):
            self.regions[answer.urn] = inputs["region"]
        provider = self.regions.get(request.provider.rpartition("::")[0], "")
        depends = {
            name: frozenset(map(self.urn, entry.urns))
            for name, entry in request.propertyDependencies.items()
        }
        outputs = _shown(rpc.deserialize_properties(answer.object))
        for store, props in ((self.inputs, inputs), (self.outputs, {**inputs, **outputs})):
            store[answer.urn] = Resource(
                urn=self.urn(answer.urn),
                type=request.type,
                name=request.name,
                props=props,
                provider_region=provider,
                protect=request.protect,
                depends=depends if store is self.outputs else {},
            )
        return answer

    def urn(self, mocked: str) -> str:
        """A URN of this stack; the mocks' monitor knows of none."""
        return f"urn:pulumi:{self.stack}::wasl::{mocked.split('::', 2)[2]}"


def _shown(value: Any) -> Any:
    """Secrets as policies are shown them: as what they are."""
    if rpc.is_rpc_secret(value):
        return _shown(rpc.unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}
    return [_shown(item) for item in value] if isinstance(value, list) else value


def _recorded(stack: str, run: Callable[[], None]) -> Recorder:
    recorder = Recorder(mocks.MockMonitor.RegisterResource, stack)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            mocks.MockMonitor,
            "RegisterResource",
            lambda monitor, request: recorder.register(monitor, request),
        )
        patch.setattr(program, "Described", Answers)
        run()
    return recorder


def tenancy(country: Country) -> tuple[list[Resource], Stack]:
    """A country's resources, one by one and together."""
    Answers.region = country.region
    recorder = _recorded(country.code, lambda: _run(country))
    return list(recorder.inputs.values()), Stack(list(recorder.outputs.values()))


def _run(country: Country) -> None:
    program.described(country)


@dataclass
class Founded:
    """The foundation's resources and outputs; `waits` is what a country's account waits for."""

    resources: list[Resource] = field(default_factory=list)
    stack: Stack = field(default_factory=lambda: Stack([]))
    outputs: dict[str, Any] = field(default_factory=dict)
    waits: dict[str, set[str]] = field(default_factory=dict)

    def of(self, token: str) -> dict[str, Resource]:
        """The resources of a type, by name."""
        return {item.name: item for item in self.resources if item.type == token}

    def one(self, token: str) -> Resource:
        """The only resource of a type."""
        (only,) = self.of(token).values()
        return only


def founded(where: Target, catalogue: Catalogue) -> Founded:
    """The foundation of the countries of `catalogue`."""
    result = Founded()
    Answers.region = "eu-central-1"
    recorder = _recorded("foundation", lambda: _found(where, catalogue, result))
    result.resources = list(recorder.inputs.values())
    result.stack = Stack(list(recorder.outputs.values()))
    return result


def foundation() -> tuple[list[Resource], Stack]:
    """The foundation's resources, as in the sandbox, where every country has an account."""
    result = founded(Target("http://127.0.0.1:1"), load(program.ROOT))
    return result.resources, result.stack


def _found(where: Target, catalogue: Catalogue, result: Founded) -> None:
    import infra.foundation

    asyncio.set_event_loop(asyncio.new_event_loop())
    mocks.set_mocks(Answers(), project="wasl", stack="foundation", preview=False)
    set_all_config({"wasl:homeRegion": "eu-central-1", "wasl:ciIssuer": "issuer.example"})
    exported: dict[str, Any] = {}

    def run() -> pulumi.Output[Any]:
        infra.foundation.foundation(program.ROOT)
        held: Any = pulumi.Output.from_input(exported).apply(result.outputs.update)
        accounts = exported["accounts"].items()
        waits = [
            pulumi.Output.from_input(account["account"].resources()).apply(partial(keep, code))
            for code, account in accounts
        ]
        return pulumi.Output.all(held, *waits)

    def keep(code: str, resources: set[pulumi.Resource]) -> None:
        result.waits[code] = {resource._name for resource in resources}

    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(infra.foundation, "target", lambda: where)
            patch.setattr(infra.foundation, "load", lambda _root: catalogue)
            patch.setattr(pulumi, "export", exported.__setitem__)
            test = pulumi.runtime.test(run)  # type: ignore[no-untyped-call]
            test()
    finally:
        set_all_config({})


def text(*statements: dict[str, Any]) -> str:
    """A policy text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
