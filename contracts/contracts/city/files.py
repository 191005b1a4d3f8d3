"""The files of a city folder: which there are, and what each holds at its top."""

from contracts.city.agencies import Agency, Transfer
from contracts.city.agreements import Agreement
from contracts.city.base import CityModel, LocalizedWords
from contracts.city.conversation import Conversation
from contracts.city.messages import DispositionRule, ListedReason, Phrases, StatusWords, Template
from contracts.city.onboarding import OnboardingFile
from contracts.city.people import PeopleFile
from contracts.city.profile import Profile
from contracts.city.promises import Baseline, Calendar, NoBaseline, Target, TargetRules
from contracts.city.routes import RuleSet
from contracts.city.services import Group, Service
from contracts.city.spoken import SpokenFile
from contracts.city.survey import Survey
from contracts.city.telling import Office, Telling
from contracts.city.triage import TriageFile


class AgenciesFile(CityModel):
    """`agencies.yaml`."""

    agencies: tuple[Agency, ...]


class ServicesFile(CityModel):
    """`services.yaml`."""

    groups: tuple[Group, ...]
    services: tuple[Service, ...]

    def in_order(self) -> list[Service]:
        """Return the services in the order of their groups, and within one as they are written."""
        places = {group.slug: place for place, group in enumerate(self.groups)}
        return sorted(self.services, key=lambda service: places[service.group])


class TargetsFile(CityModel):
    """`targets.yaml`."""

    rules: TargetRules
    targets: tuple[Target, ...]


class BaselinesFile(CityModel):
    """`baselines.yaml`."""

    baselines: tuple[Baseline, ...] = ()
    default: NoBaseline


class TransfersFile(CityModel):
    """`transfers.yaml`."""

    transfers: tuple[Transfer, ...]


class MessagesFile(CityModel):
    """`messages.yaml`."""

    notices: tuple[Template, ...]
    statuses: tuple[StatusWords, ...]
    phrases: Phrases
    telling: Telling
    offices: tuple[Office, ...] = ()


class DispositionsFile(CityModel):
    """`dispositions.yaml`."""

    dispositions: tuple[DispositionRule, ...]
    reasons: tuple[ListedReason, ...] = ()
    hollow: LocalizedWords = LocalizedWords({})


class AgreementsFile(CityModel):
    """`agreements.yaml`, which a city may do without: then every agency is unsigned."""

    agreements: tuple[Agreement, ...] = ()


PROFILE = "city.yaml"
AGREEMENTS = "agreements.yaml"
APPOINTMENTS = "appointments.yaml"
STEPS = "steps.yaml"
ADAPTERS = "adapters.yaml"
SYNONYMS = "synonyms.yaml"

CONTINUED = frozenset({"services.yaml", "phrases.yaml"})
"""Files that a folder of the same name may continue, one for each heading of the catalog: `services/trees.yaml`."""

FILES: dict[str, type[CityModel]] = {
    PROFILE: Profile,
    "agencies.yaml": AgenciesFile,
    "services.yaml": ServicesFile,
    "routes.yaml": RuleSet,
    "targets.yaml": TargetsFile,
    "baselines.yaml": BaselinesFile,
    "calendar.yaml": Calendar,
    "transfers.yaml": TransfersFile,
    "messages.yaml": MessagesFile,
    "dispositions.yaml": DispositionsFile,
    "survey.yaml": Survey,
    "people.yaml": PeopleFile,
    "conversation.yaml": Conversation,
    "triage.yaml": TriageFile,
    "phrases.yaml": SpokenFile,
    "onboarding.yaml": OnboardingFile,
}
"""Every file a city folder must hold.

`agreements.yaml`, `appointments.yaml`, `steps.yaml`, `adapters.yaml`, `synonyms.yaml`, `imports/*.yaml` and articles
come on top.
"""
