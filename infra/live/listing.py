"""Everything of each type that AWS lists where a stack's resources stand, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from botocore.exceptions import ClientError

from infra.aws.model import AwsType, Props, Raw
from infra.live.eyes import AT_ONCE, Eyes

T = TypeVar("T")


@dataclass(frozen=True)
class Thing:
    """One thing that AWS has."""

    kind: AwsType
    region: str
    id: str
    live: Props
    """Its properties in Pulumi's shape."""


@dataclass(frozen=True)
class Listing:
    """What one type's list gave in one place, or why it gave nothing."""

    kind: AwsType
    eyes: Eyes
    things: tuple[Thing, ...] = ()
    failure: str = ""


Place = tuple[AwsType, Eyes]


_SIDE_BY_SIDE = 2 * AT_ONCE  # many wait for what others of them ask


def listings(places: Iterable[Place]) -> list[Listing]:
    """Every place's listing; a list that fails is told, never left out."""
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        return list(pool.map(lambda place: listing(*place), places))


def listing(kind: AwsType, eyes: Eyes) -> Listing:
    """All of one type in one place."""
    found, failure = attempt(lambda: tuple(thing(kind, eyes, raw) for raw in kind.list(eyes)))
    return Listing(kind, eyes, found or (), failure)


def thing(kind: AwsType, eyes: Eyes, raw: Raw) -> Thing:
    """A raw answer with its id, normalised."""
    live = {"region": eyes.region, **kind.normalise(raw)}
    return Thing(kind, eyes.region, kind.identify(raw), live)


def attempt(read: Callable[[], T]) -> tuple[T | None, str]:
    """What `read` gives, or the reason why AWS gave nothing that could be understood."""
    try:
        return read(), ""
    except PermissionError:
        raise  # it would have written: our own mistake, not AWS's
    except ClientError as error:
        told = error.response.get("Error", {})
        return None, f"{error.operation_name}: {told.get('Code', '?')}: {told.get('Message', '')}"
    except Exception as error:  # whatever went wrong, this was not read
        return None, f"{type(error).__name__}: {error}"
