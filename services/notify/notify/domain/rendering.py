"""A city's templates, compiled once, and the words of one message."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from jinja2 import StrictUndefined, UndefinedError
from jinja2.sandbox import SandboxedEnvironment

from contracts.city import City, Template
from contracts.city.messages import VALUES
from contracts.vocabulary import Moment

SUBJECT_LENGTH: Final = 120
ALWAYS: Final = frozenset({"tracking_number", "service_name", "link"})
"""What every message needs, named or not."""
Render = Callable[[Mapping[str, str]], str]
_SENTENCE: Final = re.compile(r"(?<=[.?!])[ ]+(?=\S)|(?<=\}\})[ ]+(?=\{\{)")
"""Where a sentence ends: also between two values, which bring sentences of their own."""
_NAME: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_BLANKS: Final = re.compile(r"\n{3,}")
# The result is plain text: what becomes HTML is escaped where the mail is made.
_PLAIN_TEXT: Final = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


class Filling(NamedTuple):
    """A template ready to be filled, and the values it needs."""

    render: Render
    names: frozenset[str]


class Notice(NamedTuple):
    """One notice in one language, ready to be filled; `names` are the values it needs.

    `short` is the same in the length of a text message, with the values that needs.
    """

    subject: Render
    body: Render
    names: frozenset[str]
    short: Filling


class Words(NamedTuple):
    """What a person reads."""

    subject: str
    text: str


class Notices:
    """Every notice of a city in every language it speaks."""

    def __init__(self, city: City) -> None:
        """Compile the templates; raises jinja2.TemplateSyntaxError for one that cannot be read."""
        self._fallback = city.profile.languages[0]
        self._notices = {
            (moment, language): _notice(template, language)
            for moment, template in city.notices.items()
            for language in city.profile.languages
        }

    def names(self, moment: Moment, language: str) -> frozenset[str]:
        """Name the values that a notice needs."""
        return self._notice(moment, language).names

    def write(self, moment: Moment, language: str, values: Mapping[str, str]) -> Words:
        """Fill a notice. Raises jinja2.UndefinedError when it names a value that is not given."""
        notice = self._notice(moment, language)
        number, service = values["tracking_number"], values["service_name"]
        text = _BLANKS.sub("\n\n", notice.body(values)).strip()
        subject = notice.subject(values) or f"{number}: {service}"
        return Words(one_line(subject), text if number in text else f"{number} ({service})\n\n{text}")

    def short_names(self, moment: Moment, language: str) -> frozenset[str]:
        """Name the values that the short text of a notice needs."""
        return self._notice(moment, language).short.names

    def write_short(self, moment: Moment, language: str, values: Mapping[str, str]) -> str:
        """Fill the short text of a notice, on one line."""
        return " ".join(self._notice(moment, language).short.render(values).split())

    def _notice(self, moment: Moment, language: str) -> Notice:
        return self._notices.get((moment, language)) or self._notices[moment, self._fallback]


def _notice(template: Template, language: str) -> Notice:
    head, rest, short = (filling(part.say(language)) for part in (template.subject, template.body, template.sms))
    return Notice(head.render, rest.render, head.names | rest.names | ALWAYS, short)


def filling(template: str) -> Filling:
    """Compile a template, leaving out each sentence that would name an empty value.

    A city without targets does not say "due by ".

    >>> hello = filling("Hello. Due by {{ due_date }}.")
    >>> hello.render({"due_date": "May 3"}), hello.render({"due_date": ""})
    ('Hello. Due by May 3.', 'Hello.')
    >>> filling("Moved. {{ explanation }} {{ link }}").render({"explanation": "", "link": "https://a.example"})
    'Moved. https://a.example'
    """
    if _needs_jinja(template):
        return Filling(_PLAIN_TEXT.from_string(conditional(template)).render, VALUES)
    return Filling(_plain(template), frozenset(_NAME.findall(template)))


def _needs_jinja(template: str) -> bool:
    """Tell whether a template does more than name values, which costs five times as much."""
    return "{" in _NAME.sub("", template)


def _plain(template: str) -> Render:
    """Compile a template that only names values: its sentences once with every value known, once each for itself."""
    lines = (_SENTENCE.split(line) for line in template.split("\n"))
    pieces = [_piece(part, nth, at) for nth, line in enumerate(lines) for at, part in enumerate(line)]
    whole, names = "".join(before + sentence for before, sentence, _ in pieces), sorted(set(_NAME.findall(template)))

    def render(values: Mapping[str, str]) -> str:
        try:
            if all(map(values.__getitem__, names)):
                return whole % values
            return "".join(_said(pieces, values))
        except KeyError as error:
            raise UndefinedError(f"{error.args[0]!r} is undefined") from None

    return render


class _Piece(NamedTuple):
    """What comes before a sentence in any case, the sentence with places for values, and the values it names."""

    before: str
    sentence: str
    names: tuple[str, ...]


def _piece(sentence: str, line: int, place: int) -> _Piece:
    places = _NAME.sub(r"%(\1)s", sentence.replace("%", "%%"))
    before = "\n" if line and not place else ""
    return _Piece(before, " " * bool(place) + places, tuple(dict.fromkeys(_NAME.findall(sentence))))


def _said(pieces: Iterable[_Piece], values: Mapping[str, str]) -> Iterable[str]:
    for before, sentence, names in pieces:
        known = [values[name] for name in names]
        yield before + sentence % values if all(known) else before


def conditional(template: str) -> str:
    """Say in the template's own language which sentences are left out.

    >>> conditional("Hello. Due by {{ due_date }}.")
    'Hello.{% if due_date %} Due by {{ due_date }}.{% endif %}'
    """
    return "\n".join(_conditional_line(line) for line in template.split("\n"))


def _conditional_line(line: str) -> str:
    sentences = _SENTENCE.split(line)
    return "".join(_when_known(sentence, " " if nth else "") for nth, sentence in enumerate(sentences))


def _when_known(sentence: str, space: str) -> str:
    names = " and ".join(dict.fromkeys(_NAME.findall(sentence)))
    return f"{{% if {names} %}}{space}{sentence}{{% endif %}}" if names else space + sentence


def one_line(subject: str) -> str:
    r"""Make a subject fit one header line of at most 120 characters.

    >>> one_line("Street\n light"), len(one_line("very " * 60))
    ('Street light', 120)
    """
    flat = " ".join(subject.split())
    return flat if len(flat) <= SUBJECT_LENGTH else flat[: SUBJECT_LENGTH - 1] + "…"
