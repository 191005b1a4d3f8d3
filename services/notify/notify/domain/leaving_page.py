"""The page behind the link that ends messages: plain HTML, read out well, no script, no cookie."""

from html import escape
from typing import Final, NamedTuple

from chassis.pages import Words, page, word

WORDS: Final[Words] = {
    "title": {"en": "Messages from {city}", "es": "Mensajes de {city}"},
    "ask": {"en": "Do you want to get no more messages?", "es": "¿No quiere recibir más mensajes?"},
    "told": {
        "en": "You get messages {by} about request {number}.",
        "es": "Usted recibe mensajes {by} sobre la solicitud {number}.",
    },
    "told_all": {
        "en": "You get messages {by} about your requests.",
        "es": "Usted recibe mensajes {by} sobre sus solicitudes.",
    },
    "told_notices": {
        "en": "You get the city's own notices {by}, as you agreed to.",
        "es": "Usted recibe los avisos de la ciudad {by}, como lo aceptó.",
    },
    "stop_notices": {"en": "Stop the city's own notices {by}", "es": "No recibir más avisos de la ciudad {by}"},
    "left_notices": {
        "en": "You get no more notices of the city's own {by}.",
        "es": "Ya no recibirá avisos de la ciudad {by}.",
    },
    "requests_go_on": {
        "en": "You still hear about your own requests.",
        "es": "Seguirá recibiendo noticias de sus propias solicitudes.",
    },
    "stop_request": {
        "en": "Stop messages about request {number}",
        "es": "No recibir más mensajes sobre la solicitud {number}",
    },
    "stop_all": {"en": "Stop all messages {by}", "es": "No recibir más ningún mensaje {by}"},
    "left_request": {
        "en": "You get no more messages {by} about request {number}.",
        "es": "Ya no recibirá mensajes {by} sobre la solicitud {number}.",
    },
    "left_all": {
        "en": "You get no more messages {by}. When you make a new request, we send you its number once.",
        "es": "Ya no recibirá mensajes {by}. Si hace una solicitud nueva, le enviaremos su número una vez.",
    },
    "goes_on": {
        "en": "The work on your request goes on. You can look it up at any time by its number.",
        "es": "El trabajo en su solicitud continúa. Puede consultarla cuando quiera con su número.",
    },
    "mistake": {"en": "Was this a mistake?", "es": "¿Fue un error?"},
    "back": {"en": "Send me these messages again", "es": "Volver a recibir estos mensajes"},
    "returned": {"en": "You get messages {by} again.", "es": "Usted vuelve a recibir mensajes {by}."},
    "unknown_title": {"en": "This link does not work", "es": "Este enlace no funciona"},
    "unknown": {
        "en": "The link is incomplete or wrong. Open it again from your message.",
        "es": "El enlace está incompleto o es incorrecto. Ábralo de nuevo desde su mensaje.",
    },
}
"""The page's own words."""
BY: Final[Words] = {
    "email": {"en": "by e-mail", "es": "por correo electrónico"},
    "sms": {"en": "by text", "es": "por mensaje de texto"},
    "voice": {"en": "by telephone", "es": "por teléfono"},
    "push": {"en": "in your browser", "es": "en su navegador"},
    "social": {"en": "on social networks", "es": "en redes sociales"},
    "letter": {"en": "by letter", "es": "por carta"},
    "webhook": {"en": "to your system", "es": "a su sistema"},
}
"""Channel -> how it is said."""


class Standing(NamedTuple):
    """Where somebody stands with the messages of a link: whose page in which words, and what was left."""

    language: str
    city: str
    channel: str
    number: str | None
    left_request: bool = False
    left_all: bool = False
    has_returned: bool = False
    of_notices: bool = False


def say(name: str, standing: Standing) -> str:
    """Say one of the page's own words; English where a language has none yet.

    >>> say("ask", Standing("es", "Springfield", "email", None)), say("stop_all", Standing("ko", "S", "email", None))
    ('¿No quiere recibir más mensajes?', 'Stop all messages by e-mail')
    """
    by, text = word(BY, standing.channel, standing.language), word(WORDS, name, standing.language)
    return text.format(city=standing.city, by=by, number=standing.number or "")


def page_of(standing: Standing, action: str) -> str:
    """Write the page: a question with buttons, or what was done and a button that takes it back.

    >>> made = page_of(Standing("es", "Springfield", "email", "AB-1", left_request=True), "?x=1&y=2")
    >>> '<html lang="es">' in made, 'role="status"' in made, 'action="?x=1&amp;y=2"' in made, 'value="return"' in made
    (True, True, True, True)
    """
    asks = not (standing.left_request or standing.left_all)
    return page(standing.language, say("title", standing), (_question if asks else _done)(standing, action))


def unknown_page(language: str, city: str) -> str:
    """Write the page for a link that was not signed here.

    >>> "<h1>Este enlace no funciona</h1>" in unknown_page("es", "Springfield")
    True
    """
    nowhere = Standing(language, city, "email", None)
    return page(nowhere.language, say("unknown_title", nowhere), f"<p>{escape(say('unknown', nowhere))}</p>")


def _question(standing: Standing, action: str) -> str:
    told = say(_named(standing, "told", "told_notices", "told_all"), standing)
    stop = _named(standing, "stop_request", "stop_notices", "")
    one = _button("leave", say(stop, standing)) if stop else ""
    every = _button("leave-all", say("stop_all", standing), second=bool(one))
    done = f'<p role="status">{escape(say("returned", standing))}</p>' if standing.has_returned else ""
    asked = f"<p>{escape(told)}</p><p>{escape(say('ask', standing))}</p>"
    return done + asked + _form(action, "".join(f"<p>{button}</p>" for button in (one, every) if button))


def _done(standing: Standing, action: str) -> str:
    one = "left_notices" if standing.of_notices else "left_request"
    left = say("left_all" if standing.left_all else one, standing)
    goes_on = "requests_go_on" if standing.of_notices and not standing.left_all else "goes_on"
    every = "" if standing.left_all else f"<p>{_button('leave-all', say('stop_all', standing), second=True)}</p>"
    back = f"<p>{_button('return', say('back', standing), second=True)}</p>"
    return (
        f'<p role="status"><strong>{escape(left)}</strong></p><p>{escape(say(goes_on, standing))}</p>'
        f"<h2>{escape(say('mistake', standing))}</h2>{_form(action, back + every)}"
    )


def _named(standing: Standing, of_request: str, of_notices: str, of_all: str) -> str:
    if standing.of_notices:
        return of_notices
    return of_request if standing.number else of_all


def _form(action: str, buttons: str) -> str:
    return f'<form method="post" action="{escape(action)}">{buttons}</form>'


def _button(value: str, text: str, *, second: bool = False) -> str:
    kind = ' class="second"' if second else ""
    return f'<button type="submit" name="do" value="{value}"{kind}>{escape(text)}</button>'
