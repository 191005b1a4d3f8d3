"""What the notify service is told from outside."""

from typing import Literal

from pydantic import Field, SecretStr

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Settings of the notify service."""

    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(8325, ge=1, le=65535)
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_tls: bool = Field(default=False, description="Speak TLS from the first byte.")
    smtp_connections: int = Field(4, ge=1, le=64, description="Mails in flight at once.")
    mail_from: str = Field("311@city.example", description="The address in From; one that takes no replies.")
    survey_base_url: str = Field("http://127.0.0.1:8305", description="Where residents answer the survey.")
    webhook_secret: SecretStr = Field(
        SecretStr("whsec_b25seS1mb3ItdGVzdHMtbm90LWEtc2VjcmV0"), description="Standard Webhooks signing secret."
    )
    webhook_calls: int = Field(32, ge=1, le=256, description="Webhook calls in flight at once.")
    allow_private_webhooks: bool = Field(
        default=True, description="Call addresses that are not public; true only where everything runs on one machine."
    )
    delivery: Literal["live", "null"] = Field("live", description="`null` counts messages and sends nothing.")
    delivery_poll_seconds: float = Field(
        1.0, gt=0, le=10, description="How soon what was put off, or left by another process, is seen."
    )
    delivery_batch: int = Field(1000, ge=1, le=2000, description="Messages taken up at once.")
