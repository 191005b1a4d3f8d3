"""The city's listed reasons: an agency sends a code, and the resident reads it in every language."""

from contracts.agencies import AgencyReport
from contracts.city import City, ListedReason
from contracts.event import Texts
from contracts.vocabulary import ReportKind
from intake.domain.life.closing import Refusal


def worded(report: AgencyReport, city: City) -> AgencyReport:
    """Let a listed reason stand in for the words an agency left out, in every language.

    >>> from types import SimpleNamespace as Known
    >>> from uuid import UUID
    >>> gate = ListedReason(code="no-access", says={"en": "No way in.", "es": "Sin acceso."},
    ...     ends_as=("unable_to_act",))
    >>> city = Known(reasons={"no-access": gate}, profile=Known(languages=("en", "es")))
    >>> report = AgencyReport(request_id=UUID(int=1), assignment_id=UUID(int=2), update_id="u", kind="cannot_complete",
    ...     reported_at="2026-11-20T09:00:00Z", disposition="unable_to_act", reason_code="no-access",
    ...     explanation={"en": "The gate is locked."})
    >>> worded(report, city).explanation
    {'en': 'The gate is locked.', 'es': 'Sin acceso.'}
    """
    reason = city.reasons.get(report.reason_code or "")
    if reason is None:
        return report
    if report.kind is ReportKind.REFERRED:
        said = (report.text or "").strip() or reason.says.say(city.profile.languages[0])
        return report.model_copy(update={"text": said})
    given = {language: text for language, text in report.explanation.items() if text.strip()}
    return report.model_copy(update={"explanation": _said(reason, city) | given})


def referral_words(report: AgencyReport, city: City) -> Texts:
    """Say in every language why an agency hands a request on, where it gave a listed reason.

    >>> from types import SimpleNamespace as Known
    >>> from uuid import UUID
    >>> city = Known(reasons={}, profile=Known(languages=("en",)))
    >>> report = AgencyReport(request_id=UUID(int=1), assignment_id=UUID(int=2), update_id="u", kind="referred",
    ...     reported_at="2026-11-20T09:00:00Z", text="A park tree.")
    >>> referral_words(report, city)
    {}
    """
    reason = city.reasons.get(report.reason_code or "")
    return _said(reason, city) if reason else {}


def check_reason(report: AgencyReport, city: City) -> Refusal | None:
    """Hold a code against the city's list: one for referrals goes with a referral, one for an ending with that ending.

    >>> from types import SimpleNamespace as Known
    >>> from uuid import UUID
    >>> other = ListedReason(code="wrong-agency", says={"en": "Another agency does this."}, refers=True)
    >>> city = Known(reasons={"wrong-agency": other})
    >>> report = AgencyReport(request_id=UUID(int=1), assignment_id=UUID(int=2), update_id="u", kind="cannot_complete",
    ...     reported_at="2026-11-20T09:00:00Z", disposition="unable_to_act", reason_code="wrong-agency")
    >>> check_reason(report, city).code
    'reason_unknown'
    >>> check_reason(report.model_copy(update={"kind": ReportKind.REFERRED}), city)
    """
    if report.reason_code is None:
        return None
    fitting = tuple(code for code, reason in city.reasons.items() if _fits(reason, report))
    if report.reason_code in fitting:
        return None
    detail = f"{report.reason_code!r} is no listed reason for this; send one of those allowed, or none."
    return Refusal("reason_unknown", detail, fitting)


def _fits(reason: ListedReason, report: AgencyReport) -> bool:
    return reason.refers if report.kind is ReportKind.REFERRED else report.disposition in reason.ends_as


def _said(reason: ListedReason, city: City) -> Texts:
    return {language: reason.says.say(language) for language in city.profile.languages}
