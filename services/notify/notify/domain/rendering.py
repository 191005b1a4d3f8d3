"""A city's templates, compiled once, and the words of one message."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from contracts.city import City
from contracts.vocabulary import Moment

SUBJECT_LENGTH: Final = 120
_SENTENCE: Final = re.compile(r"(?<=[.?!])[ ]+(?=\S)")
_NAME: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_BLANKS: Final = re.compile(r"\n{3,}")


class Notice(NamedTuple):
    """One notice in one language, ready to be filled."""

    subject: Template
    body: Template


class Words(NamedTuple):
    """What a person reads."""

    subject: str
    text: str


class Notices:
    """Every notice of a city in every language it speaks."""

    def __init__(self, city: City) -> None:
        """Compile the templates; raises jinja2.TemplateSyntaxError for one that cannot be read."""
        # The result is plain text: what becomes HTML is escaped where the mail is made.
        plain_text = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
        self._fallback = city.profile.languages[0]
        self._notices = {
            (moment, language): Notice(
                plain_text.from_string(conditional(template.subject.say(language))),
                plain_text.from_string(conditional(template.body.say(language))),
            )
            for moment, template in city.notices.items()
            for language in city.profile.languages
            if template.audience == "requester"
        }

    def write(self, moment: Moment, language: str, values: Mapping[str, str]) -> Words:
        """Fill a notice. Raises jinja2.UndefinedError when it names a value that is not given."""
        notice = self._notices.get((moment, language)) or self._notices[moment, self._fallback]
        number, service = values["tracking_number"], values["service_name"]
        text = _BLANKS.sub("\n\n", notice.body.render(values)).strip()
        subject = notice.subject.render(values) or f"{number}: {service}"
        return Words(one_line(subject), text if number in text else f"{number} ({service})\n\n{text}")


def conditional(template: str) -> str:
    """Leave out each sentence that would name an empty value: a city without targets does not say "due by ".

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
