"""A request as everybody may follow it: where it stands, what happened, what comes next."""

from collections.abc import Mapping
from html import escape
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from chassis.pages import Words, page, word
from contracts.city import City
from contracts.vocabulary import Substatus
from intake.domain.pages.moments import moment
from intake.domain.pages.telling import TOLD, told

_WORDS: Final[Words] = {
    "request": {"en": "Request", "es": "Solicitud"},
    "service": {"en": "About", "es": "Asunto"},
    "state": {"en": "Where it stands", "es": "Estado"},
    "forecast": {"en": "When", "es": "Cuándo"},
    "agencies": {"en": "Who has it", "es": "Quién la tiene"},
    "address": {"en": "Where", "es": "Dónde"},
    "parent": {"en": "Follows request", "es": "Sigue a la solicitud"},
    "explanation": {"en": "How it ended", "es": "Cómo terminó"},
    "visible_from": {"en": "There to see from", "es": "Se podrá ver desde"},
    "process": {"en": "How the work goes, step by step", "es": "Cómo se hace el trabajo, paso a paso"},
    "feedback": {"en": "How does it go? Tell the city", "es": "¿Cómo le va? Dígale a la ciudad"},
    "history": {"en": "What happened", "es": "Qué ha pasado"},
    "live": {
        "en": "This page shows what is new by itself.",
        "es": "Esta página muestra lo nuevo por sí sola.",
    },
    "reload": {"en": "Load this page again to see what is new.", "es": "Vuelva a cargar la página para ver lo nuevo."},
    "unknown": {
        "en": "There is no request of this number. Look at it again, letter by letter.",
        "es": "No hay ninguna solicitud con este número. Revíselo letra por letra.",
    },
}
SCRIPT: Final = """\
"use strict";
(function () {
  var page = document.querySelector("[data-stream]");
  if (!page || !window.EventSource) { return; }
  var language = document.documentElement.lang, list = page.querySelector("ol");
  function say(texts) { return texts ? texts[language] || Object.values(texts)[0] || "" : ""; }
  function put(name, text) {
    var place = page.querySelector("[data-" + name + "]");
    if (place && text && place.textContent !== text) { place.textContent = text; }
  }
  function show(told) { put("state", say(told.state)); put("forecast", say(told.forecast)); }
  var source = new EventSource(page.dataset.stream);
  source.onopen = function () { put("hint", page.dataset.live); };
  source.addEventListener("state", function (event) { show(JSON.parse(event.data)); });
  source.addEventListener("change", function (event) {
    var told = JSON.parse(event.data), key = told.kind + " " + told.at;
    show(told);
    if (Array.prototype.some.call(list.children, function (one) { return one.dataset.key === key; })) { return; }
    var line = document.createElement("li"), time = document.createElement("time");
    line.dataset.key = key;
    time.dateTime = told.at;
    time.textContent = say(told.when);
    line.append(time, " ", say(told.said));
    list.append(line);
  });
})();
"""
"""Adds lines as they happen; without it the page is whole as it was loaded."""


def state_of(city: City, view: Mapping[str, Any]) -> dict[str, Any]:
    """Say where a request stands, in every language of the city.

    >>> from intake.domain.conversations.examples import example
    >>> city = example()[1].city
    >>> state_of(city, {"status": "closed", "substatus": "closed"})["status"]
    'closed'
    """
    words = city.statuses.get(Substatus(view["substatus"]))
    languages = city.profile.languages
    meaning = {lang: f"{words.name.say(lang)}. {words.meaning.say(lang)}" for lang in languages} if words else {}
    return {
        "status": view["status"],
        "substatus": view["substatus"],
        "state": meaning or dict.fromkeys(languages, view["substatus"]),
        "forecast": view.get("forecast") or {},
    }


