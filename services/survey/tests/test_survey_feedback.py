"""Feedback that nobody asked for: by page and by program, known by a link, and not too much of it from one network."""

import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from chassis.links import sign
from chassis.testing import Bench
from contracts.intake import ContactErased
from contracts.survey import FeedbackRecorded
from contracts.vocabulary import Channel
from survey.app import build
from survey.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from test_survey_following_up import CITY, follow_ups
from test_survey_handlers import DAY, NOW, closed, facts, invited, link

Make = Callable[..., Awaitable[Bench]]
KEY = "a key of the test"
PAGE = {"Accept": "text/html"}


@pytest.fixture
async def bench(bench_factory: Make) -> Bench:
    return await bench_factory(build, Settings, now=NOW, link_key=KEY, own_networks="192.0.2.0/24")


@pytest.mark.requirement("SUR-07", "SUR-15", "SS-02")
async def test_the_page_takes_a_complaint_without_scripts_and_shows_what_became_of_it(bench: Bench) -> None:
    page = (await bench.http.get("/feedback/form?lang=es", headers=PAGE)).text
    assert '<html lang="es">' in page
    assert "<script" not in page
    for name in ("category", "tracking_number", "text"):
        assert f'<label for="{name}">' in page
        assert f'id="{name}"' in page
    action = re.findall(r'action="([^"]+)"', page)[0].replace("&amp;", "&")
    wrong = {"kind": "complaint", "text": "Nunca llegó <b>nadie</b>"}
    again = await bench.http.post(f"/feedback/form{action}", data=wrong, headers=PAGE)
    assert (again.status_code, 'role="alert"' in again.text) == (422, True)
    assert "Nunca llegó &lt;b&gt;nadie&lt;/b&gt;" in again.text, "nothing has to be typed twice"
    right = wrong | {"category": "late"}
    taken = await bench.http.post(f"/feedback/form{action}", data=right, headers=PAGE)
    assert (taken.status_code, "<h1>Gracias</h1>" in taken.text) == (201, True)
    assert (await bench.http.post(f"/feedback/form{action}", data=right, headers=PAGE)).text == taken.text, "sent once"
    link = re.findall(r'href="([^"]+)"', taken.text)[0].replace("&amp;", "&")
    assert "Todavía nadie ha respondido." in (await bench.http.get(link, headers=PAGE)).text
    await bench.quiet()
    (event,) = bench.events("feedback.recorded", FeedbackRecorded)
    assert (event.kind, event.category, event.language) == ("complaint", "late", "es")
    assert [one.reason for one in follow_ups(bench)] == ["late"]
    reply = {"text": "Mañana vamos."}
    agent = bench.token("agent")
    assert (await bench.http.post(f"/feedback/{event.feedback_id}/reply", json=reply, headers=agent)).status_code == 200
    assert "Mañana vamos." in (await bench.http.get(link, headers=PAGE)).text


@pytest.mark.requirement("SUR-07", "CP-05")
async def test_who_comes_by_a_link_is_known_and_forgotten_with_it(bench: Bench) -> None:
    await bench.feed(closed())
    await bench.advance(2 * DAY)
    (one,) = invited(bench)
    by_survey = {"invitation_id": str(one.invitation_id), "token": sign(KEY, "survey", str(one.invitation_id))}
    by_request = {
        "tracking_number": one.about.tracking_number,
        "contact": one.contact_ref,
        "token": sign(KEY, "manage", f"{one.request_id}:{one.contact_ref}"),
    }
    body = {"kind": "feedback", "text": "It is Ana who says this"}
    made = [(await bench.http.post("/feedback", json=body | link)).json() for link in (by_survey, by_request, {})]
    strange = await bench.http.post("/feedback", json=body | by_survey | {"token": "guessed"})
    assert (strange.status_code, strange.json()["errors"][0]["field"]) == (422, "token")
    agent = bench.token("agent")
    read = [(await bench.http.get(f"/feedback/{taken['feedback_id']}", headers=agent)).json() for taken in made]
    assert [row["contact_ref"] for row in read] == [one.contact_ref, one.contact_ref, None]
    assert read[0]["tracking_number"] == one.about.tracking_number
    await bench.feed(ContactErased(contact_ref=one.contact_ref))
    kept = [(await bench.http.get(f"/feedback/{taken['feedback_id']}", headers=agent)).json() for taken in made]
    assert [row["words"] for row in kept] == [None, None, body["text"]]
    assert await bench.rebuild("survey") == []


