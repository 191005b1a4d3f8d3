"""Bodies of making and listing Open311's API keys."""

from datetime import datetime

from pydantic import BaseModel, Field

from intake.schemas.requests import Body, Words


class KeyBody(Body):
    """Who gets a key, and how often it may be used."""

    owner: Words = Field(min_length=1, max_length=200, description="The client's name, as reports show it.")
    rate: int = Field(60, ge=1, le=60_000, description="Uses a minute.")
    agency: str | None = Field(None, description="An agency whose assignments this key may report on.")


class KeyMade(BaseModel):
    """A new key; `api_key` is shown this once and kept nowhere."""

    key_id: str
    owner: str
    api_key: str
    rate: int
    agency: str | None = None


class KeyShown(BaseModel):
    """A key by its id."""

    key_id: str
    owner: str
    agency: str | None = None
    rate: int
    made_at: datetime
    revoked_at: datetime | None = None


class KeyList(BaseModel):
    """Every key there ever was."""

    keys: list[KeyShown]
