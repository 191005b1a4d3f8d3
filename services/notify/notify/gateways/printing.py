"""Letters on paper: written as PDF, and queued in the transaction that settles them."""

from typing import Final

from fpdf import FPDF

from notify.domain.letters import Letter
from notify.domain.retries import Answer, Verdict

_MARGIN: Final = 25
_WINDOW: Final = 50
"""Millimetres from the top to the address, where envelopes have their window."""


class PrintGateway:
    """Writes letters for the printer."""

    at_once = 1

    async def send(self, letter: Letter) -> Answer:
        """Write one letter; it is queued when the message is settled, and so neither lost nor printed twice."""
        return Answer(Verdict.TAKEN, "waits for the printer", pages=pages_of(letter))

    async def close(self) -> None:
        """Nothing is held."""


def pages_of(letter: Letter) -> bytes:
    """Write a letter as PDF: address in the window, subject, text."""
    pdf = FPDF(format="letter")
    pdf.set_margin(_MARGIN)
    pdf.set_auto_page_break(auto=True, margin=_MARGIN)
    pdf.set_title(_latin(letter.subject))
    pdf.set_lang(letter.language)
    pdf.set_creation_date(letter.at)
    pdf.add_page()
    pdf.set_y(_WINDOW)
    pdf.set_font("helvetica", size=11)
    pdf.multi_cell(0, 5, _latin(letter.address), new_x="LMARGIN", new_y="NEXT")
    pdf.ln(15)
    pdf.set_font("helvetica", style="B", size=13)
    pdf.multi_cell(0, 7, _latin(letter.subject), new_x="LMARGIN", new_y="NEXT")
    pdf.ln(4)
    pdf.set_font("helvetica", size=11)
    pdf.multi_cell(0, 6, _latin(letter.text), new_x="LMARGIN", new_y="NEXT")
    return bytes(pdf.output())


def _latin(text: str) -> str:
    """Keep what the printer's own type has; a letter it lacks becomes a question mark, never an error."""
    return text.encode("latin-1", "replace").decode("latin-1")
