"""The survey as a page that works everywhere: plain HTML, labelled for screen readers, no script, no cookie."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final, NamedTuple

from chassis.errors import FieldError
from contracts.city import City, LocalizedText, SurveyQuestion
from contracts.event import RequestFacts
from survey.domain.answers import HIGHEST, LONGEST_TEXT, LOWEST
from survey.domain.questions import questions_for

SECURITY: Final[Mapping[str, str]] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
"""The page's address holds the link's secret: it is neither stored nor passed on."""

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "title": {"en": "How did we do?", "es": "¿Cómo lo hicimos?"},
    "request": {"en": "Request", "es": "Solicitud"},
    "required": {"en": "needs an answer", "es": "necesita respuesta"},
    "yes": {"en": "Yes", "es": "Sí"},
    "no": {"en": "No", "es": "No"},
    "send": {"en": "Send", "es": "Enviar"},
    "correct": {"en": "Please look at these questions again:", "es": "Por favor revise estas preguntas:"},
    "unanswered": {"en": "this question needs an answer", "es": "esta pregunta necesita respuesta"},
    "unreadable": {"en": "this answer cannot be read", "es": "esta respuesta no se puede leer"},
    "thanks": {"en": "Thank you", "es": "Gracias"},
    "more": {"en": "Tell the city something else", "es": "Decirle otra cosa a la ciudad"},
    "gone": {"en": "This survey is not open", "es": "Esta encuesta no está abierta"},
    "answered": {
        "en": "It was answered already. Thank you.",
        "es": "Ya fue contestada. Gracias.",
    },
    "withdrawn": {
        "en": "Your request is open again. You will be asked once it is closed.",
        "es": "Su solicitud está abierta de nuevo. Le preguntaremos cuando se cierre.",
    },
    "expired": {
        "en": "The time to answer has passed. Call 311 if the work is not done.",
        "es": "El plazo para contestar ya pasó. Llame al 311 si el trabajo no está hecho.",
    },
    "unknown": {
        "en": "The link is incomplete or wrong. Open it again from your message.",
        "es": "El enlace está incompleto o es incorrecto. Ábralo de nuevo desde su mensaje.",
    },
}
"""The page's own few words; the questions are the city's."""

STYLE: Final = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:1.5rem auto;padding:0 1rem}"
    "fieldset,.field{border:1px solid #767676;border-radius:.4rem;margin:1rem 0;padding:.7rem 1rem}"
    "legend,.field>label{font-weight:600}label.choice{display:block;padding:.35rem 0}input{width:1.2rem;height:1.2rem}"
    "textarea{width:100%;font:inherit;box-sizing:border-box}button{font:inherit;padding:.6rem 1.6rem}"
    "[role=alert]{border:2px solid #b00020;padding:.5rem 1rem}"
)


class Sheet(NamedTuple):
    """What a page is about: whose language, which request, which questions."""

    language: str
    tracking_number: str
    service_name: str
    introduction: str
    questions: Sequence[SurveyQuestion]


def sheet_of(city: City, about: RequestFacts, language: str | None) -> Sheet:
    """Return what the survey of a request says, in the language asked for, else the reporter's, else the first."""
    spoken = city.profile.languages
    said = next((code for code in (language, about.language) if code in spoken), spoken[0])
    return Sheet(
        said,
        about.tracking_number,
        city.service_name(about.service_code).say(said),
        city.survey.introduction.say(said),
        questions_for(city.survey, about.channel),
    )


def word(name: str, language: str, words: Mapping[str, Mapping[str, str]] = WORDS) -> str:
    """Return one of a page's own words; English where a language has none yet.

    >>> word("send", "es"), word("send", "ko")
    ('Enviar', 'Send')
    """
    return words[name].get(language) or words[name]["en"]


