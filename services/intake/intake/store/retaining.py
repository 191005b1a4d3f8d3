"""Which tables are of no use after a time: counts that are only compared from one year to the next."""

from typing import Final

from chassis.retaining import Retention

RETAINS: Final = (
    Retention("form_visit", "begun_at", 2 * 366, 92, "how forms fare is compared with the year before"),
    Retention("self_served", "at", 2 * 366, 92, "what needs no agent is compared with the year before"),
)
