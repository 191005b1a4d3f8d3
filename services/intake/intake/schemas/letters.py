"""Bodies of deciding on mails that were held."""

from pydantic import Field

from intake.schemas.requests import Body


class LetterDecision(Body):
    """What a person decides on a mail that was held."""

    take: bool = Field(description="True makes a request of it, false drops it.")