def form_page(
    sheet: Sheet, action: str, given: Mapping[str, Any] | None = None, errors: Sequence[FieldError] = ()
) -> str:
    """Return the form; after a refusal with what was given and what needs another look."""
    fields = "".join(_field(question, sheet.language, (given or {}).get(question.code)) for question in sheet.questions)
    labels = {question.code: question.label.say(sheet.language) for question in sheet.questions}
    look = alert(word("correct", sheet.language), labels, errors)
    number = f"{word('request', sheet.language)} {sheet.tracking_number}: {sheet.service_name}"
    return page_of(
        sheet.language,
        word("title", sheet.language),
        f"<p>{escape(number)}</p><p>{escape(sheet.introduction)}</p>{look}"
        f'<form method="post" action="{escape(action)}">{fields}'
        f'<button type="submit">{escape(word("send", sheet.language))}</button></form>',
    )


def message_page(language: str, title: str, text: str, more: str = "") -> str:
    """Return a page that says one thing; `more` is the address where the city can be told something else.

    >>> "<h1>Gracias</h1>" in message_page("es", word("thanks", "es"), "Hasta pronto.")
    True
    >>> message_page("es", "Gracias", "Adiós.", "form?a=1&b=2").partition("<p>Adiós.</p>")[2].partition("</main>")[0]
    '<p><a href="form?a=1&amp;b=2">Decirle otra cosa a la ciudad</a></p>'
    """
    link = f'<p><a href="{escape(more)}">{escape(word("more", language))}</a></p>' if more else ""
    return page_of(language, title, f"<p>{escape(text)}</p>{link}")


def page_of(language: str, title: str, body: str) -> str:
    """Frame a page of survey's; `body` is HTML already.

    >>> page = page_of("es", "Gracias & adiós", "<p>Hasta pronto.</p>")
    >>> '<html lang="es">' in page, "<h1>Gracias &amp; adiós</h1><p>Hasta pronto.</p>" in page
    (True, True)
    """
    return (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )


def alert(says: str, labels: Mapping[str, str], errors: Sequence[FieldError]) -> str:
    """Name the fields that need another look, first on the page and read aloud; nothing where none does.

    >>> alert("Look again:", {"done": "Was it done?"}, [{"field": "done", "problem": "is missing"}])
    '<div role="alert"><p>Look again:</p><ul><li>Was it done?</li></ul></div>'
    """
    items = "".join(f"<li>{escape(labels.get(error['field'], error['field']))}</li>" for error in errors)
    return f'<div role="alert"><p>{escape(says)}</p><ul>{items}</ul></div>' if errors else ""


def _field(question: SurveyQuestion, language: str, given: Any) -> str:
    label = escape(question.label.say(language))
    label += f" <small>({escape(word('required', language))})</small>" if question.required else ""
    if question.kind == "text":
        return (
            f'<div class="field"><label for="{question.code}">{label}</label><textarea id="{question.code}" '
            f'name="{question.code}" rows="4" maxlength="{LONGEST_TEXT}">{escape(str(given or ""))}</textarea></div>'
        )
    choices = "".join(
        choice(question.code, value, text, given, required=question.required)
        for value, text in _choices(question, language)
    )
    return f"<fieldset><legend>{label}</legend>{choices}</fieldset>"


def _choices(question: SurveyQuestion, language: str) -> list[tuple[str, str]]:
    if question.kind == "yes_no":
        return [(value, word(value, language)) for value in ("yes", "no")]
    ends = {LOWEST: question.lowest, HIGHEST: question.highest}
    return [(str(n), _rated(n, ends.get(n), language)) for n in range(LOWEST, HIGHEST + 1)]


def _rated(number: int, end: LocalizedText | None, language: str) -> str:
    return f"{number}: {end.say(language)}" if end else str(number)


def choice(name: str, value: str, text: str, given: Any, *, required: bool) -> str:
    """Offer one answer of several.

    >>> choice("done", "yes", "Yes", "yes", required=True)
    '<label class="choice"><input type="radio" name="done" value="yes" checked required> Yes</label>'
    """
    marks = (" checked" if str(given) == value else "") + (" required" if required else "")
    return f'<label class="choice"><input type="radio" name="{name}" value="{value}"{marks}> {escape(text)}</label>'
