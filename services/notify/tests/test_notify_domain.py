"""What residents are told, and in which words."""

import email
import email.policy
import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import pytest
from jinja2.sandbox import SandboxedEnvironment

from chassis import links
from contracts.city import load_city
from contracts.city.messages import VALUES
from contracts.event import RequestFacts
from contracts.intake import MessageSent, RequestClosed, RequestUpdated, SubstatusChanged
from contracts.routing import RequestAssigned
from contracts.vocabulary import AssignmentCause, Clock, DeliveryChannel, Disposition, Moment, Substatus
from notify.domain.letters import Addresses, Task, Writer
from notify.domain.moments import TOLD, news_of
from notify.domain.rendering import conditional, filling
from notify.gateways.mail import mail_of

ROOT = Path(__file__).parents[3]
AT = datetime(2026, 3, 2, 17, tzinfo=UTC)
REQUEST = UUID(int=7)
ABOUT = RequestFacts(
    tracking_number="AB12-CD34-EF56", service_code="graffiti-removal", contact_refs=("c1",), opened_at=AT
)


@pytest.fixture(scope="module")
def writer() -> Writer:
    return Writer(load_city(ROOT / "cities" / "los-angeles"), Addresses("http://web", "http://survey", "key"))


def task(moment: Moment, language: str = "en", about: RequestFacts = ABOUT, **details: object) -> Task:
    return Task(UUID(int=1), REQUEST, "c1", moment, AT, details, about, None, None, None, language)


def updated(change: object) -> RequestUpdated:
    return RequestUpdated(request_id=REQUEST, sequence=2, about=ABOUT, change=change, by="agency:parks")


@pytest.mark.requirement("NOT-10", "NOT-08")
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("moment", list(Moment))
def test_every_moment_is_told_in_every_language_of_the_city(writer: Writer, moment: Moment, language: str) -> None:
    letter = writer.letter(task(moment, language), DeliveryChannel.EMAIL, "ana@example.org")
    assert letter.text
    assert "{{" not in letter.text + letter.subject
    assert "{%" not in letter.text + letter.subject
    assert 0 < len(letter.subject) <= 120
    assert "AB12-CD34-EF56" in letter.text


def test_a_sentence_about_what_is_not_known_is_left_out(writer: Writer) -> None:
    letter = writer.letter(task(Moment.PROMISED), DeliveryChannel.EMAIL, "ana@example.org")
    assert letter.subject == "AB12-CD34-EF56: Graffiti removal" or letter.subject.startswith("AB12-CD34-EF56: ")
    assert "by ." not in letter.text
    assert not re.search(r"\n{3,}", letter.text)


@pytest.mark.requirement("NOT-04")
def test_the_first_mail_names_a_time_even_before_the_promise(writer: Writer) -> None:
    city = load_city(ROOT / "cities" / "los-angeles")
    service = next(iter(city.baselines))
    about = ABOUT.model_copy(update={"service_code": service})
    text = writer.letter(task(Moment.RECEIVED, about=about), DeliveryChannel.EMAIL, "a@example.org").text
    assert "8 of 10" in text


@pytest.mark.requirement("CH-21", "RTE-16", "NOT-12")
def test_the_first_mail_says_before_all_else_whom_to_call_in_danger_and_in_need(writer: Writer) -> None:
    wrote = task(Moment.RECEIVED, "es", told_to_call=["emergency", "social_services"])
    text = writer.letter(wrote, DeliveryChannel.EMAIL, "a@example.org").text
    assert 0 <= text.find("911") < text.find("211") < text.find("AB12-CD34-EF56")
    quiet = writer.letter(task(Moment.RECEIVED), DeliveryChannel.EMAIL, "a@example.org").text
    assert "911" not in quiet


def test_links_can_be_checked_by_their_readers(writer: Writer) -> None:
    text = writer.letter(task(Moment.RECEIVED), DeliveryChannel.EMAIL, "a@example.org").text
    contact, token = re.search(r"contact=(\w+)&token=(\S+)", text).groups()  # type: ignore[union-attr]
    assert links.verify("key", "manage", f"{REQUEST}:{contact}", token)
    survey = writer.letter(task(Moment.SURVEY_INVITED, invitation_id="42"), DeliveryChannel.EMAIL, "a@example.org").text
    token = re.search(r"http://survey/surveys/42\?token=(\S+)", survey)[1]  # type: ignore[index]
    assert links.verify("key", "survey", "42", token)