def change_of(city: City, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Say one entry of the public timeline, in every language of the city.

    >>> from intake.domain.conversations.examples import example
    >>> city = example()[1].city
    >>> change_of(city, {"kind": "reopened", "at": "2026-03-02T21:05:00+00:00"})["said"]["en"]
    'Open again.'
    """
    zone, languages = ZoneInfo(city.profile.time_zone), city.profile.languages
    when = {language: moment(entry["at"], zone, language) for language in languages}
    return {**entry, "said": {lang: told(city, entry, lang) for lang in languages}, "when": when}


def stage_of(view: Mapping[str, Any]) -> str:
    """Tell which part of its way a request is on: being taken, worked on, or closed.

    >>> views = ({"status": "open"}, {"status": "open", "agencies": ["lights"]}, {"status": "closed", "agencies": []})
    >>> [stage_of(view) for view in views]
    ['intake', 'work', 'closure']
    """
    return "closure" if view["status"] == "closed" else "work" if view.get("agencies") else "intake"


class Links(NamedTuple):
    """Where else a request's page leads: to the steps of its work, and to where one says how it goes."""

    process: str | None = None
    feedback: str | None = None


NOWHERE: Final = Links()


def request_page(city: City, view: Mapping[str, Any], language: str, after: int, links: Links = NOWHERE) -> str:
    """Show a request; `after` names the last entry that is on the page.

    >>> from intake.domain.conversations.examples import example
    >>> city = example()[1].city
    >>> view = {"tracking_number": "AB12", "status": "open", "substatus": "received", "service_name": {"en": "Paint"}}
    >>> shown = request_page(city, view | {"address": "<b>1 Main St</b>", "timeline": []}, "en", 7)
    >>> "AB12/stream?after=7" in shown, "<b>1 Main" in shown
    (True, False)
    """
    number, told_now = view["tracking_number"], state_of(city, view)
    zone = ZoneInfo(city.profile.time_zone)
    facts = [
        ("service", view["service_name"].get(language) or view["service_code"], ""),
        ("state", told_now["state"].get(language, ""), ' role="status" data-state'),
        ("forecast", told_now["forecast"].get(language, ""), " data-forecast"),
        ("agencies", ", ".join(_agency(city, slug, language) for slug in view.get("agencies", ())), ""),
        ("address", view.get("address") or "", ""),
        ("parent", view.get("parent_number") or "", ""),
        ("explanation", (view.get("explanation") or {}).get(language, ""), ""),
        ("visible_from", moment(view["visible_from"], zone, language) if view.get("visible_from") else "", ""),
    ]
    shown = "".join(
        f"<dt>{escape(word(_WORDS, name, language))}</dt><dd{mark}>{escape(text)}</dd>"
        for name, text, mark in facts
        if text or mark
    )
    lines = "".join(_line(city, entry, language) for entry in view["timeline"] if entry["kind"] in TOLD)
    live = escape(word(_WORDS, "live", language))
    steps = _link(f"{links.process}?language={language}" if links.process else None, "process", language)
    body = (
        f'<div data-stream="{escape(number)}/stream?after={after}" data-live="{live}"><dl>{shown}</dl>{steps}'
        f"<h2>{escape(word(_WORDS, 'history', language))}</h2>"
        f'<p data-hint>{escape(word(_WORDS, "reload", language))}</p><ol aria-live="polite">{lines}</ol></div>'
        f"{_link(links.feedback, 'feedback', language)}"
    )
    return page(language, f"{word(_WORDS, 'request', language)} {number}", body, "../request-page.js")


def _link(address: str | None, said: str, language: str) -> str:
    return f'<p><a href="{escape(address)}">{escape(word(_WORDS, said, language))}</a></p>' if address else ""


def unknown_page(language: str) -> str:
    """Say that there is no such request.

    >>> "no request of this number" in unknown_page("en")
    True
    """
    return page(language, word(_WORDS, "request", language), f"<p>{escape(word(_WORDS, 'unknown', language))}</p>")


def _line(city: City, entry: Mapping[str, Any], language: str) -> str:
    at = entry["at"] if isinstance(entry["at"], str) else entry["at"].isoformat()
    when = moment(entry["at"], ZoneInfo(city.profile.time_zone), language)
    said = escape(told(city, entry, language))
    return f'<li data-key="{entry["kind"]} {at}"><time datetime="{at}">{when}</time> {said}</li>'


def _agency(city: City, slug: str, language: str) -> str:
    agency = city.agencies.get(slug)
    return agency.name.say(language) if agency else slug
