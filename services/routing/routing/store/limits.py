"""How much callers have asked lately, as all instances together know it; chassis.limiting keeps it."""

from datetime import datetime

from sqlmodel import Field

from routing.store.base import Base, moment_column


class TokenBucket(Base, table=True):
    """How full a caller's bucket was at a moment; it drains since."""

    __tablename__ = "token_bucket"
    __table_args__ = {"postgresql_with": {"fillfactor": "50"}}  # noqa: RUF012 - SQLAlchemy's own form
    bucket: str = Field(primary_key=True)
    level: float
    at: datetime = moment_column()
