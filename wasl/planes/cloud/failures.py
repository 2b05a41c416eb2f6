"""What the engine's refusals mean to a user: what, where, what to do next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pulumi.automation import CommandError

from wasl.errors import WaslError, WaslErrors
from wasl.planes.cloud.target import Target

_MOST = 8
_TRACEBACK = re.compile(r"^(python inline source runtime error: |Traceback |\s+File |\s{4,})")
# What a plan still expected when something else had failed already.
_CONSEQUENCE = re.compile(r"expected resource operations for \S+ but none were seen")
_OWN = re.compile(
    r"(?P<code>WASL-[A-Z-]+): (?P<what>[^\n]+)"
    r"(\n +where: (?P<where>[^\n]+))?(\n +next: +(?P<hint>[^\n]+))?"
)


@dataclass(frozen=True)
class Known:
    """A refusal that is recognised by its words."""

    pattern: str
    code: str
    what: str
    hint: str
    quotes: bool = False
    """Whether the engine's own words say more."""


_PROTECTED = Known(
    r"cannot be deleted|resource is protected|Unable to delete",
    "WASL-CLOUD-PROTECTED",
    "{stack} holds protected resources, which are not destroyed",
    "to lift the protection on purpose: wasl destroy --unprotect {stack}",
)
_KNOWN = (
    Known(
        r"incorrect passphrase|passphrase must be set|message authentication failed",
        "WASL-CLOUD-PASSPHRASE",
        "the passphrase is not the one that the state of {stack} was encrypted with",
        "put the right one into that file, or name another by PULUMI_CONFIG_PASSPHRASE_FILE"
        "{or_reset}",
    ),
    Known(
        r"currently locked by|Another update is currently in progress",
        "WASL-CLOUD-LOCKED",
        "the state of {stack} is locked by another run",
        "wait until that has ended; if it is dead: wasl up {stack} --break-lock",
        quotes=True,
    ),
    Known(
        r"violates plan",
        "WASL-PLAN-DIFFERS",
        "what would be done to {stack} is no longer what was shown, so it was not done",
        "run it again to see the new plan",
    ),
    Known(
        r"failed to load checkpoint",
        "WASL-STATE-TORN",
        "the state of {stack} cannot be read",
        "restore it: a file backend keeps copies under .pulumi/backups, a bucket its versions",
        quotes=True,
    ),
    Known(
        r"no space left on device|disk quota exceeded|Insufficient Storage|\(507\)",
        "WASL-DISK-FULL",
        "the disk is full; what was done to {stack} until then is in its state",
        "make room and run the same command again: it goes on from there",
    ),
    Known(
        r"no stack named",
        "WASL-CLOUD-NO-STACK",
        "there is no stack {stack} yet",
        "wasl up {stack}",
    ),
    _PROTECTED,
    Known(
        r"connection refused|connect: connection|Could not connect to the endpoint",
        "WASL-CLOUD-UNREACHABLE",
        "AWS or the provider could not be reached for {stack}",
        "{restart}",
        quotes=True,
    ),
)


def explained(
    error: CommandError, target: Target, stack: str, diagnostics: Sequence[str] = ()
) -> WaslError:
    """The error for people; `diagnostics` are the engine's own error messages, if any came."""
    text = "\n".join(diagnostics) or _own_words(str(error))
    if not text.strip():
        return killed(target, stack)
    own = _refusals(text)
    if own:  # the program itself refused
        return own[0] if len(own) == 1 else WaslErrors(own)
    known = next((item for item in _KNOWN if re.search(item.pattern, text, re.M | re.I)), None)
    where = f"stack {stack} on {target}"
    if known is None:
        return WaslError(
            "WASL-CLOUD-FAILED",
            f"{stack}: {_short(text)}",
            where=where,
            hint="mend that and run the same command again: it goes on from there",
        )
    words = {
        "stack": stack,
        "or_reset": "; or start over: wasl sandbox reset" if target.sandbox else "",
        "restart": "wasl sandbox start" if target.sandbox else "check network and credentials",
    }
    if known.code == "WASL-CLOUD-PASSPHRASE":
        where = passphrase_source(target)
    elif known.quotes:
        where = f"{where}: {_short(text, 2)}"
    return WaslError(
        known.code, known.what.format(**words), where=where, hint=known.hint.format(**words)
    )


def _refusals(text: str) -> list[WaslError]:
    """The program's own errors, each once: a traceback's last line says one again."""
    found: dict[tuple[str, str], WaslError] = {}
    for own in _OWN.finditer(text):
        error = WaslError(
            own["code"], own["what"], where=own["where"] or "", hint=own["hint"] or ""
        )
        found.setdefault((error.code, error.what), error)
    return list(found.values())


def killed(target: Target, stack: str) -> WaslError:
    """The engine ended without a word."""
    return WaslError(
        "WASL-ENGINE-KILLED",
        f"the engine ended early, without a word, while it worked on {stack}",
        where=f"stack {stack} on {target}",
        hint="run the same command again: it finds what was begun",
    )


def protected(stack: str, urn: str) -> WaslError:
    """Something protected stands in the way."""
    what, hint = (text.format(stack=stack) for text in (_PROTECTED.what, _PROTECTED.hint))
    return WaslError(_PROTECTED.code, what, where=urn, hint=hint)


class Unprotected(WaslError):
    """A destroy was stopped between the lifting of protection and its own beginning."""

    def __init__(self, stack: str) -> None:
        super().__init__(
            "WASL-CLOUD-UNPROTECTED",
            f"{stack} stands without protection: it was lifted, and nothing is destroyed yet",
            where=f"stack {stack}",
            hint=f"wasl up {stack} puts it back; wasl destroy --unprotect {stack} goes on",
        )


def policies_broken(stack: str, count: int) -> WaslError:
    """The policy pack refused the plan; the findings say which policies, and where."""
    return WaslError(
        "WASL-POLICY",
        f"{stack} breaks {count} mandatory {'policy' if count == 1 else 'policies'}",
        where=f"stack {stack}",
        hint="mend what the findings name, then run the same command again",
    )


def passphrase_source(target: Target) -> str:
    """Where the engine takes its passphrase from."""
    if "PULUMI_CONFIG_PASSPHRASE" in target.environment:
        return "PULUMI_CONFIG_PASSPHRASE"
    return target.environment.get("PULUMI_CONFIG_PASSPHRASE_FILE", "PULUMI_CONFIG_PASSPHRASE_FILE")


def _own_words(text: str) -> str:
    """What the command line said on its error stream, else on its output."""
    errors = text.partition("stderr: ")[2].strip()
    return errors or text.partition("stdout: ")[2].partition("\n stderr: ")[0].strip()


def _short(text: str, most: int = _MOST) -> str:
    """The first lines that say something; a program's error without its traceback."""
    text = _CONSEQUENCE.sub("", text)
    lines = [
        line.strip() for line in text.splitlines() if line.strip() and not _TRACEBACK.match(line)
    ]
    return "\n    ".join(dict.fromkeys(lines[:most])) or "the engine said nothing"