def test_imported_history_carries_its_own_date(writer: Writer) -> None:
    old = ABOUT.model_copy(update={"clock": Clock.EVENT})
    letter = writer.letter(task(Moment.RECEIVED, about=old), DeliveryChannel.EMAIL, "a@example.org")
    assert letter.text.startswith("March 2, 2026\n\n")


@pytest.mark.requirement("NOT-02")
def test_the_outcome_and_its_explanation_are_told_in_the_readers_language(writer: Writer) -> None:
    details = {"disposition": "fixed", "explanation": {"en": "Painted over.", "es": "Se pintó."}}
    assert "Se pintó." in writer.letter(task(Moment.CLOSED, "es", **details), DeliveryChannel.EMAIL, "a@b.org").text


@pytest.mark.parametrize("folder", sorted((ROOT / "cities").glob("*/city.yaml")), ids=lambda path: path.parent.name)
def test_every_citys_templates_can_be_written(folder: Path) -> None:
    writer = Writer(load_city(folder.parent), Addresses("http://web", "http://survey", "key"))
    assert all(writer.preview(moment, language).text for moment in Moment for language in writer.languages)


def test_a_broken_template_stops_the_start() -> None:
    from jinja2 import UndefinedError  # noqa: PLC0415 - this test alone

    from notify.domain.rendering import Notices  # noqa: PLC0415 - this test alone

    city = load_city(ROOT / "cities" / "los-angeles")
    with pytest.raises(UndefinedError):
        Notices(city).write(Moment.CLOSED, "en", {"tracking_number": "x", "service_name": "y"})


@pytest.mark.requirement("NOT-05")
@pytest.mark.parametrize(
    ("substatus", "moment"),
    [
        (Substatus.SCHEDULED, Moment.SCHEDULED),
        (Substatus.IN_PROGRESS, Moment.IN_PROGRESS),
        (Substatus.ACCEPTED, None),
        (Substatus.AWAITING_REQUESTER, None),
    ],
)
def test_progress_is_told_by_substatus(substatus: Substatus, moment: Moment | None) -> None:
    news = news_of(updated(SubstatusChanged(substatus=substatus)))
    assert (news.moment if news else None) == moment


def test_a_residents_own_message_is_not_told_back() -> None:
    assert news_of(updated(MessageSent(sender="resident", message_ref="m1"))) is None
    asked = news_of(updated(MessageSent(sender="agency", message_ref="m2", text="Which gate?", needs_answer=True)))
    assert asked is not None
    assert asked.moment is Moment.NEEDS_INFORMATION


@pytest.mark.requirement("NOT-07")
def test_a_referral_is_told_with_its_reason() -> None:
    event = RequestAssigned(
        request_id=REQUEST, sequence=2, about=ABOUT, assignment_id=UUID(int=9), agency="parks", queue="all",
        cause=AssignmentCause.REFERRAL, confidence=1, reason={"en": "A park tree."}, assigned_at=AT,
    )  # fmt: skip
    news = news_of(event)
    assert news is not None
    assert (news.moment, news.details["explanation"]) == (Moment.REFERRED, {"en": "A park tree."})


def test_a_withdrawn_request_is_told_as_cancelled() -> None:
    event = RequestClosed(
        request_id=REQUEST, sequence=2, about=ABOUT, closure_id=UUID(int=3), explanation={"en": "Withdrawn."},
        disposition=Disposition.CANCELLED_BY_REQUESTER, closed_at=AT, closed_by="contact",
    )  # fmt: skip
    news = news_of(event)
    assert news is not None
    assert news.moment is Moment.CANCELLED


def test_the_table_covers_every_request_event_that_notify_reads() -> None:
    from contracts.survey import SurveyAnswered  # noqa: PLC0415 - this test alone
    from contracts.topics import EVENTS, consumed_by  # noqa: PLC0415 - this test alone

    read = {EVENTS[name] for name in consumed_by("notify", [])}
    assert {event.__name__ for event in read} - {event.__name__ for event in TOLD} == {
        "ContactErased",
        "ContactProfile",
        "FollowUpChanged",
        SurveyAnswered.__name__,
    }


