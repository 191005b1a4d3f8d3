"""Which languages a text is looked up in."""


def in_order(asked: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """List the languages to look in: the one asked for first, for people also type in the other.

    >>> in_order("es", ("en", "es")), in_order("fr", ("en", "es"))
    (('es', 'en'), ('en', 'es'))
    """
    return tuple(sorted(languages, key=lambda language: language != asked))
