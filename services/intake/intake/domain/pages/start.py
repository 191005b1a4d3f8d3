"""The first page: whom to call, how to report, and where to follow what was reported."""

from html import escape
from typing import Final

from chassis.pages import OWN_NAMES, Words, page, word
from contracts.city import City

_WORDS: Final[Words] = {
    "title": {"en": "{city}: 311", "es": "{city}: 311"},
    "danger": {
        "en": "Is somebody in danger? Call {phone} now.",
        "es": "¿Alguien está en peligro? Llame ahora al {phone}.",
    },
    "follow": {"en": "Follow a request", "es": "Consulte una solicitud"},
    "number": {"en": "Its number", "es": "Su número"},
    "show": {"en": "Show it", "es": "Mostrarla"},
    "report": {"en": "Report something, or ask", "es": "Reporte algo o pregunte"},
    "call": {"en": "Call {phone}", "es": "Llame al {phone}"},
    "write": {"en": "Write to {address}", "es": "Escriba a {address}"},
    "more": {"en": "More", "es": "Más"},
    "account": {
        "en": "Your account: your requests, and how you are told",
        "es": "Su cuenta: sus solicitudes y cómo le avisamos",
    },
    "map": {"en": "Requests on the map", "es": "Solicitudes en el mapa"},
    "feedback": {"en": "Tell the city how it goes", "es": "Dígale a la ciudad cómo le va"},
}  # fmt: skip


def start_page(city: City, feedback: str, language: str) -> str:
    """Show the way to everything a resident can do here; `feedback` is where one tells the city how it goes.

    >>> from intake.domain.conversations.examples import example
    >>> made = start_page(example()[1].city, "https://city.example/feedback?a=1&b=2", "en")
    >>> 'action="find"' in made, 'href="account?lang=en"' in made, "a=1&amp;b=2" in made, "danger" in made
    (True, True, True, True)
    """
    profile = city.profile
    danger = _said("danger", language, phone=profile.emergency.phone)
    ways = []
    if profile.phone:
        ways.append(_link(f"tel:{profile.phone}", _said("call", language, phone=profile.phone)))
    if profile.mail:
        ways.append(_link(f"mailto:{profile.mail.address}", _said("write", language, address=profile.mail.address)))
    more = [
        _link(f"account?lang={language}", _said("account", language)),
        _link(f"map?lang={language}", _said("map", language)),
        _link(feedback, _said("feedback", language)),
    ]
    others = [
        f'<a href="?lang={one}" lang="{one}" hreflang="{one}">{escape(OWN_NAMES.get(one, one))}</a>'
        for one in profile.languages
        if one != language
    ]
    body = (
        f"<p><strong>{escape(danger)}</strong></p><p>{' '.join(others)}</p>"
        f"<h2>{escape(_said('follow', language))}</h2>{_search(language)}"
        + (f"<h2>{escape(_said('report', language))}</h2>{_list(ways)}" if ways else "")
        + f"<h2>{escape(_said('more', language))}</h2>{_list(more)}"
    )
    return page(language, _said("title", language, city=profile.name), body)


def _said(name: str, language: str, **told: str) -> str:
    return word(_WORDS, name, language).format(**told)


def _link(address: str, text: str) -> str:
    return f'<a href="{escape(address)}">{escape(text)}</a>'


def _list(links: list[str]) -> str:
    return f"<ul>{''.join(f'<li>{one}</li>' for one in links)}</ul>"


def _search(language: str) -> str:
    return (
        f'<form method="get" action="find"><input type="hidden" name="lang" value="{language}"><div class="field">'
        f'<label for="number">{escape(_said("number", language))}</label>'
        f'<input id="number" name="number" type="text" required maxlength="100" autocomplete="off" spellcheck="false">'
        f"</div><button>{escape(_said('show', language))}</button></form>"
    )
