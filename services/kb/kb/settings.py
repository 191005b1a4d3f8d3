"""What the kb service is told from outside."""

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Settings of the kb service."""
