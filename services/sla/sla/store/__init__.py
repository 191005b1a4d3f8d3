"""What sla keeps: one clock per request, how long closed requests took, and each service's forecast."""

from sla.store.clocks import STARTED, Sheet, Start, clock_of, lock_clocks
from sla.store.history import (
    WINDOW,
    add_closings,
    area_forecasts,
    counted,
    forecasts,
    forecasts_in,
    history_of_row,
    lock_areas,
    lock_forecasts,
    restore_areas,
    restore_forecasts,
    save_areas,
    save_forecasts,
    stored_ages,
)
from sla.store.performance import GROUPS, performance, volume
from sla.store.tables import METADATA, AreaForecast, ClockRow, ClosingCount, ForecastRow
from sla.store.targets import dismiss, lock_published, publish_target, published_targets, reviews, save_reviews

__all__ = [
    "GROUPS",
    "METADATA",
    "STARTED",
    "WINDOW",
    "AreaForecast",
    "ClockRow",
    "ClosingCount",
    "ForecastRow",
    "Sheet",
    "Start",
    "add_closings",
    "area_forecasts",
    "clock_of",
    "counted",
    "dismiss",
    "forecasts",
    "forecasts_in",
    "history_of_row",
    "lock_areas",
    "lock_clocks",
    "lock_forecasts",
    "lock_published",
    "performance",
    "publish_target",
    "published_targets",
    "restore_areas",
    "restore_forecasts",
    "reviews",
    "save_areas",
    "save_forecasts",
    "save_reviews",
    "stored_ages",
    "volume",
]
