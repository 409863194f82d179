"""Writes a report down as HTML, PDF or CSV; the same inputs give the same bytes, wherever and whenever."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from estate.report.cells import to_csv
from estate.report.charts import lengths
from estate.report.document import Document, filled
from estate.report.period import ReportError
from estate.report.recorded import within
from estate.report.summary import target, title
from estate.report.wording import chapters, order, upper

if TYPE_CHECKING:
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

FORMATS = ("html", "pdf", "csv")
FONTS = Path("/usr/share/fonts/truetype/dejavu")
FACES = (
    ("DejaVu Sans", 400, "DejaVuSans"),
    ("DejaVu Sans", 700, "DejaVuSans-Bold"),
    ("DejaVu Sans Mono", 400, "DejaVuSansMono"),
)


def render(document: Document, form: str) -> bytes:
    """Gives the bytes of a report in one form: html, pdf or csv."""
    if form == "csv":
        return to_csv(document)
    html = to_html(document)
    return html.encode("utf-8") if form == "html" else to_pdf(html, document.digest)


def to_html(document: Document) -> str:
    """Gives one self-contained page: style and charts inside, nothing fetched."""
    templates = Path(__file__).parent / "templates"
    engine = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    engine.filters["upper_tr"] = upper
    speak = document.language
    return engine.get_template("report.html.j2").render(
        doc=document,
        inputs=document.inputs,
        month=document.inputs.month,
        speak=speak,
        t=speak.say,
        word=speak.word,
        chapters=chapters(),
        filled=filled(),
        title=lambda figure: title(figure, speak),
        target=lambda figure: target(figure, speak),
        in_order=lambda values: sorted(values, key=lambda value: order(speak.labels(value.labels))),
        lengths=lengths,
        within=within,
        scenarios={scenario.id: scenario.title for scenario in document.inputs.scenarios},
        style=(templates / "report.css").read_text(encoding="utf-8"),
    )


def to_pdf(html: str, digest: str) -> bytes:
    """Gives the tagged PDF of the page with its fonts embedded; its identifier is the digest of the inputs."""
    missing = [name for _, _, name in FACES if not (FONTS / f"{name}.ttf").is_file()]
    if missing:
        raise ReportError(
            f"PDF: the fonts {', '.join(missing)} are not in {FONTS}. Install the package fonts-dejavu-core."
        )
    from weasyprint import HTML  # as long to load as all the rest: whoever makes no PDF does without

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    fonts, local, faces = _drawn_with()
    page = HTML(string=html, base_url=None, url_fetcher=local)
    pdf = page.write_pdf(
        stylesheets=[faces], font_config=fonts, pdf_identifier=digest[:32].encode(), pdf_tags=True
    )
    return bytes(pdf)


@cache
def _drawn_with() -> tuple[FontConfiguration, URLFetcher, CSS]:
    """Gives fonts, reader of local files and the style that names them; made once, a page takes as long without."""
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    fonts = FontConfiguration()
    local = URLFetcher(allowed_protocols=["file"])
    return fonts, local, CSS(string=_faces(), font_config=fonts, url_fetcher=local)


def _faces() -> str:
    return "".join(
        f"@font-face {{ font-family: '{family}'; font-weight: {weight}; "
        f"src: url('{(FONTS / name).as_uri()}.ttf'); }}\n"
        for family, weight, name in FACES
    )
