"""What sla does when something happens: load facts, decide, save and publish."""

from sla.handlers.closing import resume_reopened_requests, stop_clocks
from sla.handlers.escalating import escalate
from sla.handlers.forecasting import DAILY, count_daily, publish_forecasts
from sla.handlers.promising import follow_assignments, follow_updates, promise_new_requests
from sla.handlers.reviewing import Dismissal, NewTarget, dismiss_reviews, publish_target

__all__ = [
    "DAILY",
    "Dismissal",
    "NewTarget",
    "count_daily",
    "dismiss_reviews",
    "escalate",
    "follow_assignments",
    "follow_updates",
    "promise_new_requests",
    "publish_forecasts",
    "publish_target",
    "resume_reopened_requests",
    "stop_clocks",
]
