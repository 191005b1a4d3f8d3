"""Writes reports as intake's HTTP doors take them."""

from typing import Any, Final

from contracts.frontends import RequestSubmitted

_NOT_POSTED: Final = {"submission_key", "submitter"}


def form_of(report: RequestSubmitted) -> dict[str, Any]:
    """Write a report as a form posts it: its key travels in a header, its submitter is the caller.

    >>> form_of(RequestSubmitted(submission_key="k", submitter="s", service_code="x", channel="web"))
    {'service_code': 'x', 'channel': 'web'}
    """
    return report.model_dump(mode="json", exclude_none=True, exclude_defaults=True, exclude=_NOT_POSTED)


def line_of(report: RequestSubmitted) -> dict[str, Any]:
    """Write a report as a line of a bulk post, with the key that makes the line safe to repeat."""
    return form_of(report) | {"key": report.submission_key}
