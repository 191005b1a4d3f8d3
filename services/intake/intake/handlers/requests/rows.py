"""A new request as it is kept: the public facts, and apart from them what is personal."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from contracts.frontends import RequestSubmitted
from contracts.intake import ContactProfile, RequestCreated
from contracts.vocabulary import Clock
from intake import store
from intake.domain.requests.taking import Taken
from intake.handlers.desk import Facts, wrapped


def request_row(created: RequestCreated) -> Facts:
    """Write down a new request as it was published."""
    about = created.about
    return {
        "request_id": created.request_id,
        "tracking_number": about.tracking_number,
        "service_code": about.service_code,
        "language": about.language,
        "contact_refs": wrapped(about.contact_refs),
        "channel": about.channel.value,
        "operator": created.operator.value,
        "customer_type": created.customer_type.value,
        "opened_at": about.opened_at,
        "on_event_clock": about.clock is Clock.EVENT,
        "description": created.description,
        **store.place_columns(created.place),
        "attributes": created.attributes,
        "external_id": created.external_ids[0] if created.external_ids else None,
        "substatus": "received",
        "paused": False,
        "reopen_count": 0,
        "closure": None,
        "updated_at": about.opened_at,
        "updated_sequence": 0,
        "closed_sequence": 0,
        "reopened_sequence": 0,
    }


def external_rows(created: Iterable[RequestCreated]) -> list[Facts]:
    """Write down the numbers other systems know requests by."""
    return [{"external_id": n, "request_id": c.request_id} for c in created for n in c.external_ids]


_KEPT: Final = {"contact_ref", "name", "email", "phone", "webhook_url", "language", "texts_stopped"}


def contact_row(profile: ContactProfile, at: datetime) -> Facts:
    """Write down how somebody new is reached."""
    return {**profile.model_dump(include=_KEPT), "at": at}


def words_row(taken: Taken) -> Facts | None:
    """Write down what may be read by staff alone; None when there is nothing of it."""
    if not (taken.original or taken.personal_answers or taken.profile):
        return None
    return {
        "request_id": taken.created.request_id,
        "contact_ref": taken.profile.contact_ref if taken.profile else None,
        "description": taken.original,
        "attributes": dict(taken.personal_answers),
    }


def submission_row(event: RequestSubmitted, taken: Taken) -> Facts:
    """Write down by which submitter's key a report was taken."""
    return {
        "submitter": event.submitter,
        "submission_key": event.submission_key,
        "request_id": taken.created.request_id,
    }
