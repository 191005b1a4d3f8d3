"""What the doors say to people with an account, how much one caller may send, and what waits for a person to look."""

from pydantic import Field

from contracts.city.base import CityModel, LocalizedText, LocalizedWords


class CodeMail(CityModel):
    """The mail that brings a one-time code; both texts may name {{ code }}, {{ minutes }} and {{ city_name }}."""

    subject: LocalizedText
    body: LocalizedText


class Limit(CityModel):
    """A bucket: how many may come at once, and how many an hour it is filled again with."""

    at_once: int = Field(ge=1, le=100_000)
    an_hour: int = Field(ge=1, le=1_000_000)


class Limits(CityModel):
    """How much a caller who has not signed in as staff may send, each by itself."""

    address: Limit = Field(description="one network address; an IPv6 network of /64 is one")
    device: Limit = Field(description="one device that names itself in X-Device-Id")
    contact: Limit = Field(description="reports that give the same e-mail address or telephone number")
    codes: Limit = Field(description="one-time codes asked for or tried by one network address")


class Suspicion(CityModel):
    """What makes a report wait for a person before anybody works on it. Nothing is thrown away by rule alone."""

    links_at_most: int = Field(ge=0, le=50)
    same_letter_at_most: int = Field(ge=5, le=1000, description="one letter again and again, in a row")
    same_word_at_most: int = Field(ge=3, le=1000, description="one word of three letters or more, in the whole text")
    blocked_words: LocalizedWords
    told: LocalizedText = Field(description="what the reporter is told")


class PeopleFile(CityModel):
    """`people.yaml`."""

    unknown_thread_days: int = Field(
        default=90, ge=1, le=3650, description="days after its last post until a social thread without a request goes"
    )

    code_mail: CodeMail
    limits: Limits
    suspicion: Suspicion
