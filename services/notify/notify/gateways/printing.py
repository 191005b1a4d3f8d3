"""Letters on paper: handed to the print room as they are intended, and written as one PDF when it takes them."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import fontpkg_noto_sans
from fpdf import FPDF

from notify.domain.letters import Letter
from notify.domain.paper import Sheet, written
from notify.domain.retries import Answer, Verdict

_MARGIN: Final = 25
_WINDOW: Final = 50
"""Millimetres from the top to the address, where envelopes have their window."""
_FAMILY: Final = "Noto Sans"
_FONT: Final = Path(fontpkg_noto_sans.ROOT) / "files" / "NotoSans[wdth,wght].ttf"
logging.getLogger("fpdf").setLevel(logging.ERROR)  # it would write which letters a text has that the type lacks
logging.getLogger("fontTools").setLevel(logging.ERROR)


class PrintGateway:
    """Hands letters to the print room."""

    at_once = 1

    async def send(self, letter: Letter) -> Answer:
        """Queue one letter, in the transaction that records it; it is settled when the print room has posted it."""
        sheet = Sheet(letter.address, letter.subject, letter.text, letter.language, letter.tracking_number, letter.at)
        return Answer(Verdict.QUEUED, "waits for the print room", paper=written(sheet))

    async def close(self) -> None:
        """Nothing is held."""


class _Paper(FPDF):
    """Pages whose foot names the letter and its own page, so that no sheet gets into another's envelope."""

    number, first = "", 1

    def footer(self) -> None:
        """Write the foot of a page."""
        self.set_y(-15)
        self.set_font(_FAMILY, size=8)
        self.cell(0, 5, f"{self.number} · {self.page_no() - self.first + 1}", align="R")


def pages_of(sheets: Sequence[Sheet], font: Path | None = None) -> bytes:
    """Write letters as one PDF, each from a page of its own on: address in the window, subject, text.

    The type is embedded and has Latin, Greek and Cyrillic letters; a sign that it lacks is an empty box, no error.
    """
    pdf = _Paper(format="letter")
    pdf.add_font(_FAMILY, "", font or _FONT)
    pdf.set_margin(_MARGIN)
    pdf.set_auto_page_break(auto=True, margin=_MARGIN)
    if sheets:
        pdf.set_lang(sheets[0].language)
        pdf.set_creation_date(max(sheet.at for sheet in sheets))
    for sheet in sheets:
        _write(pdf, sheet)
    return bytes(pdf.output())


def _write(pdf: _Paper, sheet: Sheet) -> None:
    next_page = pdf.page_no() + 1
    pdf.add_page()  # it writes the foot of the page before, which is still the last letter's
    pdf.number, pdf.first = sheet.tracking_number, next_page
    pdf.set_y(_WINDOW)
    for text, size, height, space in ((sheet.address, 11, 5, 15), (sheet.subject, 14, 7, 4), (sheet.text, 11, 6, 0)):
        pdf.set_font(_FAMILY, size=size)
        pdf.multi_cell(0, height, _printable(text), new_x="LMARGIN", new_y="NEXT")
        pdf.ln(space)


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable() or letter == "\n")
