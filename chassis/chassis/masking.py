"""The public-safe copy of anyone's words: phones, e-mails, plates and names give way to a word for what they were."""

import re
from collections.abc import Iterable
from typing import Final

from chassis.spoken_numbers import mask_spoken

PHONE, EMAIL, PLATE, NAME, UNKNOWN = "[phone]", "[e-mail]", "[plate]", "[name]", "[unknown]"

_EMAIL: Final = re.compile(r"[\w.+%-]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\.[\w-]+)*\.[^\W\d_][\w-]+")
_PHONE: Final = re.compile(
    r"(?<![\w.-])(?!\d{4}-\d\d-\d\d|\d{5}-\d{4}\b)"
    r"\+?(?:\(\d{2,4}\)(?:[\s.-]{0,3}\d){6,11}|\d(?:[\s().-]{0,3}\d){8,14})(?![\w-])"
)
_LOCAL_PHONE: Final = re.compile(r"(?<![\w.-])\d{3}[.-]\d{4}(?![\w-])")
_GROUPED_PHONE: Final = re.compile(r"(?<![\w.-])(?:\+?\d{1,3}[\s.-])?\(?\d{3}\)?[\s.-]{1,2}\d{3}[\s.-]\d{4}(?![\w-])")
_PLATE: Final = re.compile(
    r"(?<![\w-])(?:\d[A-Za-z]{3}\d{3}|[A-Za-z]{3}\d{3,4}|\d{3}[A-Z]{3}|[A-Z]{3}[ -]\d{3,4}|\d{3}[ -][A-Z]{3}"
    r"|\d[A-Z]{3} \d{3})(?![\w-])"
)
_INTRODUCED_PLATE: Final = re.compile(
    r"(?i:(\b(?:plates?|placas?|matr[ií]culas?)\b"
    r"(?:\s*(?:number|no\.?|n[uú]mero|is|es|reads|dice|#|:|de))*\s*[\"']?))"
    r"(?=[A-Za-z -]{0,5}\d)([A-Za-z0-9]{2,8}(?:[ -][A-Z0-9]{2,4})?)\b"
)
_WORD: Final = r"[^\W\d_][^\W\d_'\u2019-]*(?:['\u2019-][^\W\d_]+)*"
_CAPITAL: Final = r"(?:[A-ZÁÉÍÓÚÑÜÀ-Þ])(?:[^\W\d_]|['\u2019-])*\.?"
_LINK: Final = r"(?:\s+(?:de|del|la|las|los|van|von|y)){0,3}"
_STOP: Final = (
    r"(?i:and|but|the|a|an|i|at|on|in|from|of|with|here|there|my|there's|y|e|pero|el|un|una|en|con|por|que|hay|mi|vivo)"
)
_STRONG: Final = re.compile(
    rf"(?i:(\b(?:my name is|my name's|me llamo|mi nombre es)\s+))"
    rf"({_WORD}(?:{_LINK}\s+{_CAPITAL}|\s+(?!{_STOP}\b){_WORD})?(?:{_LINK}\s+{_CAPITAL}){{0,2}})"
)
_NO_NAME: Final = (
    r"(?i:not|no|our|the|an?|my|your|all|also|so|very|just|now|still|what|why|how|el|la|una?|de|del|los|las)"
)
"""What follows "this is" in capitals where somebody shouts."""
_WEAK: Final = re.compile(rf"((?i:\b(?:this is|soy)\s+))(?!{_NO_NAME}\b)({_CAPITAL}(?:{_LINK}\s+{_CAPITAL}){{0,3}})")
_LONG_ENOUGH: Final = 3

# What each pattern cannot do without, so that most words are read once and left alone.
_DIGITS: Final = re.compile(r"\d+")
_PLATE_RUN, _PHONE_DIGITS = 3, 8
_AT: Final = ("@", "(at)", "[at]")
_PLATE_SAID: Final = ("plate", "placa", "matr")
_STRONG_SAID: Final = ("my name", "me llamo", "mi nombre")
_WEAK_SAID: Final = ("this is", "soy")
_ODD_CASE: Final = ("\u0130", "\u0131", "\u017f")  # match i or s in any case, but not by lower()
_CODE: Final = re.compile(r"[a-z0-9_.-]{1,40}")


