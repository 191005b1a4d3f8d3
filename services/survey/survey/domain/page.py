"""The survey as a page that works everywhere: plain HTML, labelled for screen readers, no script, no cookie."""

from collections.abc import Mapping, Sequence
from functools import partial
from html import escape
from typing import Any, Final, NamedTuple

from chassis.errors import FieldError
from chassis.pages import Words, first_spoken, page, word
from contracts.city import City, LocalizedText, SurveyQuestion
from contracts.event import RequestFacts
from survey.domain.answers import HIGHEST, LONGEST_TEXT, LOWEST
from survey.domain.questions import questions_for

WORDS: Final[Words] = {
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

said: Final = partial(word, WORDS)


class Sheet(NamedTuple):
    """What a page is about: whose language, which request, which questions."""

    language: str
    tracking_number: str
    service_name: str
    introduction: str
    questions: Sequence[SurveyQuestion]


def sheet_of(city: City, about: RequestFacts, language: str | None, agreed: str = "") -> Sheet:
    """Return what the survey of a request says, in the language asked for, else the reporter's, else the first."""
    spoken = first_spoken(city.profile.languages, language, about.language)
    return Sheet(
        spoken,
        about.tracking_number,
        city.service_name(about.service_code).say(spoken),
        city.survey.introduction.say(spoken),
        questions_for(city.survey, about.channel, agreed),
    )


def form_page(
    sheet: Sheet, action: str, given: Mapping[str, Any] | None = None, errors: Sequence[FieldError] = ()
) -> str:
    """Return the form; after a refusal with what was given and what needs another look."""
    fields = "".join(_field(question, sheet.language, (given or {}).get(question.code)) for question in sheet.questions)
    labels = {question.code: question.label.say(sheet.language) for question in sheet.questions}
    look = alert(said("correct", sheet.language), labels, errors)
    number = f"{said('request', sheet.language)} {sheet.tracking_number}: {sheet.service_name}"
    return page(
        sheet.language,
        said("title", sheet.language),
        f"<p>{escape(number)}</p><p>{escape(sheet.introduction)}</p>{look}"
        f'<form method="post" action="{escape(action)}">{fields}'
        f'<button type="submit">{escape(said("send", sheet.language))}</button></form>',
    )


def message_page(language: str, title: str, text: str, more: str = "") -> str:
    """Return a page that says one thing; `more` is the address where the city can be told something else.

    >>> "<h1>Gracias</h1>" in message_page("es", said("thanks", "es"), "Hasta pronto.")
    True
    >>> message_page("es", "Gracias", "Adiós.", "form?a=1&b=2").partition("<p>Adiós.</p>")[2].partition("</main>")[0]
    '<p><a href="form?a=1&amp;b=2">Decirle otra cosa a la ciudad</a></p>'
    """
    link = f'<p><a href="{escape(more)}">{escape(said("more", language))}</a></p>' if more else ""
    return page(language, title, f"<p>{escape(text)}</p>{link}")


def alert(says: str, labels: Mapping[str, str], errors: Sequence[FieldError]) -> str:
    """Name the fields that need another look, first on the page and read aloud; nothing where none does.

    >>> alert("Look again:", {"done": "Was it done?"}, [{"field": "done", "problem": "is missing"}])
    '<div role="alert"><p>Look again:</p><ul><li>Was it done?</li></ul></div>'
    """
    items = "".join(f"<li>{escape(labels.get(error['field'], error['field']))}</li>" for error in errors)
    return f'<div role="alert"><p>{escape(says)}</p><ul>{items}</ul></div>' if errors else ""


def _field(question: SurveyQuestion, language: str, given: Any) -> str:
    label = escape(question.label.say(language))
    label += f" <small>({escape(said('required', language))})</small>" if question.required else ""
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
        return [(value, said(value, language)) for value in ("yes", "no")]
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
