"""What the routing service is told from outside."""

from pydantic import Field

from chassis.choosing import ChooserSettings


class Settings(ChooserSettings):
    """Settings of routing."""

    trusted_proxies: str = Field("", description="Networks whose X-Forwarded-For is believed.")
    own_networks: str = Field("127.0.0.0/8,::1", description="Networks of the city's own, whose callers have no limit.")
    port: int = Field(8302, ge=0, le=65535)
    intake_base_url: str = Field("http://127.0.0.1:8301", description="Where agencies read what may not travel.")
    survey_base_url: str = Field("http://127.0.0.1:8305", description="Where agencies read residents' comments.")
