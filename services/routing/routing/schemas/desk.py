"""Bodies of the triage desk's claims."""

from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator


class ClaimBody(BaseModel, extra="forbid"):
    """The requests to hold, or how many of those that wait longest."""

    request_ids: list[UUID] = Field([], max_length=100)
    following: int = Field(0, ge=0, le=100)

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if bool(self.request_ids) == bool(self.following):
            raise ValueError("send request_ids, or following with how many to take")
        return self


class ReleaseBody(BaseModel, extra="forbid"):
    """The requests to let go of."""

    request_ids: list[UUID] = Field(min_length=1, max_length=100)


class Claimed(BaseModel):
    """What is held now and until when, and what somebody else holds or no longer waits."""

    claimed: list[UUID]
    until: str
    not_claimed: list[UUID]


class Released(BaseModel):
    """What anybody may take again."""

    released: list[UUID]
