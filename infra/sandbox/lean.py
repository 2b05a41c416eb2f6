"""What moto does anew for each account and call, and the sandbox needs once or never.

It was two thirds of the emulated AWS's processor time, and half of what was left. What is answered
stays the same to the byte.
"""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

_PARTITION = "aws"
_POOL = string.ascii_letters + string.digits


def lean() -> None:
    """Take it out of moto."""
    import xmltodict  # type: ignore[import-untyped]
    from moto import backends
    from moto.core import responses
    from moto.core.serialize import XFormedAttributePicker
    from moto.iam import models as iam
    from moto.kms import models as kms
    from moto.moto_api._internal import moto_random
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication

    # It looks for a key's account in every partition, and so makes all of them.
    _replace(iam.IAMBackend, "_init_aws_policies", lambda _: _managed_policies)
    # A symmetric key signs nothing.
    _replace(kms, "generate_private_key", _key_pair)
    _replace(responses, "method_names_from_class", cache)
    # It lists its own folder at every call.
    _replace(backends, "list_of_moto_modules", lambda listed: cache(lambda: tuple(listed())))
    # At every call it asks all partitions of all accounts whose key that is.
    _replace(iam, "get_account_id_from", _account_of)
    # It tries hundreds of patterns on the call's host.
    _replace(DomainDispatcherApplication, "get_backend_for_host", _once_found)
    # Under which names a part of an answer may be had is the same for all of a kind.
    _replace(XFormedAttributePicker, "get_possible_keys", _names)
    # It looks at every character of every element's name.
    _replace(xmltodict, "_validate_name", cache)
    # Each answer has a number of 52 characters, of which each took four calls.
    _replace(moto_random.MotoRandom, "get_random_string", _text)


def _replace(owner: Any, name: str, by: Callable[[Any], Any]) -> None:
    setattr(owner, name, by(getattr(owner, name)))


def _key_pair(make: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda spec: None if spec == "SYMMETRIC_DEFAULT" else make(spec)


def _account_of(_ask: Callable[[str], str]) -> Callable[[str], str]:
    from moto.core.models import DEFAULT_ACCOUNT_ID
    from moto.iam.models import iam_backends

    def account_of(access_key: str) -> str:
        for number, account in list(iam_backends.items()):
            # What was made of it, and no more: there are no keys in what nobody touched.
            if any(access_key in one.access_keys for one in list(account.values())):
                return number
        return DEFAULT_ACCOUNT_ID

    return account_of


def _once_found(find: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    known: dict[str, Any] = {}

    def found(app: Any, host: str) -> Any:
        if host not in known:
            backend = find(app, host)
            if backend is None:
                return None
            known[host] = backend
        return known[host]

    return found


def _names(names: Callable[[Any, Any], Iterable[str]]) -> Callable[[Any, Any], Iterable[str]]:
    from moto.core.serialize import DEFAULT_ALIAS_PROVIDERS

    known: dict[tuple[Any, ...], tuple[str, ...]] = {}

    def remembered(picker: Any, context: Any) -> Iterable[str]:
        if picker.alias_providers is not DEFAULT_ALIAS_PROVIDERS:
            return names(picker, context)
        shape = context.shape
        what = (context.key, type(context.obj), shape, getattr(shape, "parent", None))
        found = known.get(what)
        if found is None:
            found = known[what] = tuple(dict.fromkeys(names(picker, context)))
        return found

    return remembered


def _text(make: Callable[..., str]) -> Callable[..., str]:
    """The very characters that a choice for each would give: as many numbers are drawn."""

    def text(
        random: Any, length: int = 20, include_digits: bool = True, lower_case: bool = False
    ) -> str:
        if not include_digits or lower_case:
            return make(random, length, include_digits, lower_case)
        draw, most = random.getrandbits, len(_POOL)
        drawn: list[str] = []
        bits = most.bit_length()
        while len(drawn) < length:
            if (number := draw(bits)) < most:
                drawn.append(_POOL[number])
        return "".join(drawn)

    return text


def _managed_policies(backend: Any) -> list[Any]:
    from moto.iam.models import AWSManagedPolicy

    if backend.partition != _PARTITION:
        return []
    number, region = backend.account_id, backend.region_name
    return [
        AWSManagedPolicy.from_data(name, number, region, said) for name, said in _said().items()
    ]


@cache
def _said() -> dict[str, Any]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    said: dict[str, Any] = json.loads(aws_managed_policies_data)
    return said
