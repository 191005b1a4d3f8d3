"""Who may read what sla keeps: promises and forecasts are public, for they hold nothing personal."""

from typing import Final

from chassis.principals import Policy, anyone, role

POLICY: Final[Policy] = {
    "forecast.read": (anyone,),
    "target.read": (anyone,),
    "promise.read": (anyone,),
    "target.publish": (role("supervisor"), role("operator")),
    "performance.read": (role("agent"), role("agency"), role("supervisor"), role("operator"), role("analyst")),
}
