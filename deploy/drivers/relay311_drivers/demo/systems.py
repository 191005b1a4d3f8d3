"""One request through each agency that works in a system of its own: handed over, worked there, told back."""

import asyncio
import random
import secrets
import time
from collections.abc import Mapping
from typing import Any, Final

from contracts.city import Adapter, City, Rule
from relay311_drivers.bodies import form_of
from relay311_drivers.generator import make_report
from relay311_drivers.problems import DriverError
from relay311_drivers.running import Platform
from relay311_drivers.tokens import bearer
from relay311_drivers.web import Web

_PAUSE: Final = 0.5


class Errand:
    """One request at one agency, from its report to its closing."""

    def __init__(self, platform: Platform, web: Web, adapter: Adapter) -> None:
        self._platform, self._web, self._adapter = platform, web, adapter
        self._number, self._said = "", set[str]()
        self._staff = bearer(platform, "operator", "demo")

    async def live(self, city: City, rule: Rule, patience: float) -> dict[str, Any]:
        """Report, and wait until it is closed. Raises DriverError when it is not in time."""
        await self._report(city, rule)
        end = time.monotonic() + patience
        while True:
            shown = await self._web.get(self._platform.url("intake", f"/requests/{self._number}"))
            handed = await self._handed()
            self._tell(handed, shown)
            if shown["status"] == "closed":
                return self._facts(handed, shown)
            if time.monotonic() > end:
                raise DriverError(f"{self._adapter.agency} did not finish in its system within {patience:.0f} s; see "
                                  f"{self._platform.url('adapters', '/exceptions')}.")  # fmt: skip
            await asyncio.sleep(_PAUSE)

    async def _report(self, city: City, rule: Rule) -> None:
        service = city.services[next(code for code in rule.services if code in self._adapter.mapping.types)]
        key = f"demo-{secrets.token_hex(4)}@example.org"
        made = make_report(city, service, random.Random(key), key)  # noqa: S311 - made-up words
        body = form_of(made) | {"channel": "web", "operator": "311"}
        wanted = {name: values[0] for name, values in rule.when.attributes.items()}
        body["attributes"] = {**body.get("attributes", {}), **wanted}
        body["reporter"] = {"email": key, "language": city.profile.languages[0]}
        answer = await self._web.post(self._platform.url("intake", "/requests"), body, key=key)
        self._number = answer["tracking_number"]

    async def _handed(self) -> Mapping[str, Any]:
        path = f"/agencies/{self._adapter.agency}/handovers"
        found = await self._web.get(self._platform.url("adapters", path), headers=self._staff)
        mine = [one for one in found if one["reference"].partition("/")[0] == self._number]
        return mine[0] if mine else {}

    def _tell(self, handed: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
        """Say each thing once, as it is first seen."""
        there = f" as {handed['number']}" if handed.get("number") else ""
        lines = (
            f"handed over{there}" if handed.get("sent_at") else "",
            f"there it stands at {handed['status']!r}" if handed.get("status") else "",
            *(_told_of(order) for order in handed.get("work_orders") or ()),
            f"here it is {shown['substatus']}",
        )
        for line in lines:
            if line and line not in self._said:
                self._said.add(line)
                print(f"  {self._adapter.agency} ({self._adapter.kind}) {self._number}: {line}", flush=True)

    def _facts(self, handed: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
        steps = [entry.get("substatus") for entry in shown["timeline"] if entry["kind"] == "substatus"]
        return {
            "kind": self._adapter.kind,
            "tracking_number": self._number,
            "number": handed.get("number"),
            "status": handed.get("status"),
            "work_orders": [order["number"] for order in handed.get("work_orders") or ()],
            "steps": steps,
            "closed": True,
        }


def _told_of(order: Mapping[str, Any]) -> str:
    planned = f", planned for {order['starts_at']}" if order.get("starts_at") else ""
    return f"its work order {order['number']} stands at {order['status']!r}{planned}" if order.get("status") else ""


async def live_in_systems(platform: Platform, web: Web, city: City, patience: float) -> dict[str, Any]:
    """Live one request in each adapter's system, side by side; nothing where the platform runs without adapters."""
    adapters = {slug: (adapter, rule) for slug, adapter in city.adapters.items() if (rule := _rule(city, adapter))}
    if not adapters:
        return {}
    print(f"\n{len(adapters)} agencies that work in systems of their own:", flush=True)
    lives = [Errand(platform, web, adapter).live(city, rule, patience) for adapter, rule in adapters.values()]
    return dict(zip(adapters, await asyncio.gather(*lives), strict=True))


def _rule(city: City, adapter: Adapter) -> Rule | None:
    """Choose a rule that sends a service to this agency for its answers alone, and to no other beside it."""
    own = [rule for rule in city.rules if rule.agency == adapter.agency and not rule.also and not rule.when.areas]
    return next((rule for rule in own if set(rule.services) & adapter.mapping.types.keys()), None)
