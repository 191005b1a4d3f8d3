"""The buckets that all processes share."""

from datetime import datetime

from sqlalchemy import DateTime
from sqlmodel import Field

from intake.store.tables import Base


class TokenBucket(Base, table=True):
    """How full a caller's bucket was at a moment; it drains since."""

    __tablename__ = "token_bucket"
    __table_args__ = ({"postgresql_with": {"fillfactor": "50"}},)

    bucket: str = Field(primary_key=True)
    level: float
    at: datetime = Field(sa_type=DateTime(timezone=True))