def mask(text: str, names: Iterable[str] = ()) -> str:
    """Mask what could tell who somebody is; `names` are those of the request's own contacts.

    >>> mask("Call me at (555) 010-4477 or mail pat@example.org, my name is Pat Doe.")
    'Call me at [phone] or mail [e-mail], my name is [name]'
    >>> mask("Me llamo Ana de la Cruz y el coche con placa 8ABC123 bloquea la calle.")
    'Me llamo [name] y el coche con placa [plate] bloquea la calle.'
    >>> mask("Call three one zero, five five five, 0142. Llame al tres uno cero cincuenta y cinco cincuenta y uno doce")
    'Call [phone]. Llame al [phone]'
    >>> mask("Soy vecina; this is a broken lamp at 12345 Main St, 90012-1234.")
    'Soy vecina; this is a broken lamp at 12345 Main St, 90012-1234.'
    >>> mask("This is NOT done, seen on 15/07/2026@11.30 in the evening. This is Ana Doe, ana@mail.example.org.")
    'This is NOT done, seen on 15/07/2026@11.30 in the evening. This is [name], [e-mail].'
    >>> mask("Ask for pat doe, Doe knows.", ["Pat Doe"])
    'Ask for [name], [name] knows.'
    """
    said = _said(text)
    runs = [len(run) for run in _DIGITS.findall(text)]
    if runs:
        text = _mask_digits(text, said, max(runs), sum(runs))
    return _mask_words(mask_spoken(text, PHONE), said, names)


def _said(text: str) -> str | None:
    """Give the text in lower case to look phrases up in; None when lower case alone could miss one."""
    if not text.isascii() and any(letter in text for letter in _ODD_CASE):
        return None
    return text.lower()


def _holds(said: str | None, phrases: tuple[str, ...]) -> bool:
    return said is None or any(map(said.__contains__, phrases))


def _mask_digits(text: str, said: str | None, longest: int, count: int) -> str:
    if _holds(said, _PLATE_SAID):
        text = _INTRODUCED_PLATE.sub(rf"\1{PLATE}", text)
    if longest >= _PLATE_RUN:
        text = _PLATE.sub(PLATE, text)
    if count >= _PHONE_DIGITS:
        text = _PHONE.sub(PHONE, text)
    return _LOCAL_PHONE.sub(PHONE, text) if longest > _PLATE_RUN else text


def mask_reference(text: str, names: Iterable[str] = ()) -> str:
    """Mask a work order's or photo's number: its digits stay, since they are what it is for.

    >>> mask_reference("legacy record 1-1712975531")
    'legacy record 1-1712975531'
    >>> mask_reference("WO-4411, ask 555-010-4477")
    'WO-4411, ask [phone]'
    """
    return _mask_words(_GROUPED_PHONE.sub(PHONE, text), _said(text), names)


def mask_code(code: str) -> str:
    """Repeat a code that is not ours only if it looks like one: it may be anything, and be told where all may read.

    >>> mask_code("colour"), mask_code("Pat Doe"), mask_code("5550104477")
    ('colour', '[unknown]', '[phone]')
    """
    return mask(code) if _CODE.fullmatch(code) else UNKNOWN


def _mask_words(text: str, said: str | None, names: Iterable[str]) -> str:
    if any(map(text.__contains__, _AT)):
        text = _EMAIL.sub(EMAIL, text)
    if _holds(said, _STRONG_SAID):
        text = _STRONG.sub(rf"\1{NAME}", text)
    if _holds(said, _WEAK_SAID):
        text = _WEAK.sub(rf"\1{NAME}", text)
    for name in names:
        text = _mask_name(text, name)
    return text


def _mask_name(text: str, name: str) -> str:
    """Mask a contact's whole name in any case, and its longer parts where they are written as names are."""
    parts = name.split()
    folded = text.casefold()
    if not any(part.casefold() in folded for part in parts):
        return text
    whole = r"[\s,]+".join(map(re.escape, parts))
    text = re.sub(rf"(?i)\b{whole}\b", NAME, text)
    for part in parts:
        if len(part) >= _LONG_ENOUGH:
            text = re.sub(rf"\b(?:{re.escape(part.capitalize())}|{re.escape(part.upper())})\b", NAME, text)
    return text
