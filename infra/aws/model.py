"""The description of one AWS resource type, and the eyes that read it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

# botocore costs a third of a second to import: who reads the data alone does not pay for it.
if TYPE_CHECKING:
    import botocore.session
    from botocore.client import BaseClient
    from botocore.config import Config
    from botocore.exceptions import ClientError

Props = dict[str, Any]
"""A resource in Pulumi's shape: camelCase property names, plain JSON values."""

Raw = Mapping[str, Any]
"""A resource as AWS answered it; a type's `list`, `read` and `normalise` agree on its shape."""

URN_TAG = "wasl:urn"

T = TypeVar("T")
R = TypeVar("R")

_READS = ("Describe", "Get", "List", "Head", "BatchGet", "Lookup")


@dataclass(frozen=True)
class Credentials:
    """Keys of one account; shown nowhere."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    account: str = ""
    """Whose they are, where that is known."""


class Aws:
    """One account and region of AWS: a place to get clients from.

    `read_only` clients refuse every operation that is not a read before it is sent. Clients are
    made once a service and are safe to share between threads.
    """

    def __init__(
        self,
        region: str,
        credentials: Credentials | None = None,
        endpoint: str | None = None,
        *,
        read_only: bool = True,
    ) -> None:
        self.region = region
        self.credentials = credentials
        self.endpoint = endpoint
        self.read_only = read_only
        self._clients: dict[str, Any] = {}
        self._regions: dict[str, Aws] = {region: self}

    def client(self, service: str) -> Any:
        """The boto client of `service` here."""
        with _SESSION_LOCK:
            if service not in self._clients:
                self._clients[service] = self._make(service)
            return self._clients[service]

    def account(self) -> str:
        """The number of the account that calls act in."""
        known = self.credentials.account if self.credentials else ""
        return known or str(self.client("sts").get_caller_identity()["Account"])

    def at(self, region: str | None) -> Aws:
        """The same account in another region; itself where `region` is empty or its own."""
        if not region or region == self.region:
            return self
        with _SESSION_LOCK:
            if region not in self._regions:
                other = type(self)(
                    region, self.credentials, self.endpoint, read_only=self.read_only
                )
                other._regions = self._regions
                self._regions[region] = other
            return self._regions[region]

    def pages(self, service: str, operation: str, key: str, **arguments: Any) -> list[Any]:
        """All items under `key` of every page of a paged operation (or of its only answer)."""
        client = self.client(service)
        if not client.can_paginate(operation):
            return list(getattr(client, operation)(**arguments).get(key) or [])
        pages = client.get_paginator(operation).paginate(**arguments)
        return [item for page in pages for item in page.get(key) or []]

    def each(self, read: Callable[[T], R | None], items: Iterable[T]) -> Iterator[R]:
        """What `read` gives for each of `items`, without what is not there any more."""
        return (found for item in items if (found := read(item)) is not None)

    def _make(self, service: str) -> BaseClient:
        keys = self.credentials
        client = _session().create_client(
            service,
            region_name=self.region,
            endpoint_url=self.endpoint,
            aws_access_key_id=keys and keys.access_key,
            aws_secret_access_key=keys and keys.secret_key,
            aws_session_token=keys and keys.token,
            config=_config(),
        )
        if self.read_only:
            client.meta.events.register("before-call", _refuse_writes)
        return client


_SESSION_LOCK = threading.RLock()


@cache
def _config() -> Config:
    from botocore import __version__
    from botocore.config import Config

    return Config(
        # botocore would put its own together anew for each call, a character at a time.
        user_agent=f"wasl Botocore/{__version__}",
        retries={"mode": "adaptive", "max_attempts": 6},
        max_pool_connections=32,
        s3={"addressing_style": "path"},
        # moto answers what it stored; real AWS checks the body by Content-MD5 or CRC where it asks.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )


@cache
def _session() -> botocore.session.Session:
    """One session a process: service models are parsed once, not once a country."""
    import botocore.session

    from infra.aws.shared import share

    share()
    return botocore.session.Session()


def load(services: Iterable[str]) -> None:
    """Read the descriptions of services now: processes that are forked later share them."""
    from botocore.exceptions import DataNotFoundError

    loader = _session().get_component("data_loader")
    for service in services:
        for kind in ("service-2", "paginators-1", "endpoint-rule-set-1"):
            with suppress(DataNotFoundError):  # a service without pages has no file on them
                loader.load_service_model(service, kind)


def _refuse_writes(model: Any, **_: Any) -> None:
    if not model.name.startswith(_READS):
        raise PermissionError(f"{model.service_model.service_name}:{model.name} would write")


def absent(error: ClientError, *codes: str) -> bool:
    """Whether AWS said that the thing does not exist. Any other failure is no answer at all."""
    return error.response.get("Error", {}).get("Code", "") in codes


def one(
    call: Callable[[], Any], *not_found: str, key: str | None = None, pick: bool = False
) -> Any:
    """`call`'s answer, or None where AWS answers one of the `not_found` codes.

    `key` takes one member of the answer; `pick` then its first item (None where there is none).
    """
    from botocore.exceptions import ClientError

    try:
        answer = call()
    except ClientError as error:
        if absent(error, *not_found):
            return None
        raise
    if key is not None:
        answer = answer.get(key)
    if pick:
        return next(iter(answer or ()), None)
    return answer


def assumed(aws: Aws, role: str, session: str) -> Credentials:
    """Keys of the role with ARN `role`. That is no read: read-only clients refuse it."""
    answer = aws.client("sts").assume_role(RoleArn=role, RoleSessionName=session)["Credentials"]
    account = role.split(":")[4]
    return Credentials(
        answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"], account
    )


@dataclass(frozen=True)
class AwsType:
    """One Pulumi resource type over AWS: data, and four small functions.

    `list` yields every live one in an account and region; `read` gets one by id (`state` holds
    the last known properties) or None where AWS says that it is not there; both yield raw answers.
    `identify` gives a raw answer's Pulumi id and `normalise` its properties in Pulumi's shape.
    """

    token: str
    service: str
    list: Callable[[Aws], Iterable[Raw]]
    read: Callable[[Aws, str, Props], Raw | None]
    identify: Callable[[Raw], str]
    normalise: Callable[[Raw], Props]
    cloudformation: str | None = None
    """The CloudFormation type, for region availability and for cross-checks; None has none."""
    key: tuple[str, ...] = ()
    """Input properties that together name it in its account and region; empty: only its
    `wasl:urn` tag finds it."""
    replace: frozenset[str] = frozenset()
    """Inputs whose change needs a new resource."""
    replace_on_presence: frozenset[str] = frozenset()
    """Inputs whose coming or going, but not whose change, needs a new resource."""
    replace_source: Mapping[str, str] = field(default_factory=dict)
    """Where an entry of `replace` departs from CloudFormation's createOnlyProperties: why."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Inputs the provider fills in when the program leaves them out. A dotted path is a nested
    property's default: not filled in, but no difference where the program leaves it out."""
    present: frozenset[str] = frozenset()
    """Property paths of blocks that mean something even when they are empty (`allow: {}`);
    `*.allow` names them wherever they stand."""
    computed: frozenset[str] = frozenset()
    """Property paths that AWS decides when the program does not say: never a difference then."""
    unordered: frozenset[str] = frozenset()
    """Property paths of lists whose order means nothing."""
    documents: frozenset[str] = frozenset()
    """Property paths of JSON texts, compared by meaning."""
    domains: frozenset[str] = frozenset()
    """Property paths of DNS names: case and a final dot mean nothing."""
    versions: frozenset[str] = frozenset()
    """Property paths of versions that may be asked for by their beginning: "16" means any 16.x."""
    meanings: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    """Property paths of values that have several spellings (a name or its ARN): a function to
    one of them, for comparison only."""
    write_only: frozenset[str] = frozenset()
    """Inputs that no API call returns: how to do it, or secrets."""
    secrets: frozenset[str] = frozenset()
    """Properties whose value is shown nowhere: encrypted in the state, left out of every report.
    They cannot be imported."""
    stateful: bool = False
    """Whether deleting it loses data."""
    parent: str = ""
    """The property that names what it belongs to: nothing of its own where that is unmanaged."""
    scaled: frozenset[str] = frozenset()
    """Property paths of counts that auto scaling moves within its bounds."""
    watched: frozenset[str] = frozenset()
    """Property paths that AWS decides when the program does not say, and that open doors: the live
    check holds them to what the last deployment saw."""
    unlisted: frozenset[str] = frozenset()
    """Inputs that `list` leaves out: to read them would show values."""
    several_calls: bool = False
    """Whether a create that was cut off may leave what no read can tell from a whole one: then it
    is made anew."""
    home: str | None = None
    """The only region of a global service."""

    @property
    def name(self) -> str:
        """The class's name, e.g. `Queue`."""
        return self.token.rsplit(":", 1)[1]


def tags(raw: Sequence[Mapping[str, str]] | Mapping[str, str] | None) -> dict[str, str]:
    """Tags as a mapping, from either of the shapes that AWS's services use."""
    if not raw:
        return {}
    if isinstance(raw, Mapping):
        return dict(raw)
    pairs = ((tag.get("Key", tag.get("key")), tag.get("Value", tag.get("value"))) for tag in raw)
    return {str(key): str(value) for key, value in pairs if not str(key).startswith("aws:")}


def lower_camel(name: str) -> str:
    """`VisibilityTimeout` → `visibilityTimeout`."""
    return name[:1].lower() + name[1:]
