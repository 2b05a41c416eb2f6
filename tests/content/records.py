"""Records made for tests and for measuring: oai_dc as catalogues of learning resources write it."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
    "<responseDate>{date}</responseDate><request>http://catalogue.example/oai</request>"
    "{body}</OAI-PMH>"
)
_DC = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/">{elements}</oai_dc:dc>'
)
TOPICS = (
    "الكسور",
    "الجاذبية",
    "النحو",
    "الخلية",
    "المناخ",
    "Les fractions",
    "La cellule",
    "Photosynthesis",
)


def envelope(body: str, date: str = "2026-11-24T08:00:00Z") -> bytes:
    """A whole answer."""
    return ENVELOPE.format(date=date, body=body).encode()


def header(identifier: str, stamp: str = "2026-11-01T00:00:00Z", *, deleted: bool = False) -> str:
    """A record's header."""
    status = ' status="deleted"' if deleted else ""
    return (
        f"<header{status}><identifier>{escape(identifier)}</identifier>"
        f"<datestamp>{stamp}</datestamp></header>"
    )


def record(identifier: str, metadata: str, stamp: str = "2026-11-01T00:00:00Z") -> str:
    """A record of any metadata."""
    return f"<record>{header(identifier, stamp)}<metadata>{metadata}</metadata></record>"


def deleted(identifier: str, stamp: str = "2026-11-02T00:00:00Z") -> str:
    """A withdrawn record (2.5.1): a header and nothing else."""
    return f"<record>{header(identifier, stamp, deleted=True)}</record>"


def dublin_core(elements: Iterable[tuple[str, str]]) -> str:
    """An oai_dc:dc element; `title@ar` gives the title's language."""
    parts = []
    for name, text in elements:
        tag, _, language = name.partition("@")
        attribute = f' xml:lang="{language}"' if language else ""
        parts.append(f"<dc:{tag}{attribute}>{escape(text)}</dc:{tag}>")
    return _DC.format(elements="".join(parts))


def lesson(number: int, *, stamp: str = "2026-11-01T00:00:00Z") -> str:
    """One of many lessons, as long and as full as real ones are."""
    topic = TOPICS[number % len(TOPICS)]
    french = number % len(TOPICS) in (5, 6)
    language = "ara" if number % len(TOPICS) < 5 else "fre" if french else "eng"
    text = f"{topic} {number}: " + (
        "درس رقمي مفتوح للمرحلة الأساسية يشرح المفهوم بأمثلة من الحياة اليومية وتمارين محلولة. " * 4
    )
    elements = [
        (f"title@{language[:2]}", f"{topic} {number}"),
        ("description", text),
        ("creator", f"المؤلف {number % 97}"),
        ("publisher", "ALECSO"),
        ("subject", "الرياضيات"),
        ("subject", f"وسم {number % 31}"),
        ("type", "lesson plan"),
        ("language", language),
        ("rights", "https://creativecommons.org/licenses/by/4.0/"),
        ("format", "application/pdf"),
        ("date", "2024-03-01"),
        ("identifier", f"https://catalogue.example/files/{number}.pdf"),
        ("identifier", f"ALECSO-{number:07d}"),
    ]
    return record(f"oai:catalogue.example:{number}", dublin_core(elements), stamp)


def list_records(records: Iterable[str], token: str | None = None) -> bytes:
    """A ListRecords page; a token of None leaves the element out."""
    end = "" if token is None else f"<resumptionToken>{escape(token)}</resumptionToken>"
    return envelope(f"<ListRecords>{''.join(records)}{end}</ListRecords>")
