"""The map of recent requests: drawn without tiles or scripts, with a table beside it that says the same in words."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from math import cos, radians
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from chassis.pages import Words, page, word
from contracts.city import City, say_duration
from intake.domain.pages.moments import moment
from intake.domain.public.pace import DAYS, Pace

Ring = Sequence[tuple[float, float]]
"""Longitudes and latitudes around a piece of ground."""
_WIDTH: Final = 640.0
_WORDS: Final[Words] = {
    "title": {"en": "Requests on the map", "es": "Solicitudes en el mapa"},
    "area": {"en": "Where", "es": "Dónde"},
    "everywhere": {"en": "The whole city", "es": "Toda la ciudad"},
    "service": {"en": "About", "es": "Asunto"},
    "every_service": {"en": "Anything", "es": "Cualquier asunto"},
    "status": {"en": "State", "es": "Estado"},
    "both": {"en": "Open and closed", "es": "Abiertas y cerradas"},
    "open": {"en": "Open", "es": "Abiertas"},
    "closed": {"en": "Closed", "es": "Cerradas"},
    "show": {"en": "Show", "es": "Mostrar"},
    "pace": {
        "en": "Of {closed} requests closed here in the last {days} days, half were done within {half},"
        " and 8 of 10 within {most}.",
        "es": "De {closed} solicitudes cerradas aquí en los últimos {days} días, la mitad se terminó en {half},"
        " y 8 de 10 en {most}.",
    },
    "no_pace": {
        "en": "Too few requests were closed here in the last {days} days to say how quickly.",
        "es": "Se cerraron muy pocas solicitudes aquí en los últimos {days} días para decir en cuánto tiempo.",
    },
    "drawn": {
        "en": "A map with {count} requests: circles are open, squares are closed. The table below names each.",
        "es": "Un mapa con {count} solicitudes: los círculos son abiertas, los cuadros cerradas. La tabla las nombra.",
    },
    "number": {"en": "Number", "es": "Número"},
    "address": {"en": "Address", "es": "Dirección"},
    "opened": {"en": "Reported", "es": "Reportada"},
    "none": {"en": "There are none.", "es": "No hay ninguna."},
    "live": {"en": "This page shows what is new by itself.", "es": "Esta página muestra lo nuevo por sí sola."},
}  # fmt: skip
SCRIPT: Final = """\
"use strict";
(function () {
  var live = document.getElementById("live"), hint = document.getElementById("hint");
  if (!live || !window.fetch || !window.DOMParser) { return; }
  hint.hidden = false;
  setInterval(function () {
    if (document.hidden || live.contains(document.activeElement)) { return; }
    fetch(location.href, { headers: { Accept: "text/html" } }).then(function (answer) {
      return answer.ok ? answer.text() : null;
    }).then(function (text) {
      var fresh = text && new DOMParser().parseFromString(text, "text/html").getElementById("live");
      if (fresh && fresh.innerHTML !== live.innerHTML) { live.replaceChildren.apply(live, fresh.childNodes); }
    }).catch(function () {});
  }, 10000);
})();
"""
"""Looks every ten seconds for what is new; without it the page is whole as it was loaded."""


class Chosen(NamedTuple):
    """What is to be shown: `area` is a kind and an id."""

    area: tuple[str, str] | None = None
    service: str | None = None
    status: str | None = None


class Ground(NamedTuple):
    """What is known of the areas: their ids by kind, and the outline of each that is to be drawn."""

    ids: Mapping[str, Sequence[str]]
    outlines: Sequence[Ring] = ()


def map_page(
    city: City, shown: Sequence[Mapping[str, Any]], pace: Pace | None, ground: Ground, chosen: Chosen, language: str
) -> str:
    """Show requests as points and in a table, and how quickly those of the place chosen were completed.

    >>> from intake.domain.conversations.examples import example
    >>> lamp = {"tracking_number": "AB12", "latitude": 34.0, "longitude": -118.0, "status": "open", "address": "<i>",
    ...     "service_name": {"en": "Paint"}, "service_code": "paint", "opened_at": "2026-03-02T21:05:00+00:00"}
    >>> made = map_page(example()[1].city, [lamp], None, Ground({}), Chosen(), "en")
    >>> "<circle" in made, 'href="requests/AB12"' in made, "&lt;i&gt;" in made, "Too few requests" in made
    (True, True, True, True)
    """
    drawn = picture(shown, ground.outlines, word(_WORDS, "drawn", language).format(count=len(shown)), language)
    live = f'<p role="status">{escape(_pace(city, pace, language))}</p>{drawn}{_table(city, shown, language)}'
    hint = f'<p id="hint" hidden>{escape(word(_WORDS, "live", language))}</p>'
    body = f'{_form(city, ground, chosen, language)}<div id="live">{live}</div>{hint}'
    return page(language, word(_WORDS, "title", language), body, "map-page.js")


def _pace(city: City, pace: Pace | None, language: str) -> str:
    if pace is None:
        return word(_WORDS, "no_pace", language).format(days=DAYS.days)
    half, most = (say_duration(city.phrases, days, language) for days in (pace.half, pace.most))
    return word(_WORDS, "pace", language).format(closed=pace.closed, days=DAYS.days, half=half, most=most)


def picture(shown: Sequence[Mapping[str, Any]], outlines: Sequence[Ring], says: str, language: str) -> str:
    """Draw points and outlines on a plane as wide as they are; north is up.

    >>> square = [(-118.0, 34.0), (-117.0, 34.0), (-117.0, 35.0), (-118.0, 34.0)]
    >>> picture([], [square], "Nothing", "en").count("<path")
    1
    >>> picture([], [], "Nothing", "en")
    ''
    """
    spots = [(one["longitude"], one["latitude"]) for one in shown if "longitude" in one]
    every = [*spots, *(spot for ring in outlines for spot in ring)]
    if not every:
        return ""
    west, east = min(x for x, _ in every), max(x for x, _ in every)
    south, north = min(y for _, y in every), max(y for _, y in every)
    scale = _WIDTH / max(east - west, (north - south) / _flat(south), 0.002)

    def place(spot: tuple[float, float]) -> tuple[float, float]:
        return round(12 + (spot[0] - west) * scale, 1), round(12 + (north - spot[1]) / _flat(south) * scale, 1)

    width, height = place((east, south))
    lines = "".join(_path([place(spot) for spot in ring]) for ring in outlines)
    points = "".join(
        _point(one, *place((one["longitude"], one["latitude"])), language) for one in shown if "longitude" in one
    )
    return (
        f'<svg role="img" aria-label="{escape(says)}" viewBox="0 0 {width + 12:.0f} {height + 12:.0f}"'
        f' xmlns="http://www.w3.org/2000/svg" style="width:100%;max-height:70vh">{lines}{points}</svg>'
    )


def _flat(latitude: float) -> float:
    """Tell how much shorter a degree to the east is than one to the north."""
    return cos(radians(latitude))


def _path(ring: Iterable[tuple[float, float]]) -> str:
    return f'<path d="M{" ".join(f"{x},{y}" for x, y in ring)}Z" fill="none" stroke="#767676"/>'


def _point(one: Mapping[str, Any], x: float, y: float, language: str) -> str:
    name = escape(f"{_service(one, language)}, {word(_WORDS, one['status'], language)}")
    mark = (
        f'<circle cx="{x}" cy="{y}" r="6" fill="#b00020"/>'
        if one["status"] == "open"
        else f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10" fill="#00582c"/>'
    )
    return f'<a href="requests/{escape(one["tracking_number"])}"><title>{name}</title>{mark}</a>'


def _table(city: City, shown: Sequence[Mapping[str, Any]], language: str) -> str:
    if not shown:
        return f"<p>{escape(word(_WORDS, 'none', language))}</p>"
    zone = ZoneInfo(city.profile.time_zone)
    names = ("number", "service", "status", "address", "opened")
    heads = "".join(f'<th scope="col">{escape(word(_WORDS, name, language))}</th>' for name in names)
    rows = "".join(_row(one, zone, language) for one in shown)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _row(one: Mapping[str, Any], zone: ZoneInfo, language: str) -> str:
    number = escape(one["tracking_number"])
    state = (one.get("substatus_name") or {}).get(language) or word(_WORDS, one["status"], language)
    cells = (_service(one, language), state, one.get("address") or "", moment(one["opened_at"], zone, language))
    said = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr><th scope="row"><a href="requests/{number}">{number}</a></th>{said}</tr>'


def _service(one: Mapping[str, Any], language: str) -> str:
    return str(one["service_name"].get(language) or one["service_code"])


def _form(city: City, ground: Ground, chosen: Chosen, language: str) -> str:
    kinds = {kind.kind: kind.name.say(language) for kind in city.profile.areas}
    areas = [(f"{kind}:{area}", f"{kinds.get(kind, kind)} {area}") for kind, ids in ground.ids.items() for area in ids]
    services = [(code, one.name.say(language)) for code, one in city.services.items() if one.enabled]
    states = [(name, word(_WORDS, name, language)) for name in ("open", "closed")]
    fields = (
        _choice("area", ":".join(chosen.area or ()), areas, "everywhere", language),
        _choice("service", chosen.service or "", sorted(services, key=lambda one: one[1]), "every_service", language),
        _choice("status", chosen.status or "", states, "both", language),
    )
    hidden = f'<input type="hidden" name="lang" value="{escape(language)}">'
    button = f"<button>{escape(word(_WORDS, 'show', language))}</button>"
    return f'<form method="get" action="map">{hidden}{"".join(fields)}{button}</form>'


def _choice(name: str, chosen: str, options: Iterable[tuple[str, str]], every: str, language: str) -> str:
    listed = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
        for value, text in (("", word(_WORDS, every, language)), *options)
    )
    label = escape(word(_WORDS, name, language))
    return (
        f'<p class="field"><label for="{name}">{label}</label> <select id="{name}" name="{name}">{listed}</select></p>'
    )
