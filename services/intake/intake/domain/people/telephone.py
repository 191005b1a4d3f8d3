"""Telephone numbers written one way."""

import phonenumbers


def e164(number: str, region: str) -> str | None:
    """Write a number the one international way, so that the same telephone is the same contact; None for no number.

    >>> e164("(213) 555-0142", "US"), e164("+1 213-555-0142", "US"), e164("anonymous", "US")
    ('+12135550142', '+12135550142', None)
    """
    try:
        parsed = phonenumbers.parse(number[:40], region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def ways_to_write(number: str, region: str) -> tuple[str, ...]:
    """List the digits that one telephone may be known by: as told, with the country, and without it.

    >>> ways_to_write("(213) 555-0142", "US"), ways_to_write("+1 213 555 0142", "US")
    (('12135550142', '2135550142'), ('12135550142', '2135550142'))
    >>> ways_to_write("5550104", "US"), ways_to_write("", "US")
    (('15550104', '5550104'), ())
    """
    told = "".join(letter for letter in number if letter.isdigit())
    parsed = e164(number, region)
    if parsed is None:
        return (told,) if told else ()
    own = str(phonenumbers.national_significant_number(phonenumbers.parse(parsed)))
    return tuple(sorted({told, parsed.removeprefix("+"), own}))


def dialable(number: str, region: str) -> str:
    """Write a number as it is dialled: short ones stay, letters become digits.

    >>> dialable("911", "US"), dialable("877-ASK-CITY", "US")
    ('911', '+18772752489')
    """
    digits = "".join(letter for letter in number if letter.isdigit())
    return e164(number, region) or digits
