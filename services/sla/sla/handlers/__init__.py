"""What sla does when something happens: load facts, decide, save and publish."""

from sla.handlers.closing import resume_reopened_requests, stop_clocks
from sla.handlers.escalating import escalate
from sla.handlers.forecasting import publish_forecasts
from sla.handlers.promising import follow_assignments, follow_updates, promise_new_requests

__all__ = [
    "escalate",
    "follow_assignments",
    "follow_updates",
    "promise_new_requests",
    "publish_forecasts",
    "resume_reopened_requests",
    "stop_clocks",
]
