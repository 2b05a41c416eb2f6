"""The sheet's words, a section a language."""

from __future__ import annotations

from dataclasses import dataclass

from wasl.messages import Language, say
from wasl.planes.devices.paper.facts import Facts
from wasl.result import Message

NOTES = ("SIGN-IN", "CARE", "HELP")


@dataclass(frozen=True)
class Section:
    """The sheet in one language; `rows` are heads and what stands beside them."""

    language: Language
    title: str
    site: str
    rows: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]

    @property
    def direction(self) -> str:
        """As HTML says it."""
        return "rtl" if self.language == "ar" else "ltr"


def sections(facts: Facts) -> list[Section]:
    """One for each of the country's languages that wasl speaks."""
    return [_section(facts, language) for language in facts.languages]


def _section(facts: Facts, language: Language) -> Section:
    def told(name: str, **arguments: str) -> str:
        return say(Message(f"WASL-SHEET-{name}", arguments), language)

    rows = {
        "SITE": facts.site_in(language),
        "PROFILE": facts.profile,
        "ACCOUNTS": facts.accounts_in(language),
        "WIPED": _wiped(facts, told("WIPED-DISK", method="{method}", serial="{serial}")),
        "IMAGE": _image(facts),
        "VERIFIED": _day(facts, "verify"),
    }
    return Section(
        language,
        told("TITLE"),
        facts.site_in(language),
        tuple((told(name), text or "-") for name, text in rows.items()),
        tuple(told(f"NOTE-{name}") for name in NOTES),
    )


def _wiped(facts: Facts, form: str) -> str:
    """Each disk, the method that its erasure reached, and the day."""
    entry = facts.last("wipe")
    disks = [
        form.replace("{method}", _apart(one["method"])).replace("{serial}", _apart(one["serial"]))
        for one in (entry.body["evidence"].get("certificates", ()) if entry else ())
    ]
    return "; ".join([*disks, _apart(_day(facts, "wipe"))]) if disks else ""


def _apart(text: object) -> str:
    """Latin in an Arabic line, kept together (Unicode's isolates, UAX 9)."""
    return f"\u2068{text or '-'}\u2069"


def _image(facts: Facts) -> str:
    entry = facts.last("image")
    if entry is None:
        return ""
    evidence = entry.body["evidence"]
    told = f"{evidence.get('image', '-')} {str(evidence.get('digest', ''))[:16]}"
    return f"{_apart(told)} {_apart(_day(facts, 'image'))}"


def _day(facts: Facts, stage: str) -> str:
    entry = facts.last(stage)
    return str(entry.body["time"])[:10] if entry else ""
