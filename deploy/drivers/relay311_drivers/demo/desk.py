"""The people who lend a hand when an agency needs one, so that the demo never depends on luck."""

from typing import Final

from relay311_drivers.demo.resident import Resident
from relay311_drivers.demo.story import Story
from relay311_drivers.running import Platform
from relay311_drivers.tokens import bearer
from relay311_drivers.web import Web

_NOT_THERE_YET: Final = frozenset({404, 409})


class Desk:
    """Sends on what was referred to nobody, and has the resident answer what is asked."""

    def __init__(self, platform: Platform, web: Web, story: Story, resident: Resident) -> None:
        self._platform, self._web, self._story, self._resident = platform, web, story, resident
        self._sent_on = self._answered = 0

    async def help(self) -> None:
        """Do what waits for a person."""
        changes = [event["change"] for event in self._story.events["request.updated"]]
        referred = [change for change in changes if change["kind"] == "referral" and not change.get("to_agency")]
        asked = [change for change in changes if change["kind"] == "message" and change.get("needs_answer")]
        if len(referred) > self._sent_on:
            self._sent_on += await self._send_on(referred[self._sent_on]["from_agency"])
        if len(asked) > self._answered:
            self._answered += 1
            await self._resident.write("It is beside the driveway, on the left.")
            self._story.say("the resident answers the agency's question")

    async def _send_on(self, agency: str) -> bool:
        """Give a request back to the agency that knows it best, as the triage desk; False when it is not there yet."""
        url = self._platform.url("routing", f"/triage/{self._story.request_id}/resolve")
        body = {"agency": agency, "reason": "The crew that knows the place takes it after all."}
        answer = await self._web.ask("POST", url, json=body, headers=bearer(self._platform, "agent", "demo"))
        if answer.status_code in _NOT_THERE_YET:
            return False
        self._story.say(f"the triage desk gives it to {agency}")
        return True
