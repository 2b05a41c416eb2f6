"""Why a plan does what it does: a closed list of codes, said by `identity.reason.<code>`."""

from __future__ import annotations

from wasl.result import Message

REASONS = frozenset(
    {
        "new",
        "differs",
        "moved",
        "disabled",
        "absent",
        "double",
        "withdrawn",
        "grace-over",
        "grace",
        "unknown-since",
        "cannot-disable",
        "still-used",
        "rejected",
        "other-year",
        "roll-over",
    }
)
_ID = "identity.reason."


def said(code: str) -> Message:
    """The words for a code of `REASONS`. Raises `KeyError` for any other."""
    if code not in REASONS:
        raise KeyError(code)
    return Message(_ID + code)


def detailed(code: str, schools: tuple[str, str] | None, matched: str) -> Message:
    """The same for one record: between which schools it moves, and what else it is known by."""
    words = said(code)
    if schools is not None:
        words = Message(f"{_ID}between", {"why": words, "from": schools[0], "to": schools[1]})
    if matched:
        words = Message(f"{_ID}matched", {"why": words, "by": matched})
    return words


def code_of(words: Message) -> str:
    """The code that `detailed` was given."""
    inner = words.arguments.get("why")
    return code_of(inner) if isinstance(inner, Message) else words.id.removeprefix(_ID)
