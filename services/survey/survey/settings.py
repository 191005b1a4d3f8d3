"""What survey is told from outside: nothing beyond what every service is told."""

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Settings of survey."""
