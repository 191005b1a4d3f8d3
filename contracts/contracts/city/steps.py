"""What always happens to a request of a kind: automatic steps, who looks at finished work, and closings in bulk."""

import datetime as dt
from typing import Literal, Self

from pydantic import Field, model_validator

from contracts.city.base import CityModel, LocalizedText, Share, Slug
from contracts.vocabulary import Substatus

Day = Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
Verifier = Literal["supervisor", "agent", "contact"]


class About(CityModel):
    """Which parts of requests something is about: of these services and agencies; an empty list means all."""

    services: tuple[Slug, ...] = ()
    agencies: tuple[Slug, ...] = ()

    def covers(self, service: str, agency: str) -> bool:
        """Whether it is about this agency's part of a request of this service.

        >>> About(services=("pothole",)).covers("pothole", "streets"), About(agencies=("parks",)).covers("x", "streets")
        (True, False)
        """
        return service in (self.services or (service,)) and agency in (self.agencies or (agency,))


class AutomaticStep(About):
    """A step that needs nobody: once a part has stood `at` a substatus for so long, the city does this.

    `acknowledge` accepts the part in the agency's name, and says the words to the requester if there are any; `assign`
    gives it to a crew; `schedule` books the next of the days at `starts`, holidays left out; `remind` says the words
    to the agency or the requester, `times` times, `again_hours` apart.
    """

    id: Slug
    at: Substatus = Substatus.ASSIGNED
    after_hours: float = Field(default=0, ge=0, le=8760, description="how long it has stood there")
    does: Literal["acknowledge", "assign", "schedule", "remind"]
    crew: Slug | None = None
    on_days: tuple[Day, ...] = ()
    starts: dt.time | None = None
    notice_hours: float = Field(default=0, ge=0, le=720, description="the booked day is at least so far ahead")
    to: Literal["agency", "requester"] | None = None
    words: LocalizedText | None = None
    again_hours: float | None = Field(default=None, gt=0, le=8760)
    times: int = Field(default=1, ge=1, le=12)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = {"assign": ("crew",), "schedule": ("on_days", "starts"), "remind": ("to", "words")}
        missing = [name for name in needed.get(self.does, ()) if not getattr(self, name)]
        if missing:
            raise ValueError(f"does {self.does!r} and lacks {' and '.join(missing)}; say it")
        if self.times > 1 and not self.again_hours:
            raise ValueError("comes more than once; say how many hours apart in again_hours")
        standing = {"acknowledge": {Substatus.ASSIGNED}, "schedule": {Substatus.ASSIGNED, Substatus.ACCEPTED}}
        if self.at not in standing.get(self.does, {self.at}):
            raise ValueError(
                f"cannot {self.does!r} while a part stands at {self.at.value!r}; choose an earlier substatus"
            )
        return self


class Verification(About):
    """Somebody looks before finished work closes a request: the role, and the share of such requests looked at."""

    verifier: Verifier
    share: Share = 1.0


class BulkClosing(CityModel):
    """How many closings of one agency within some hours need no second person.

    `alike` counts those with the same disposition, words and evidence; `closings` counts all of them.
    """

    hours: float = Field(gt=0, le=168)
    alike: int | None = Field(default=None, ge=1)
    closings: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _limits(self) -> Self:
        if self.alike is None and self.closings is None:
            raise ValueError("limits nothing; say alike, closings or both")
        return self


class StepsFile(CityModel):
    """`steps.yaml`, which a city may do without."""

    steps: tuple[AutomaticStep, ...] = ()
    verifications: tuple[Verification, ...] = ()
    bulk_closing: BulkClosing | None = None

    def verifier(self, service: str, agency: str) -> Verification | None:
        """Say who looks at this agency's finished work on this service; the first entry that covers it holds."""
        return next((entry for entry in self.verifications if entry.covers(service, agency)), None)

    def automatic(self, service: str, agency: str, at: Substatus) -> tuple[AutomaticStep, ...]:
        """List what happens by itself while a part stands there."""
        return tuple(one for one in self.steps if one.at is at and one.covers(service, agency))
