"""The check of one stack: list, match, compare, classify."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from infra.aws.catalogue import TYPES
from infra.aws.compare import canonical
from infra.aws.model import AwsType, Props
from infra.aws.paths import steps
from infra.live import beyond, residency
from infra.live.compare import Compared, compared, minor, within
from infra.live.eyes import Eyes
from infra.live.found import Found, Report, unmanaged
from infra.live.listing import Listing, Place, Thing, attempt, listing, listings, thing
from infra.live.own import own
from infra.live.scope import everywhere, places, region
from infra.live.state import Managed, State
from infra.policies.facts import Facts
from infra.policies.residency import EDGE_REGION
from wasl.result import Kind

# All revisions of a family have one id.
_REVISED = "aws:ecs/taskDefinition:TaskDefinition"
_SCALING = "aws:appautoscaling/target:Target"

_Key = tuple[str, int, str]  # a type, the account's memory, a region


@dataclass
class _Seen:
    """What the lists gave, and what of it the state's resources turned out to be."""

    lists: Mapping[_Key, Listing]
    matched: dict[str, Thing] = field(default_factory=dict)
    taken: dict[_Key, set[int]] = field(default_factory=lambda: defaultdict(set))

    def targets(self) -> Iterator[Thing]:
        """Everything that auto scaling moves."""
        for (token, _, _), known in self.lists.items():
            if token == _SCALING:
                yield from known.things


def check(
    state: State, accounts: Mapping[str, Eyes], facts: Facts, *, whole: bool = True
) -> Report:
    """Everything that differs between `state` and the accounts of its providers.

    `whole` says that an account holds nothing but this stack, so that anything else in it is
    unmanaged.
    """
    found: list[Found] = []
    secrets = count = 0
    with ThreadPoolExecutor(1) as aside:
        further = aside.submit(beyond.looked, accounts.values() if whole else (), facts)
        seen = _listed(places(state, accounts, whole, facts.permitted(), facts.edge, EDGE_REGION))
        for managed in state.resources:
            told, looked = _managed(managed, accounts, seen, facts)
            found += told
            count += looked is not None
            secrets += looked.secrets if looked else 0
    found += _failures(seen, found)
    if whole:
        strangers = list(_strangers(seen, state))
        names = frozenset(name for item in strangers for name in called(item))
        found += _unmanaged(strangers, names, facts)
        known = names | _known(state)
        found += beyond.found(further.result(), known, names, facts)
    sent = sum((eyes.memory.sent for eyes in accounts.values()), Counter[tuple[str, str, str]]())
    return Report(tuple(found), count, secrets, sent)


def _listed(wanted: Sequence[Place]) -> _Seen:
    return _Seen(
        {
            _key(kind.token, eyes): given
            for (kind, eyes), given in zip(wanted, listings(wanted), strict=True)
        }
    )


def _key(token: str, eyes: Eyes) -> _Key:
    return token, id(eyes.memory), eyes.region


def _managed(
    managed: Managed, accounts: Mapping[str, Eyes], seen: _Seen, facts: Facts
) -> tuple[list[Found], Compared | None]:
    """A resource of the state: what differs of it, and its comparison where there was one."""
    eyes = accounts.get(managed.provider)
    if managed.type not in TYPES or eyes is None:
        why = "wasl cannot read this type" if eyes else "its provider is not in the state"
        return [_about(managed, Kind.UNREADABLE, reason=why)], None
    there = eyes.at(region(managed, eyes))
    match, failure = _match(managed, there, seen)
    if failure:
        return [_about(managed, Kind.UNREADABLE, reason=failure)], None
    if match is None:
        return [_about(managed, Kind.MISSING)], None
    seen.matched[managed.urn] = match
    looked, failure = attempt(lambda: _compared(managed, match, there))
    if looked is None:
        return [_about(managed, Kind.UNREADABLE, reason=failure)], None
    told = list(_differences(managed, match, looked, seen))
    props = {"region": match.region, **looked.described}
    against = residency.problems(managed.type, managed.urn, match.region, props, facts)
    about = _about(managed, Kind.RESIDENCY)
    return list(residency.reclassified(told, against, about)), looked


def _compared(managed: Managed, match: Thing, eyes: Eyes) -> Compared:
    """The comparison; tags that differ are read again from the service itself."""
    looked = compared(match.kind, managed, match.live)
    if not any(difference.top == "tags" for difference in looked.differences):
        return looked
    hints = {**managed.outputs, **managed.inputs}
    again = _again(match, eyes.closely(), managed.id, hints)
    if again is None:
        return looked
    return compared(match.kind, managed, {**match.live, "tags": again.live.get("tags", {})})


def _again(match: Thing, eyes: Eyes, resource_id: str, hints: Props) -> Thing | None:
    kind = match.kind
    if not kind.secrets:
        return _asked(kind, eyes, resource_id, hints)
    # To read one would show its value; the list leaves that out.
    return next((item for item in listing(kind, eyes).things if item.id == match.id), None)


