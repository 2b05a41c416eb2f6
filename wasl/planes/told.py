"""What runs on a device raises a code and arguments; people read sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from playbooks.module_utils.wasl_device.errors import DeviceError
from wasl.errors import WaslError
from wasl.messages import Language, next_step, say
from wasl.result import Finding, Kind, Message, Severity


def sentence(code: str, arguments: Mapping[str, str], language: Language = "en") -> str:
    """What happened, in the technician's language."""
    return say(Message(code, arguments), language)


def hint(code: str, arguments: Mapping[str, str], language: Language = "en") -> str:
    """What to do about it; empty where the catalogue says nothing."""
    return next_step(finding(code, arguments), language)


def finding(
    code: str,
    arguments: Mapping[str, str],
    *,
    country: str = "",
    target: str = "",
    kind: Kind = Kind.UNREADABLE,
    severity: Severity = Severity.HIGH,
) -> Finding:
    """The same as a finding of the devices plane."""
    message = Message(code, dict(arguments))
    target = target or arguments.get("file") or arguments.get("disk") or ""
    return Finding("devices", country, target, kind, severity, message=message)


def error(told: DeviceError, language: Language = "en") -> WaslError:
    """The same as the error that `wasl` prints."""
    where = told.arguments.get("file") or told.arguments.get("disk") or ""
    what = sentence(told.code, told.arguments, language)
    return WaslError(told.code, what, where=where, hint=hint(told.code, told.arguments, language))


def drawn(language: Language) -> Language:
    """The language for a text console: Linux's neither joins nor reorders Arabic, so French."""
    return "fr" if language == "ar" else language


@contextmanager
def spoken(language: Language = "en") -> Iterator[None]:
    """Turn a `DeviceError` from inside into a `WaslError`."""
    try:
        yield
    except DeviceError as told:
        raise error(told, language) from told
