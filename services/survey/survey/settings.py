"""What survey is told from outside."""

from pydantic import Field

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Settings of survey."""

    trusted_proxies: str = Field("", description="Networks whose X-Forwarded-For is believed.")
    own_networks: str = Field("127.0.0.0/8,::1", description="Networks of the city's own, whose callers have no limit.")