def _match(managed: Managed, eyes: Eyes, seen: _Seen) -> tuple[Thing | None, str]:
    """What AWS has for it; where the list does not know it, AWS is asked for it by its id."""
    kind, key = TYPES[managed.type], _key(managed.type, eyes)
    known = seen.lists[key]
    taken = seen.taken[key]
    free = [(n, item) for n, item in enumerate(known.things) if n not in taken]
    same = [(n, item) for n, item in free if item.id == managed.id]
    if len(same) > 1:  # revisions of one family
        arn = managed.outputs.get("arn")
        same = [(n, item) for n, item in same if item.live.get("arn") == arn]
    if not same and kind.key:
        same = [(n, item) for n, item in free if _named_alike(managed, item)]
    if same:
        taken.add(same[0][0])
        return same[0][1], ""
    hints = {**managed.outputs, **managed.inputs}
    return attempt(lambda: _asked(kind, eyes, managed.id, hints))


def _asked(kind: AwsType, eyes: Eyes, resource_id: str, hints: Props) -> Thing | None:
    raw = kind.read(eyes, resource_id, hints)
    return thing(kind, eyes, raw) if raw else None


def _named_alike(managed: Managed, item: Thing) -> bool:
    """Whether the properties that name a type's things are the same."""
    wanted = canonical(item.kind, {**managed.outputs, **managed.inputs})
    live = canonical(item.kind, item.live)
    return all(wanted.get(name) == live.get(name) for name in item.kind.key)


def _differences(managed: Managed, match: Thing, looked: Compared, seen: _Seen) -> Iterator[Found]:
    kind = match.kind
    for difference in looked.differences:
        path, expected, now = difference.path, difference.after, difference.before
        if minor(kind, difference, match.live):
            continue
        scaled = within(path, kind.scaled)
        if scaled and _in_bounds(managed, match, now, seen):
            continue
        if within(path, managed.ignored):
            yield _about(managed, Kind.SUPPRESSED, path, expected, now)
        else:
            added = expected is None and len(steps(path)) > 1
            what = Kind.UNMANAGED if added else Kind.CHANGED
            yield _about(managed, what, path, expected, now)


def _in_bounds(managed: Managed, match: Thing, count: object, seen: _Seen) -> bool:
    """Whether auto scaling may have set a count to this."""
    name = str(match.live.get("arn") or match.id).partition(":service/")[2]
    for target in seen.targets():
        if target.live["resourceId"] == f"service/{name}":
            low, high = target.live["minCapacity"], target.live["maxCapacity"]
            return isinstance(count, int) and low <= count <= high
    return False


def _about(
    managed: Managed,
    kind: Kind,
    path: str = "",
    expected: object = None,
    found: object = None,
    reason: str = "",
) -> Found:
    return Found(kind, managed.urn, managed.type, path, expected, found, managed.key, reason)


def _failures(seen: _Seen, told: list[Found]) -> Iterator[Found]:
    """Lists that failed: what else there is of their types, nobody knows."""
    known = {item.type for item in told if item.kind is Kind.UNREADABLE}
    for (token, _, where), given in seen.lists.items():
        if given.failure and token not in known:
            yield Found(Kind.UNREADABLE, f"{token} in {where}", token, reason=given.failure)


def _strangers(seen: _Seen, state: State) -> Iterator[Thing]:
    """What is in no state and was not made by AWS itself."""
    ids = {(item.kind.token, item.region, item.id) for item in seen.matched.values()}
    for key, given in seen.lists.items():
        for number, item in enumerate(given.things):
            if number in seen.taken[key] or not everywhere(item.kind.token):
                continue
            if item.kind.token != _REVISED and (item.kind.token, item.region, item.id) in ids:
                continue  # found by its id although the list names it otherwise
            if item.id in state.others:
                continue
            if not own(item.kind.token, item.id, item.live, state.management):
                yield item


def _unmanaged(strangers: list[Thing], names: frozenset[str], facts: Facts) -> Iterator[Found]:
    """Strangers, each once: what belongs to one that is named already is not named too."""
    for item in strangers:
        parent = item.live.get(item.kind.parent) if item.kind.parent else None
        if parent not in names:
            about = unmanaged(label(item), item.kind.token, item.id)
            against = residency.stranger(item, facts)
            yield next(residency.reclassified([], against, about), about)


def _known(state: State) -> frozenset[str]:
    """What the state's resources are called in ARNs."""
    return frozenset(
        str(item.outputs[name]).removesuffix(":*")
        for item in state.resources
        for name in ("arn", "id")
        if item.outputs.get(name)
    )


def called(item: Thing) -> Iterator[str]:
    """What others name it by. A part of a thing is not called by the thing's name."""
    if item.live.get(item.kind.parent) != item.id:
        yield from (name for name in (item.id, item.live.get("arn")) if name)


def label(item: Thing) -> str:
    """What a finding calls it: its ARN, else its type and id."""
    arn = item.live.get("arn")
    return str(arn) if arn else f"{item.kind.token} {item.id}"
