"""What the notify service is told from outside."""

from pathlib import Path
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
    mail_returns: str = Field(
        "", description="The envelope's sender, where what cannot be delivered goes back to; empty: that of From."
    )
    returns_port: int | None = Field(
        None, ge=0, le=65535, description="Where bounces and complaints come in (SMTP); none takes no mail."
    )
    returns_secret: SecretStr | None = Field(
        None, description="Standard Webhooks secret of who hands in bounces and complaints by HTTP; none: nobody does."
    )
    dkim_key: SecretStr | None = Field(
        None, description="RSA or Ed25519 (PEM) that signs mails; none leaves it to the server."
    )
    dkim_selector: str = Field("relay311", description="Names the key's public half in DNS.")
    notify_base_url: str = Field(
        "", description="Where people end messages, as they reach it; empty: mails offer no such link."
    )
    survey_base_url: str = Field("http://127.0.0.1:8305", description="Where residents answer the survey.")
    webhook_secret: SecretStr = Field(
        SecretStr("whsec_b25seS1mb3ItdGVzdHMtbm90LWEtc2VjcmV0"), description="Standard Webhooks signing secret."
    )
    webhook_previous_secret: SecretStr | None = Field(
        None, description="The secret before, while receivers change over: calls are signed with both."
    )
    webhook_calls: int = Field(32, ge=1, le=256, description="Webhook calls in flight at once.")
    allow_private_webhooks: bool = Field(
        default=True, description="Call addresses that are not public; true only where everything runs on one machine."
    )
    telephone_api: str = Field("", description="The telephone provider; empty: nobody is sent texts or called.")
    telephone_account: str = "local"
    telephone_token: SecretStr | None = None
    telephone_from: str = Field("", description="The city's number, as the provider knows it.")
    telephone_calls: int = Field(4, ge=1, le=64, description="Texts, and calls, in flight at once.")
    vapid_key: SecretStr | None = Field(None, description="EC P-256 (PEM) for web push; none: no push.")
    vapid_contact: str = Field("mailto:311@city.example", description="Whom a push service may write to.")
    social_x_api: str = Field("", description="Where X takes private messages; empty: none are sent.")
    social_x_token: SecretStr | None = None
    social_meta_api: str = Field("", description="Where Meta takes private messages; empty: none are sent.")
    social_meta_token: SecretStr | None = None
    letters: bool = Field(default=False, description="A print room takes letters at /letters; else none are written.")
    letter_font: Path | None = Field(
        None, description="A TrueType font for letters, instead of the one that is built in."
    )
    delivery: Literal["live", "null"] = Field("live", description="`null` counts messages and sends nothing.")
    delivery_poll_seconds: float = Field(
        1.0, gt=0, le=10, description="How soon what was put off, or left by another process, is seen."
    )
    delivery_batch: int = Field(1000, ge=1, le=2000, description="Messages taken up at once.")

    @property
    def in_service(self) -> frozenset[str]:
        """The channels that there is somebody to send by."""
        there = {
            "email": True,
            "webhook": True,
            "sms": bool(self.telephone_api),
            "voice": bool(self.telephone_api),
            "push": self.vapid_key is not None,
            "letter": self.letters,
            "social": bool(self.social_x_api or self.social_meta_api),
        }
        return frozenset(channel for channel, is_there in there.items() if is_there)
