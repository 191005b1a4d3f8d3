"""What the routing service is told from outside."""

from pydantic import Field

from chassis.choosing import ChooserSettings
from chassis.settings import LimitedSettings


class Settings(ChooserSettings, LimitedSettings):
    """Settings of routing."""

    port: int = Field(8302, ge=0, le=65535)
    intake_base_url: str = Field("http://127.0.0.1:8301", description="Where agencies read what may not travel.")
    survey_base_url: str = Field("http://127.0.0.1:8305", description="Where agencies read residents' comments.")
