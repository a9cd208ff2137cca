"""Typst sets the report: one template, data as JSON, nothing from the network or the system's fonts."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import yaml

from crmworkbook import files
from crmworkbook.charts.style import font_folder
from crmworkbook.client import Client
from crmworkbook.errors import ReportError
from crmworkbook.yaml_file import read_yaml

STANDARDS = ["a-2a", "ua-1"]
FONTS = ("Source Sans Pro", "DejaVu Sans")
_LEAST_FULL = 110.0  # mm from the top: a page that ends above this is less than a third full
_SPACINGS = (3.0, 2.4, 4.2, 5.0)  # points around a line of an appendix, tried in this order after the usual
_WEIGHTS = ("Regular", "It", "Semibold", "SemiboldIt")


def typeset(report: dict[str, Any], figures: Mapping[str, str], client: Client, target: Path) -> Path:
    """Write the PDF (PDF/A-2a and PDF/UA-1, same bytes for the same report).

    A chapter begins on a new page, unless the page before it would then be less than a third full.

    Args:
        report: What `crmworkbook.report.collect` gives.
        figures: File name to SVG.
        client: For the base date, and a ``brand.yaml`` and logo of its own.
        target: Path of the PDF; replaced whole or not at all.

    Raises:
        ReportError: Typst refused, or the file cannot be written.
    """
    import typst

    report = printable(report)
    report["brand"], logo = read_brand(client)
    report["spacing"] = 3.4
    stamp = datetime.combine(client.file.as_of, time(12), UTC)
    drawings = {f"figures/{name}": printable(drawing).encode() for name, drawing in figures.items()}
    template = (files.templates() / "report" / "report.typ").read_bytes()
    with tempfile.TemporaryDirectory() as room:
        fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(_fonts(Path(room)))])
        (Path(room) / "root").mkdir()

        def compiler() -> Any:
            data = json.dumps(report, ensure_ascii=False).encode()
            project: Any = {"main.typ": template, "report.json": data, **drawings, **logo}
            return typst.Compiler(project, root=str(Path(room) / "root"), font_paths=fonts)

        try:
            _fill_pages(report, compiler)
            pdf = compiler().compile(format="pdf", pdf_standards=STANDARDS, timestamp=stamp)
        except typst.TypstError as error:
            raise ReportError(f"the report could not be typeset: {error.message}\n{error.diagnostic}") from error
    return _replace(target, pdf)


def _fill_pages(report: dict[str, Any], compiler: Any) -> None:
    """Leave no part's last page nearly empty.

    A part follows on the page of the one before it where that page would be; and the appendices are set a little
    tighter or wider where the last page of all would be.
    """
    contents = [report["contents"]] if report["contents"]["shown"] else []
    parts = [report["front"], *contents, *report["chapters"], *report["appendices"]]
    ends = _ends(compiler)
    for _ in parts:
        thin = [n for n in range(1, len(parts)) if parts[n]["break"] and ends[parts[n - 1]["heading"]] < _LEAST_FULL]
        if not thin:
            break
        # a part that moves up ends elsewhere, so what follows it waits for the next turn
        moved = [n for position, n in enumerate(thin) if position == 0 or thin[position - 1] != n - 1]
        for n in moved:
            parts[n]["break"] = False
        ends = _ends(compiler)
    for spacing in _SPACINGS:
        if ends[parts[-1]["heading"]] >= _LEAST_FULL:
            return
        report["spacing"] = spacing
        ends = _ends(compiler)


def _ends(compiler: Any) -> dict[str, float]:
    """Where each part ends: millimetres from the top of its last page."""
    return {end["value"]["name"]: end["value"]["y"] for end in json.loads(compiler().query("<part-end>"))}


def read_brand(client: Client) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Colours of the text and a logo: the product's, overlaid with those of the client folder.

    Raises:
        ReportError: ``brand.yaml`` names what is not there, or a colour that is none.
    """
    brand = read_yaml(files.templates() / "report" / "brand.yaml")
    path = client.folder / "brand.yaml"
    try:
        own = read_yaml(path) if path.is_file() else {}
    except yaml.YAMLError as error:
        raise ReportError(f"{path}: this is not YAML: {error}") from error
    own = own or {}
    known = (*brand, "logo")
    if not isinstance(own, dict) or not set(own) <= set(known):
        raise ReportError(f"{path}: write lines of the form name: value; the names are {', '.join(known)}")
    logo = own.pop("logo", None)
    wrong = [name for name, value in own.items() if not re.fullmatch("#[0-9a-fA-F]{6}", str(value))]
    if wrong:
        raise ReportError(f"{path}: {', '.join(wrong)}: not a colour; write six hexadecimal digits, such as '#123a5a'")
    brand |= own | {"fonts": list(FONTS), "logo": None}
    if logo is None:
        return brand, {}
    picture = (client.folder / str(logo)).resolve()
    if not picture.is_file() or not picture.is_relative_to(client.folder.resolve()):
        raise ReportError(f"{path}: logo: there is no file {logo} in {client.folder}; correct the name")
    brand["logo"] = f"logo{picture.suffix}"
    return brand, {brand["logo"]: picture.read_bytes()}


def _fonts(room: Path) -> Path:
    """A folder with just the report's fonts, so that every machine sets the same letters."""
    folder = room / "fonts"
    folder.mkdir()
    for weight in _WEIGHTS:
        shutil.copy(font_folder() / f"SourceSansPro-{weight}.ttf", folder)
    shutil.copy(_fallback_font(), folder)
    return folder


def _fallback_font() -> Path:
    return Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


@cache
def _known_letters() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    fonts = (font_folder() / "SourceSansPro-Regular.ttf", _fallback_font())
    return frozenset(code for font in fonts for code in TTFont(font, lazy=True).getBestCmap()) | {10, 0x200B}


def printable(content: Any) -> Any:
    """The same text (or tree of texts) with letters that no font of the report has shown by their code."""
    if isinstance(content, str):
        return content if content.isascii() else "".join(map(_letter, content))
    if isinstance(content, dict):
        return {key: printable(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [printable(value) for value in content]
    return content


def _letter(letter: str) -> str:
    return letter if ord(letter) < 128 or ord(letter) in _known_letters() else f"[U+{ord(letter):04X}]"


def _replace(target: Path, pdf: bytes) -> Path:
    """Write *pdf* so that the target is the old file or the new one, never half of it."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        temporary.write_bytes(pdf)
        os.replace(temporary, target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ReportError(f"cannot write {target}: {error.strerror}; close it, or choose --output") from error
    return target
