"""What survey is told from outside."""

from chassis.settings import LimitedSettings


class Settings(LimitedSettings):
    """Settings of survey."""
