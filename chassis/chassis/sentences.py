"""What is wrong with a field, in plain words: said in the place of a library's own."""

from collections.abc import Mapping
from typing import Any, Final

from contracts.event import in_language

_SAID: Final[Mapping[str, Mapping[str, str]]] = {
    "missing": {"en": "This is needed.", "es": "Esto es necesario."},
    "extra_forbidden": {
        "en": "No field of this name is known here; remove it or correct its spelling.",
        "es": "Aquí no hay ningún campo con este nombre; quítelo o corrija cómo se escribe.",
    },
    "string_type": {"en": "Expected text.", "es": "Se espera texto."},
    "string_too_short": {
        "en": "Too short: at least {min_length} characters.",
        "es": "Muy corto: al menos {min_length} letras.",
    },
    "string_too_long": {
        "en": "Too long: at most {max_length} characters.",
        "es": "Muy largo: {max_length} letras como máximo.",
    },
    "too_short": {
        "en": "Too few: at least {min_length}, not {actual_length}.",
        "es": "Muy pocos: al menos {min_length}, no {actual_length}.",
    },
    "too_long": {"en": "Too many: at most {max_length}.", "es": "Demasiados: {max_length} como máximo."},
    "int_type": {"en": "Expected a whole number.", "es": "Se espera un número entero."},
    "float_type": {"en": "Expected a number.", "es": "Se espera un número."},
    "bool_type": {"en": "Expected true or false.", "es": "Se espera true o false."},
    "enum": {"en": "Expected one of {expected}.", "es": "Se espera uno de estos: {expected}."},
    "greater_than": {"en": "Expected more than {gt}.", "es": "Se espera más de {gt}."},
    "greater_than_equal": {"en": "Expected {ge} or more.", "es": "Se espera {ge} o más."},
    "less_than": {"en": "Expected less than {lt}.", "es": "Se espera menos de {lt}."},
    "less_than_equal": {"en": "Expected {le} or less.", "es": "Se espera {le} o menos."},
    "datetime_type": {
        "en": "Expected a moment with its zone, for example 2026-03-02T17:00:00Z.",
        "es": "Se espera una fecha con hora y zona, por ejemplo 2026-03-02T17:00:00Z.",
    },
    "date_type": {"en": "Expected a day, for example 2026-03-02.", "es": "Se espera un día, por ejemplo 2026-03-02."},
    "time_type": {"en": "Expected a time, for example 17:30.", "es": "Se espera una hora, por ejemplo 17:30."},
    "uuid_type": {
        "en": "Expected an id such as 01a2269d-1aa9-7cea-bcec-5aaf4161efab.",
        "es": "Se espera un identificador como 01a2269d-1aa9-7cea-bcec-5aaf4161efab.",
    },
    "list_type": {"en": "Expected a list, in brackets.", "es": "Se espera una lista, entre corchetes."},
    "dict_type": {"en": "Expected names and values, in braces.", "es": "Se esperan nombres y valores, entre llaves."},
}
_LIKE: Final[Mapping[str, str]] = {
    "int_parsing": "int_type", "int_from_float": "int_type", "float_parsing": "float_type", "bool_parsing": "bool_type",
    "literal_error": "enum", "datetime_parsing": "datetime_type", "datetime_from_date_parsing": "datetime_type",
    "timezone_aware": "datetime_type", "date_parsing": "date_type", "date_from_datetime_parsing": "date_type",
    "time_parsing": "time_type", "uuid_parsing": "uuid_type", "tuple_type": "list_type", "set_type": "list_type",
    "frozen_set_type": "list_type", "model_type": "dict_type", "model_attributes_type": "dict_type",
}  # fmt: skip
"""Faults that one sentence says alike."""
_OWN: Final = "Value error, "
"""How the library begins what a check of our own says."""


def sentence(fault: Mapping[str, Any], language: str = "en") -> str:
    """Say what is wrong with a field; a fault without words here keeps the library's.

    >>> from pydantic import BaseModel, Field, ValidationError
    >>> class Lamp(BaseModel):
    ...     height: int = Field(le=9)
    ...     pole: str
    >>> def wrong(**told):
    ...     try:
    ...         Lamp(**told)
    ...     except ValidationError as error:
    ...         return error.errors()
    >>> [sentence(fault) for fault in wrong(height=12)]
    ['Expected 9 or less.', 'This is needed.']
    >>> [sentence(fault, "es") for fault in wrong(height="tall", pole="A")]
    ['Se espera un número entero.']
    """
    name = _LIKE.get(fault["type"], fault["type"])
    if name not in _SAID:
        said: str = fault["msg"]
        return said.removeprefix(_OWN)
    return in_language(_SAID[name], language).format(**fault.get("ctx", {}))
