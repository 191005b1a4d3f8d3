"""One life from beginning to end: reported, closed, disputed, reopened, closed again and found good."""

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.city import City
from relay311_drivers.demo.desk import Desk
from relay311_drivers.demo.resident import Resident, choose_service
from relay311_drivers.demo.story import LOG, Story
from relay311_drivers.demo.systems import live_in_systems
from relay311_drivers.log import reading
from relay311_drivers.problems import DriverError
from relay311_drivers.running import Platform
from relay311_drivers.telephone import Telephone, ask_status, telephone_of
from relay311_drivers.web import Web


async def live(
    platform: Platform, service: str | None, patience: float, speak: str | None = None, *, systems: bool = True
) -> dict[str, Any]:
    """Report, dispute the first closing, accept the second; then one request in each agency's own system."""
    city = platform.city()
    language = choose_language(city, speak)
    async with Web(patience=patience) as web, reading(platform, LOG, from_start=False) as reader:
        story = Story(reader, patience, language, city.profile.time_zone)
        resident = Resident(platform, web, language)
        number = await _report(city, story, resident, service)
        desk = Desk(platform, web, story, resident)
        await _round(story, resident, desk, patience, done=False)
        await story.until(lambda: story.count("request.reopened") == 1, "The reopening")
        await _round(story, resident, desk, patience, done=True)
        await story.settle()
        mails = await resident.mails()
        check_language(mails, language)
        asked = await _asked(story, telephone_of(platform, web), number)
        elsewhere = await live_in_systems(platform, web, city, patience) if systems else {}
        said = facts(story, number, resident.trace_id, len(mails))
        return said | {"systems": elsewhere, "language": language, "asked": asked}


def choose_language(city: City, wanted: str | None) -> str:
    """Choose the resident's language. Raises DriverError for one that the city does not speak."""
    spoken = city.profile.languages
    if wanted is not None and wanted not in spoken:
        raise DriverError(f"The city does not speak {wanted!r}; choose one of {', '.join(spoken)}.")
    return wanted or spoken[0]


def check_language(mails: Sequence[Mapping[str, Any]], language: str) -> None:
    """Raise DriverError when a mail says that it is written in another language.

    >>> check_language([{"html": '<html lang="es">', "subject": "Cerrada"}], "es")
    """
    for mail in mails:
        if f'lang="{language}"' not in mail["html"]:
            raise DriverError(f"The mail {mail['subject']!r} does not speak {language!r}; see `make preview`.")


async def _report(city: City, story: Story, resident: Resident, service: str | None) -> str:
    answer = await resident.report(city, choose_service(city, service))
    story.request_id = answer["request_id"]
    forecast = answer["forecast"].get(resident.language, "")
    story.say(f"reported over HTTP: number {answer['tracking_number']}. {forecast}")
    return str(answer["tracking_number"])


async def _asked(story: Story, phone: Telephone, number: str) -> dict[str, str]:
    """Ask how it stands by text and by a call, as the provider brings both. Raises DriverError if unheard."""
    texted, spoken = await ask_status(phone, number)
    if number not in texted or not spoken:
        raise DriverError(f"A text with the number was answered: {texted[:200]!r}; a call: {spoken[:200]!r}")
    story.say(f"a text with the number is answered: {texted}")
    story.say(f"a call says: {spoken}")
    return {"text": texted, "call": spoken}


async def _round(story: Story, resident: Resident, desk: Desk, patience: float, *, done: bool) -> None:
    """Wait for the next closing, and answer the survey that follows it."""
    closings, answers = story.count("request.closed"), story.count("survey.answered")
    await story.until(lambda: story.count("request.closed") > closings, "The closing", meanwhile=desk.help)
    await story.until(lambda: story.count("survey.invited") > answers, "The invitation to the survey")
    link = await resident.survey_link(patience)
    story.say(f"the resident follows the link in the mail: {link.split('?')[0]}")
    await resident.answer(link, done=done)
    await story.until(lambda: story.count("survey.answered") > answers, "The answer to the survey")


def facts(story: Story, number: str, trace_id: str, mails: int) -> dict[str, Any]:
    """Sum the life up. Raises DriverError when it did not end as it should."""
    closed, promised = story.last("request.closed"), story.last("request.promised")
    if not promised:
        raise DriverError("The request was never promised; see `make dlq` and the log of sla.")
    return {
        "tracking_number": number,
        "agency": story.last("request.assigned").get("agency"),
        "due_at": promised.get("due_at"),
        "expected_at": promised.get("expected_at"),
        "closed_at": closed["closed_at"],
        "disposition": closed["disposition"],
        "reopened": story.count("request.reopened"),
        "survey": [answer.get("done") for answer in story.events["survey.answered"]],
        "messages": mails,
        "events": story.total,
        "trace_id": trace_id,
        "seconds": round(story.seconds, 1),
    }
