"""Pulumi's provider protocol over the types of the catalogue.

One warm process serves every stack: each provider instance of each stack is a connection of its
own, and `Configure` says what it works on.
"""

from __future__ import annotations

import argparse
import functools
import logging
import os
import sys
from collections import OrderedDict
from collections.abc import Callable
from concurrent import futures
from typing import Any

import grpc
from botocore.exceptions import BotoCoreError, ClientError
from google.protobuf import any_pb2, empty_pb2, struct_pb2
from google.rpc import status_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc
from pulumi.runtime.proto import provider_pb2 as pb

from infra.aws.catalogue import TYPES
from infra.sandbox.make.catalogue import MAKERS
from infra.sandbox.provider.calls import serving
from infra.sandbox.provider.check import checked, failures
from infra.sandbox.provider.resource import HalfMade, Resource
from infra.sandbox.provider.session import Refused, Session, open_session
from infra.sandbox.provider.wire import dump, has_unknown, load, sealed
from wasl.memory import collect_seldom

VERSION = "7.51.1"
_CONNECTIONS = 4096

Handler = Callable[..., Any]
log = logging.getLogger("wasl.provider")


def answers(method: Handler) -> Handler:
    """Turn what AWS or the stand-in refuses into the protocol's errors, never a traceback."""

    @functools.wraps(method)
    def wrapper(self: Provider, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            with serving(context):
                return method(self, request, context)
        except HalfMade as error:
            _abort_half_made(context, request.urn, error)
        except (ClientError, BotoCoreError, Refused, RuntimeError) as error:
            context.abort(grpc.StatusCode.UNKNOWN, _bullet(request, error))
        except Exception as error:  # a defect of the stand-in: said, with its place in the log
            log.exception("%s", getattr(request, "urn", ""))
            context.abort(grpc.StatusCode.INTERNAL, f"stand-in: {type(error).__name__}: {error}")

    return wrapper


def _bullet(request: Any, error: Exception) -> str:
    what = f"{getattr(request, 'urn', 'provider')}: 1 error occurred:"
    return f"{what}\n\t* {error}\n"


def _abort_half_made(context: grpc.ServicerContext, urn: str, error: HalfMade) -> None:
    detail = pb.ErrorResourceInitFailed(
        id=error.id, properties=dump(error.state), inputs=dump(error.inputs), reasons=[str(error)]
    )
    packed = any_pb2.Any()
    packed.Pack(detail)
    text = f"creating {urn}: {error}"
    status = status_pb2.Status(
        code=grpc.StatusCode.UNKNOWN.value[0], message=text, details=[packed]
    )
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, text)


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """The servicer; sessions are kept by connection, the oldest forgotten first."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    # -- the plugin itself ------------------------------------------------------------------

    def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def Handshake(self, request: Any, context: Any) -> Any:
        return pb.ProviderHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, request: Any, context: Any) -> Any:
        return pb.GetSchemaResponse(schema="{}")

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return pb.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        old, new = load(request.old_inputs), load(request.news)
        moved = old.get("region") != new.get("region") and not has_unknown(new.get("region"))
        return pb.DiffResponse(
            changes=pb.DiffResponse.DIFF_SOME if old != new else pb.DiffResponse.DIFF_NONE,
            replaces=["region"] if moved and old.get("region") else [],
        )

    @answers
    def Configure(self, request: Any, context: Any) -> Any:
        args = load(request.args)
        if not has_unknown(args):
            self._sessions[context.peer()] = open_session(args)
            while len(self._sessions) > _CONNECTIONS:
                self._sessions.popitem(last=False)
        return pb.ConfigureResponse(supportsPreview=True)

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    # -- resources --------------------------------------------------------------------------

    def _resource(self, request: Any, context: grpc.ServicerContext) -> Resource:
        token = request.type or request.urn.split("::")[2].split("$")[-1]
        if token not in MAKERS:
            raise Refused(f"the stand-in does not know {token}: see infra/sandbox/make")
        session = self._sessions.get(context.peer())
        if session is None:
            raise Refused("the provider was not configured on this connection")
        return Resource(TYPES[token], MAKERS[token], session)

    @answers
    def Check(self, request: Any, context: Any) -> Any:
        resource, news = self._resource(request, context), load(request.news)
        refused = [
            pb.CheckFailure(property=name, reason=f"{name} {reason}")
            for name, reason in failures(resource.kind, news)
        ]
        inputs = checked(resource.kind, news, resource.session.region)
        return pb.CheckResponse(inputs=dump(inputs), failures=refused)

    @answers
    def Diff(self, request: Any, context: Any) -> Any:
        resource = self._resource(request, context)
        old, new = load(request.old_inputs), load(request.news)
        ignored = set(request.ignoreChanges)
        diff = resource.diff(old, {**new, **{key: old[key] for key in ignored & set(old)}})
        detail = {
            item.path: pb.PropertyDiff(
                kind=_kind(item.before, item.after, item.top in diff.replaces), inputDiff=True
            )
            for item in diff.differences
        }
        return pb.DiffResponse(
            changes=pb.DiffResponse.DIFF_SOME if detail else pb.DiffResponse.DIFF_NONE,
            diffs=sorted({item.top for item in diff.differences}),
            replaces=diff.replaces,
            stables=sorted(resource.kind.replace - set(diff.replaces)),
            deleteBeforeReplace=diff.delete_first,
            detailedDiff=detail,
            hasDetailedDiff=True,
        )

    @answers
    def Create(self, request: Any, context: Any) -> Any:
        resource, inputs = self._resource(request, context), load(request.properties)
        if request.preview:
            known = {key: item for key, item in inputs.items() if not has_unknown(item)}
            return pb.CreateResponse(properties=dump(_without_defaults(known)))
        resource_id, state = resource.create(inputs)
        return pb.CreateResponse(id=resource_id, properties=_sealed(resource, state))

    @answers
    def Read(self, request: Any, context: Any) -> Any:
        resource = self._resource(request, context)
        found = resource.read(request.id, load(request.inputs), load(request.properties))
        if found is None:
            return pb.ReadResponse()
        resource_id, state, inputs = found
        return pb.ReadResponse(
            id=resource_id,
            properties=_sealed(resource, state),
            inputs=_sealed(resource, inputs),
        )

    @answers
    def Update(self, request: Any, context: Any) -> Any:
        resource = self._resource(request, context)
        olds, old, new = load(request.olds), load(request.old_inputs), load(request.news)
        if request.preview:
            known = {key: item for key, item in new.items() if not has_unknown(item)}
            return pb.UpdateResponse(properties=dump({**olds, **_without_defaults(known)}))
        state = resource.update(request.id, old, new)
        return pb.UpdateResponse(properties=_sealed(resource, state))

    @answers
    def Delete(self, request: Any, context: Any) -> Any:
        resource = self._resource(request, context)
        resource.delete(request.id, {**load(request.properties), **load(request.old_inputs)})
        return empty_pb2.Empty()


def _sealed(resource: Resource, props: dict[str, Any]) -> struct_pb2.Struct:
    return dump(sealed(props, resource.kind.secrets))


def _without_defaults(props: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in props.items() if key != "__defaults"}


def _kind(before: Any, after: Any, replaces: bool) -> Any:
    word = "ADD" if before is None else "DELETE" if after is None else "UPDATE"
    return pb.PropertyDiff.Kind.Value(word + "_REPLACE" if replaces else word)


def serve(wanted: int = 0) -> None:
    """Listen on a loopback port (a free one for 0), print it, and serve until ended."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    server = grpc.server(futures.ThreadPoolExecutor(32))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(), server)
    port = server.add_insecure_port(f"127.0.0.1:{wanted}")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


def main() -> None:
    """Serve the port that the command line names."""
    os.environ.pop("AWS_PROFILE", None)
    collect_seldom()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    serve(parser.parse_args().port)


if __name__ == "__main__":
    main()
