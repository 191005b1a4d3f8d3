"""Bodies of sending and adding photos."""

from pydantic import BaseModel, Field

from contracts.event import Texts
from intake.schemas.requests import Body, ShownPhoto, Words


class UploadedPhoto(BaseModel):
    """A photo that waits for its report."""

    photo_id: str = Field(description="SHA-256 of the kept bytes.")
    claim: str = Field(description="Put it into `photos` of a report within a day.")
    width: int
    height: int


class Uploaded(BaseModel):
    """What was uploaded, in order."""

    photos: list[UploadedPhoto]


class SuggestedType(BaseModel):
    """A service the photo may be about, and how sure (0 to 1)."""

    service_code: str
    name: Texts
    score: float


class SuggestedTypes(BaseModel):
    """Services to pick from, the likeliest first; nothing is reported before somebody does."""

    suggestions: list[SuggestedType]


class AddPhotos(Body):
    """Photos for a request that exists: claims of POST /photos, or addresses to fetch."""

    photos: tuple[Words, ...] = Field(min_length=1, max_length=10)


class PhotosTaken(BaseModel):
    """The photos that hang on the request now, and how many are still to be fetched."""

    photos: list[ShownPhoto]
    to_be_fetched: int
