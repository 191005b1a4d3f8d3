"""When work is due and when it usually ends: targets, printed baselines and the working calendar."""

import datetime as dt
from typing import Literal

from pydantic import Field

from contracts.city.base import CityModel, LocalizedText, Share, Slug

Unit = Literal["hours", "days", "calendar_days", "business_hours", "business_days", "business_dates"]


class Span(CityModel):
    """A length of time, and how it is counted.

    `hours` and `days` elapse around the clock; `calendar_days` end at the same time of day, so many dates on.
    `business_hours` and `business_days` count only the calendar's working time; `business_dates` end at the same time
    of day, so many working dates on, and what comes after closing counts from the next opening.
    """

    amount: float = Field(gt=0)
    unit: Unit


class Target(CityModel):
    """An agency's promise for a service: the time from the first start to the end of the work.

    `signed` tells whether the agency agreed to it in writing; `basis` where the number comes from:
    agreed with the agency, printed as a promise, the printed 80 % value, or proposed here until the agency sets one.
    """

    service: Slug
    agency: Slug | None = None
    due: Span
    first_response: Span | None = None
    signed: bool
    set_by: str = Field(min_length=1)
    basis: Literal["agreed", "printed_promise", "historic_80", "proposed"]
    effective_from: dt.date
    source: str = Field(min_length=1)


class TargetRules(CityModel):
    """What holds for every target unless it says otherwise."""

    at_risk_share: Share = Field(description="the part of the time that may pass before a request is at risk")
    pause_reasons: tuple[Slug, ...] = Field(description="what stops the clock: nobody may pause it for another reason")
    first_response: Span
    remind_every: Span | None = Field(None, description="how often the last level is reminded while work stays late")
    history_minimum: int = Field(ge=1, description="closed requests needed before a forecast rests on own history")


class Baseline(CityModel):
    """A printed figure: within how many elapsed days 80 % of the requests of a period were closed."""

    service: Slug
    days_80: float = Field(gt=0, description="elapsed days; parts of a day are kept")
    n: int = Field(ge=1)
    period: str
    label: Literal["historic_closure"]
    source: str


class NoBaseline(CityModel):
    """What is said for services without history: an honest text, never a number."""

    label: Literal["none"]
    text: LocalizedText


class Holiday(CityModel):
    """A day on which nobody works by the calendar."""

    date: dt.date
    name: LocalizedText


class WorkingHours(CityModel):
    """Working days and hours in local time, and holidays; business units of targets count only these."""

    working_days: tuple[Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], ...] = Field(min_length=1)
    opens: dt.time
    closes: dt.time
    holidays: tuple[Holiday, ...] = ()
    source: str

    @property
    def holiday_dates(self) -> frozenset[dt.date]:
        """The dates of all holidays."""
        return frozenset(holiday.date for holiday in self.holidays)


class NamedCalendar(WorkingHours):
    """The working time of some agencies; it has the city's holidays too unless it says that it has its own alone."""

    city_holidays: bool = True


class Calendar(WorkingHours):
    """The city's own working time, and those that agencies and agreements name in its place."""

    named: dict[Slug, NamedCalendar] = Field(
        {}, description="what `calendar` of an agency or an agreement names; without one the city's own holds"
    )

    def called(self, name: str | None) -> WorkingHours:
        """Return the working time of this name, with the city's holidays where it has them; the city's own without one.

        >>> new_year = Holiday(date=dt.date(2027, 1, 1), name=LocalizedText({"en": "New Year"}))
        >>> hours = {"working_days": ("Mon",), "opens": dt.time(8), "closes": dt.time(17), "source": "example"}
        >>> nights = NamedCalendar(**hours | {"opens": dt.time(22), "closes": dt.time(6)})
        >>> city = Calendar(**hours, holidays=(new_year,), named={"nights": nights})
        >>> city.called("nights").opens.hour, len(city.called("nights").holidays), city.called(None).opens.hour
        (22, 1, 8)
        """
        if name is None:
            return self
        found = self.named[name]
        holidays = (*self.holidays, *found.holidays) if found.city_holidays else found.holidays
        return found.model_copy(update={"holidays": holidays})
