"""Why a promise was revised, or work stands still: said in the city's words wherever residents read the timeline."""

from pathlib import Path

import pytest

from contracts.city import load_city
from contracts.sla import RevisionReason
from intake.domain.open311.views import update_view
from intake.domain.pages.telling import told

CITY = load_city(Path(__file__).parents[3] / "cities" / "los-angeles")
AT = "2026-03-02T21:05:00+00:00"


@pytest.mark.requirement("SLA-04", "NOT-09")
def test_the_page_says_why_a_promise_was_revised_and_why_work_stands_still() -> None:
    words = {"en": "Expected by May 3.", "es": "Para el 3 de mayo."}
    promised = {"kind": "promised", "at": AT, "words": words, "reason": "scheduled"}
    assert told(CITY, promised, "es") == "La agencia fijó un día para el trabajo. Para el 3 de mayo."
    assert told(CITY, promised | {"reason": None}, "en") == "Expected by May 3."
    paused = {"kind": "clock_paused", "at": AT, "reason": "other-agency"}
    assert told(CITY, paused, "en").endswith("stands still. Another agency has to do its part first.")
    assert told(CITY, paused | {"reason": "awaiting_requester"}, "es").endswith("espera una respuesta de usted.")


@pytest.mark.requirement("SLA-04")
def test_no_code_of_a_reason_is_shown_on_the_page_or_to_open311() -> None:
    for code in ("no_such_reason", *(reason.value for reason in RevisionReason if "_" in reason.value)):
        for kind in ("promised", "clock_paused", "substatus"):
            entry = {"kind": kind, "at": AT, "substatus": "on_hold", "reason": code}
            assert code not in told(CITY, entry, "en")
            shown = update_view("AB12", 1, entry, CITY, "en", finer=False)["description"]
            assert code not in (shown or "")


def test_a_reason_that_somebody_wrote_is_shown_as_it_is() -> None:
    entry = {"kind": "dispute_declined", "at": AT, "reason": "A crew looked again today."}
    assert update_view("AB12", 1, entry, CITY, "en", finer=False)["description"] == "A crew looked again today."
