"""What happened to a request, in words for residents; kinds that are not listed are not told on the page."""

from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from contracts.city import City
from contracts.event import in_language
from contracts.vocabulary import Disposition, Substatus
from intake.domain.pages.moments import moment

Texts = dict[str, str]
_TOLD: Final[Mapping[str, Mapping[str, str]]] = {
    "created": {"en": "Reported.", "es": "Reportada."},
    "assigned": {"en": "{agency} has it.", "es": "La tiene {agency}."},
    "promised": {"en": "{why} {words}", "es": "{why} {words}"},
    "substatus": {"en": "{substatus}. {scheduled_for}", "es": "{substatus}. {scheduled_for}"},
    "verification": {
        "en": "The finished work is looked at by a second pair of eyes. {reason}",
        "es": "Otra persona revisa el trabajo terminado. {reason}",
    },
    "note": {"en": "{agency}: {text}", "es": "{agency}: {text}"},
    "referral": {"en": "{from_agency} hands it on. {reason}", "es": "{from_agency} la pasa a otra agencia. {reason}"},
    "clock_paused": {"en": "The agency's time stands still. {why}", "es": "El plazo está en pausa. {why}"},
    "clock_resumed": {"en": "The agency's time runs again.", "es": "El plazo corre de nuevo."},
    "message": {"en": "{agency}: {text}", "es": "{agency}: {text}"},
    "photos": {"en": "Photos were added.", "es": "Se agregaron fotos."},
    "amended": {"en": "Details were corrected.", "es": "Se corrigieron datos."},
    "service_corrected": {"en": "It is handled as: {service_code}.", "es": "Se atiende como: {service_code}."},
    "appointment": {"en": "Appointment: {starts_at}", "es": "Cita: {starts_at}"},
    "cancelled": {"en": "Withdrawn by who reported it.", "es": "Retirada por quien la reportó."},
    "duplicate": {
        "en": "An earlier request is about the same thing; this one follows it.",
        "es": "Una solicitud anterior trata de lo mismo; esta la sigue.",
    },
    "duplicate_unlinked": {"en": "It stands for itself again.", "es": "Vuelve a seguir por su cuenta."},
    "closed": {"en": "Closed: {disposition}. {explanation}", "es": "Cerrada: {disposition}. {explanation}"},
    "disputed": {"en": "Somebody says that it is not done.", "es": "Alguien dice que no está terminada."},
    "reopened": {"en": "Open again.", "es": "Abierta de nuevo."},
    "dispute_declined": {"en": "It stays closed. {reason}", "es": "Queda cerrada. {reason}"},
}
TOLD: Final = frozenset(_TOLD)
"""Kinds of entries that residents read on the page, and hear of live."""
REASONED: Final = frozenset({"promised", "clock_paused", "substatus"})
"""Kinds of entries whose reason is a code, for which the city has the words."""
_AGENCIES: Final = ("agency", "from_agency")
_MOMENTS: Final = ("scheduled_for", "starts_at")
_CITY_311: Final = "311"


def told(city: City, entry: Mapping[str, Any], language: str) -> str:
    """Say one entry of the public timeline; what it does not know is left out.

    >>> from intake.domain.conversations.examples import example
    >>> city = example()[1].city
    >>> told(city, {"kind": "reopened", "at": "now"}, "es"), told(city, {"kind": "note", "text": "Gate shut."}, "en")
    ('Abierta de nuevo.', '311: Gate shut.')
    """
    texts = _TOLD[entry["kind"]]
    said = _values(city, entry, language)
    return " ".join((texts.get(language) or texts["en"]).format_map(_Said(said)).split())


class _Said(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return _CITY_311 if name in _AGENCIES else ""


def _values(city: City, entry: Mapping[str, Any], language: str) -> Texts:
    zone = ZoneInfo(city.profile.time_zone)
    said = {name: _text(value, language) for name, value in entry.items()}
    said |= {name: _agency(city, entry[name], language) for name in _AGENCIES if entry.get(name)}
    said |= {name: moment(entry[name], zone, language) for name in _MOMENTS if entry.get(name)}
    if why := city.because(entry.get("reason")) if entry["kind"] in REASONED else None:
        said["why"] = why.say(language)
    if entry.get("service_code"):
        said["service_code"] = city.service_name(entry["service_code"]).say(language)
    if entry.get("disposition"):
        rule = city.dispositions.get(Disposition(entry["disposition"]))
        said["disposition"] = rule.name.say(language) if rule else entry["disposition"]
    if entry.get("substatus"):
        words = city.statuses.get(Substatus(entry["substatus"]))
        said["substatus"] = words.name.say(language) if words else entry["substatus"]
    return said


def _text(value: Any, language: str) -> str:
    """Say a text that may have several languages; anything else is not said."""
    if isinstance(value, Mapping):
        known = {name: text for name, text in value.items() if isinstance(text, str)}
        return in_language(known, language)
    return value if isinstance(value, str) else ""


def _agency(city: City, slug: str, language: str) -> str:
    agency = city.agencies.get(slug)
    return agency.name.say(language) if agency else slug
