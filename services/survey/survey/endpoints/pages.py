"""What all pages of survey share: in which language they are, and how their forms are read."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Query

Language = Annotated[str | None, Query(description="A language of the city, instead of the reporter's own.")]
FORM = "application/x-www-form-urlencoded"


def fields_of(body: bytes) -> Mapping[str, str]:
    """Read a form."""
    return {name: values[-1] for name, values in parse_qs(body.decode(errors="replace")).items()}