@pytest.mark.parametrize(
    "address", ["ana@example.org\r\nBcc: eve@example.org", "a@b)c@d", "Ana <ana@example.org>", "a@b,c@d", "", "a b@c"]
)
def test_an_address_is_one_mailbox_or_nothing(writer: Writer, address: str) -> None:
    with pytest.raises(ValueError, match="not one plain mailbox"):
        mail_of(writer.letter(task(Moment.RECEIVED), DeliveryChannel.EMAIL, address), "311@city.example")


@pytest.mark.requirement("CH-03")
def test_answers_go_to_an_address_of_the_request_that_cannot_be_guessed(writer: Writer) -> None:
    letter = writer.letter(task(Moment.RECEIVED), DeliveryChannel.EMAIL, "a@example.org")
    mail = email.message_from_bytes(mail_of(letter, "311@city.example"), policy=email.policy.default)
    number, _, rest = str(mail["Reply-To"]).removeprefix("request+").partition(".")
    assert number == ABOUT.tracking_number.lower()
    assert rest.partition("@")[2] == "los-angeles.example"
    assert len(rest.partition("@")[0]) == 32


def test_a_subject_cannot_begin_a_second_header(writer: Writer) -> None:
    hostile = ABOUT.model_copy(update={"service_code": "x\r\nBcc: eve@example.org"})
    letter = writer.letter(task(Moment.RECEIVED, about=hostile), DeliveryChannel.EMAIL, "a@example.org")
    head = mail_of(letter, "311@city.example").split(b"\r\n\r\n")[0]
    assert b"\nBcc" not in head


@pytest.mark.parametrize("subject", ["AB12: Graffiti", "AB12: " + "very long " * 11, "AB12: Recolección de año " * 4])
@pytest.mark.parametrize("sender", ["311@city.example", "Cañon City <311@city.example>"])
def test_a_mail_reads_as_the_standard_library_reads_mails(writer: Writer, subject: str, sender: str) -> None:
    letter = writer.letter(task(Moment.RECEIVED, "es"), DeliveryChannel.EMAIL, "ana@example.org")
    written = mail_of(letter._replace(subject=subject.strip(), text=f"¿Qué?\n.\n\n{letter.text}"), sender)
    mail = email.message_from_bytes(written, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    assert [part.defects for part in mail.walk()] == [[], [], []]
    assert max(map(len, written.split(b"\r\n"))) <= 78
    assert b"\n" not in written.replace(b"\r\n", b"")
    assert (mail["To"], mail["Subject"], mail["Content-Language"]) == ("ana@example.org", subject.strip(), "es")
    assert mail["From"].addresses[0].addr_spec == "311@city.example"
    assert mail["Message-ID"] == f"<{letter.intent_id}@city.example>"
    assert abs(mail["Date"].datetime - datetime.now(UTC)) < timedelta(minutes=1)
    plain, rich = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert rich is not None
    assert plain.get_content().splitlines() == f"¿Qué?\n.\n\n{letter.text}".splitlines()
    assert 'lang="es"' in rich.get_content()


def test_a_plain_template_reads_as_the_template_language_would_read_it() -> None:
    city = load_city(ROOT / "cities" / "los-angeles")
    jinja = SandboxedEnvironment()
    texts = [
        text
        for notice in city.notices.values()
        for part in (notice.subject, notice.body)
        for text in part.root.values()
    ]
    for known in ({}, dict.fromkeys(VALUES, "100 % {known}")):
        values = dict.fromkeys(VALUES, "") | known
        for text in (*texts, "100 %s sure. {{ link }}{{ message }} It is.\n\n{{ due_date }}"):
            assert filling(text).render(values) == jinja.from_string(conditional(text)).render(values)


def test_a_template_may_use_the_whole_template_language() -> None:
    hello = filling("{% if link %}See {{ link | upper }}{% else %}Hello{% endif %}.")
    assert [hello.render(dict.fromkeys(VALUES, value)) for value in ("here", "")] == ["See HERE.", "Hello."]
