"""An agency's own words are in its own language: nobody is shown them as if they were translated."""

import pytest
from systems_played import Systems, eventually, notice, sent, tell

from chassis.testing import Bench
from contracts.agencies import AgencyReport
from contracts.topics import outbox

SAID = {"en": "The tenant did not open.", "es": "El inquilino no abrió."}
SHUT = {"means": "cannot_complete", "disposition": "unable_to_act"}


async def shut(bench: Bench, systems: Systems, language: str) -> None:
    """Hand a request of somebody who reads this language over; the agency ends it with words and no reason code."""
    whole = notice("housing")
    await tell(
        bench, "housing", whole.model_copy(update={"about": whole.about.model_copy(update={"language": language})})
    )
    await sent(bench, 1)
    (record,) = systems.records("housing")
    body = {"number": record["number"], "status": "gave-up", "text": SAID["en"], "reported_at": "2026-03-02T18:00:00Z"}
    own = bench.token("agency", agency="housing")
    assert (await bench.http.post("/agencies/housing/updates", json=body, headers=own)).status_code == 202
    await decide(bench, "status", SHUT)


async def decide(bench: Bench, kind: str, means: object, wanted: int = 200) -> None:
    async def waits() -> object:
        found = (await bench.http.get("/exceptions", headers=bench.token("supervisor"))).json()
        return [one for one in found if one["kind"] == kind]

    (found,) = await eventually(waits, f"an exception of kind {kind}")
    path = f"/exceptions/{found['exception_id']}/resolve"
    body = {"how": "map", "means": means, "note": "Asked."}
    answer = await bench.http.post(path, json=body, headers=bench.token("supervisor"))
    assert answer.status_code == wanted, answer.text
    await bench.quiet()


@pytest.mark.requirement("CLO-02", "INT-17")
async def test_who_reads_the_agencys_language_reads_its_words(bench: Bench, systems: Systems) -> None:
    await shut(bench, systems, "en")
    (report,) = bench.events(outbox("housing"), AgencyReport)
    assert report.explanation == {"en": SAID["en"]}


@pytest.mark.requirement("CLO-02", "INT-17")
async def test_who_reads_another_waits_until_a_person_has_said_them_there(bench: Bench, systems: Systems) -> None:
    await shut(bench, systems, "es")
    assert bench.events(outbox("housing"), AgencyReport) == []
    await decide(bench, "words", {"en": SAID["en"], "es": SAID["en"]}, 422)
    await decide(bench, "words", SAID)
    (report,) = bench.events(outbox("housing"), AgencyReport)
    assert report.explanation == SAID
    rows = await bench.rows("adapters", "SELECT detail FROM exception WHERE kind = 'words'")
    assert SAID["en"] not in rows[0]["detail"], "the words stay no longer than they are needed"
