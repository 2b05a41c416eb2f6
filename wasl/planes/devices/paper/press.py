"""Label and sheet as PDF: HTML set by Pango (WeasyPrint), nothing fetched from anywhere."""

from __future__ import annotations

import io
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.files import write_atomic
from wasl.planes.devices.paper.facts import Facts
from wasl.planes.devices.paper.sections import sections

PAPERS = ("label", "sheet")


def html(name: str, facts: Facts) -> str:
    """A paper as HTML; what records and manifests say is escaped."""
    from jinja2 import Environment
    from markupsafe import Markup

    environment = Environment(autoescape=True)
    template = environment.from_string(
        files(__package__).joinpath(f"{name}.html").read_text("utf-8")
    )
    return template.render(
        sections=sections(facts),
        number=facts.number,
        name=facts.name,
        profile=facts.profile,
        code=facts.code,
        code_svg=Markup(qr(facts.code)),  # noqa: S704 - made here, of digits and letters
    )


def qr(text: str) -> str:
    """A QR code that survives a scratched label (level M), as SVG."""
    import segno

    out = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(out, kind="svg", xmldecl=False, svgns=True, border=2, omitsize=True)
    return out.getvalue().decode()


def pdf(page: str) -> tuple[bytes, list[tuple[int, int]]]:
    """The PDF, and width and height of each page in mm. Raises WASL-HANDOVER-PAPERS."""
    try:
        import weasyprint
    except (ImportError, OSError) as error:  # OSError: Pango is not installed
        raise DeviceError("WASL-HANDOVER-PAPERS", reason=str(error).splitlines()[0]) from None
    document = weasyprint.HTML(string=page, url_fetcher=_nothing()).render()
    made: bytes = document.write_pdf()
    return made, [(_mm(one.width), _mm(one.height)) for one in document.pages]


def _nothing() -> Any:
    """What fetches nothing: a class from WeasyPrint 68 on, a function for the one of Debian 13."""
    from weasyprint import urls

    if hasattr(urls, "URLFetcher"):
        return urls.URLFetcher(allowed_protocols=())
    return _refuse


def _refuse(url: str, **_: object) -> None:
    raise ValueError(f"{url}: nothing is fetched")


def _mm(pixels: float) -> int:
    return round(pixels / 96 * 25.4)


def press(facts: Facts, folder: Path, names: Sequence[str] = PAPERS) -> dict[str, Path]:
    """Write label and sheet, or those that are named, one page each, into `folder`.

    Raises WASL-HANDOVER-PAPERS, WASL-MEDIUM-FULL, WASL-MEDIUM-GONE.
    """
    made = {}
    for name in names:
        data, pages = pdf(html(name, facts))
        if len(pages) != 1:
            raise DeviceError("WASL-HANDOVER-PAPERS", reason=f"{name}: {len(pages)} pages")
        made[name] = folder / f"{name}.pdf"
        write_atomic(made[name], data, 0o600)
    return made