@pytest.mark.requirement("SUR-07", "OPS-05")
async def test_one_network_says_only_so_much_and_is_told_when_to_go_on(bench_factory: Make, tmp_path: Path) -> None:
    city = tmp_path / "los-angeles"
    city.mkdir()
    for path in CITY.iterdir():
        if path.name != "people.yaml":
            (city / path.name).symlink_to(path)
    few, count = re.subn(
        r"address: \{[^}]*\}", "address: {at_once: 2, an_hour: 60}", (CITY / "people.yaml").read_text()
    )
    assert count == 1
    (city / "people.yaml").write_text(few)
    bench = await bench_factory(build, Settings, now=NOW, link_key=KEY, own_networks="192.0.2.0/24", city=city)
    body = {"kind": "praise", "text": "Thanks"}
    said = [await bench.http.post("/feedback", json=body) for _ in range(3)]
    assert [answer.status_code for answer in said] == [201, 201, 429]
    assert int(said[2].headers["retry-after"]) > 0
    page = await bench.http.post("/feedback/form?lang=es", data=body, headers=PAGE)
    assert (page.status_code, "llame al 311" in page.text) == (429, True)
    assert (await bench.http.post("/feedback", json=body, headers=bench.token("agent"))).status_code == 201


@pytest.mark.requirement("SUR-07", "CP-05")
async def test_who_comes_from_their_account_is_known_without_any_request(bench: Bench) -> None:
    mine = {"contact": "c7", "token": sign(KEY, "feedback author", "c7")}
    body = {"kind": "complaint", "category": "late", "text": "Two hours on the line", "stage": "intake", "via": "phone"}
    taken = (await bench.http.post("/feedback", json=body | mine)).json()
    other = await bench.http.post("/feedback", json=body | mine | {"contact": "c8", "tracking_number": "unknown"})
    assert other.status_code == 201, "whose link it is cannot be told: it is taken without a name"
    agent = bench.token("agent")
    said = [
        (await bench.http.get(f"/feedback/{one['feedback_id']}", headers=agent)).json() for one in (taken, other.json())
    ]
    assert [(one["contact_ref"], one["stage"]) for one in said] == [("c7", "intake"), (None, "intake")]
    await bench.feed(ContactErased(contact_ref="c7"))
    assert (await bench.http.get(f"/feedback/{taken['feedback_id']}", headers=agent)).json()["words"] is None


@pytest.mark.requirement("SUR-06")
async def test_what_was_heard_is_told_by_the_part_of_the_way_it_is_about(bench: Bench) -> None:
    for number in range(5):
        await bench.feed(closed(number, about=facts(contacts=(f"c{number}",), channel=Channel.PHONE)))
    await bench.advance(2 * DAY)
    for one in invited(bench):
        answers = {"done": True, "quality": 5, "handling": 2, "agent": 4, "comment": "Thanks"}
        assert (await bench.http.post(link(one), json=answers)).status_code == 201
    page = (await bench.http.get("/feedback/form?stage=work", headers=PAGE)).text
    action = re.findall(r'action="([^"]+)"', page)[0].replace("&amp;", "&")
    form = {"kind": "complaint", "category": "late", "text": "Nobody came for weeks", "rating": "1"}
    assert (await bench.http.post(f"/feedback/form{action}", data=form, headers=PAGE)).status_code == 201
    lines = (await bench.http.get("/results/stages", headers=bench.token("analyst"))).json()
    assert [(line["stage"], line["asked"], line["rating"], line["unasked"]) for line in lines] == [
        ("intake", 5, 4.0, 0),
        ("work", 5, 2.0, 1),
        ("closure", 5, 5.0, 0),
    ]
    assert (lines[1]["unasked_rating"], lines[1]["complaints"]) == (1.0, 1)
    own = bench.token("agency", agency="sanitation")
    few = (await bench.http.get("/results/stages?agency=sanitation", headers=own)).json()
    assert [line["suppressed"] for line in few] == [True, True, True]
    assert (await bench.http.get("/results/stages", headers=own)).status_code == 403
    assert await bench.rebuild("survey") == []
