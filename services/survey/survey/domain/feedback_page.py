"""The page on which anybody tells the city something: plain HTML, labelled for screen readers, no script, no cookie."""

from collections.abc import Mapping, Sequence
from functools import partial
from html import escape
from typing import Any, Final

from chassis.errors import FieldError
from chassis.pages import Words, page, word
from contracts.city import City
from contracts.survey import FeedbackKind
from survey.domain.answers import HIGHEST, LONGEST_TEXT, LOWEST
from survey.domain.page import alert, choice

WORDS: Final[Words] = {
    "title": {"en": "Tell the city", "es": "Dígale a la ciudad"},
    "introduction": {
        "en": "Praise, complain or say what you think. Nobody needs your name. To report a problem, call 311.",
        "es": "Agradezca, quéjese o diga lo que piensa, sin dar su nombre. Para reportar un problema, llame al 311.",
    },
    "kind": {"en": "What is it?", "es": "¿Qué es?"},
    "praise": {"en": "Thanks to a crew or a person", "es": "Un agradecimiento a una cuadrilla o persona"},
    "complaint": {"en": "A complaint", "es": "Una queja"},
    "feedback": {"en": "An opinion or an idea", "es": "Una opinión o una idea"},
    "category": {"en": "With a complaint: what is it about?", "es": "Si es una queja: ¿de qué se trata?"},
    "tracking_number": {
        "en": "Number of your request, if it is about one",
        "es": "Número de su solicitud, si se trata de una",
    },
    "rating": {
        "en": "How did it go so far? 1 is very poor, 5 is very good",
        "es": "¿Cómo le ha ido hasta ahora? 1 es muy mal, 5 es muy bien",
    },
    "text": {"en": "In your own words", "es": "En sus propias palabras"},
    "token": {"en": "The link you came by", "es": "El enlace por el que llegó"},
    "correct": {"en": "Please look at this again:", "es": "Por favor revise esto:"},
    "send": {"en": "Send", "es": "Enviar"},
    "taken": {"en": "Thank you", "es": "Gracias"},
    "said": {
        "en": "We have it, and somebody looks after it. Keep this link to read what becomes of it:",
        "es": "Lo recibimos y alguien se encarga. Guarde este enlace para leer qué pasa:",
    },
    "follow": {"en": "What becomes of it", "es": "Qué pasó con esto"},
    "waiting": {"en": "Nobody has answered yet.", "es": "Todavía nadie ha respondido."},
    "answer": {"en": "The answer", "es": "La respuesta"},
    "not_taken": {"en": "This was not taken", "es": "No se recibió"},
    "later": {
        "en": "Too much came from your network. Please try again later, or call 311.",
        "es": "Llegaron demasiados mensajes de su red. Intente más tarde o llame al 311.",
    },
    "unknown": {"en": "The link is incomplete or wrong.", "es": "El enlace está incompleto o es incorrecto."},
}
"""The page's own words; what complaints are about is the city's."""
_KINDS: Final = (FeedbackKind.PRAISE, FeedbackKind.COMPLAINT, FeedbackKind.FEEDBACK)


said: Final = partial(word, WORDS)


def feedback_form(
    city: City, language: str, action: str, given: Mapping[str, Any], errors: Sequence[FieldError] = ()
) -> str:
    """Return the form; after a refusal with what was given and what needs another look.

    >>> from types import SimpleNamespace as Some
    >>> city = Some(survey=Some(categories=()))
    >>> given, errors = {"kind": "praise", "text": "<3"}, [{"field": "text", "problem": "is empty"}]
    >>> shown = feedback_form(city, "es", "?lang=es", given, errors)
    >>> [part in shown for part in ('value="praise" checked', ">&lt;3</textarea>", "<li>En sus propias palabras")]
    [True, True, True]
    """
    chosen, labels = given.get("kind"), {name: said(name, language) for name in WORDS}
    kinds = "".join(choice("kind", kind.value, labels[kind.value], chosen, required=True) for kind in _KINDS)
    number, text = (escape(str(given.get(name) or "")) for name in ("tracking_number", "text"))
    return page(
        language,
        said("title", language),
        f"<p>{escape(said('introduction', language))}</p>{alert(labels['correct'], labels, errors)}"
        f'<form method="post" action="{escape(action)}">'
        f"<fieldset><legend>{escape(said('kind', language))}</legend>{kinds}</fieldset>"
        f"{_categories(city, language, given)}"
        f"<fieldset><legend>{escape(said('rating', language))}</legend>{_ratings(given)}</fieldset>"
        f'<div class="field">{_label("tracking_number", language)}<input id="tracking_number" name="tracking_number" '
        f'style="width:100%;height:auto;font:inherit;box-sizing:border-box" maxlength="40" value="{number}"></div>'
        f'<div class="field">{_label("text", language)}<textarea id="text" name="text" rows="6" required '
        f'maxlength="{LONGEST_TEXT}">{text}</textarea></div>'
        f'<button type="submit">{escape(said("send", language))}</button></form>',
    )


def taken_page(language: str, link: str) -> str:
    """Return the page that says that it was taken, and where to read what becomes of it.

    >>> '<a href="/feedback/1?token=a&amp;lang=es">' in taken_page("es", "/feedback/1?token=a&lang=es")
    True
    """
    follow = f'<p><a href="{escape(link)}">{escape(said("follow", language))}</a></p>'
    return page(language, said("taken", language), f"<p>{escape(said('said', language))}</p>{follow}")


def outcome_page(language: str, reply: str | None) -> str:
    """Return the page of what became of it.

    >>> "Nobody has answered yet." in outcome_page("en", None), "We pay." in outcome_page("en", "We pay.")
    (True, True)
    """
    answer = f"<h2>{escape(said('answer', language))}</h2><p>{escape(reply)}</p>" if reply else ""
    return page(language, said("follow", language), answer or f"<p>{escape(said('waiting', language))}</p>")


def _categories(city: City, language: str, given: Mapping[str, Any]) -> str:
    if not city.survey.categories:
        return ""
    options = "".join(
        f'<option value="{one.code}"{" selected" if given.get("category") == one.code else ""}>'
        f"{escape(one.name.say(language))}</option>"
        for one in city.survey.categories
    )
    chosen = f'<select id="category" name="category"><option value=""></option>{options}</select>'
    return f'<div class="field">{_label("category", language)}{chosen}</div>'


def _ratings(given: Mapping[str, Any]) -> str:
    numbers = [str(number) for number in range(LOWEST, HIGHEST + 1)]
    return "".join(choice("rating", one, one, given.get("rating"), required=False) for one in numbers)


def _label(name: str, language: str) -> str:
    return f'<label for="{name}">{escape(said(name, language))}</label>'
