"""What intake is told from outside."""

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Intake's settings: those every service has."""
