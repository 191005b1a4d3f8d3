"""What intake is told from outside."""

from pathlib import Path

from pydantic import Field, SecretStr

from chassis.choosing import ChooserSettings
from chassis.settings import LimitedSettings


class Settings(ChooserSettings, LimitedSettings):
    """Intake's settings."""

    photo_store: str = Field(".run/photos", description="Where photos lie: a folder, or s3://bucket/prefix.")
    photo_s3_endpoint: str | None = Field(None, description="The S3 store's address; none is Amazon's own.")
    photo_s3_key: str | None = Field(None, description="Access key; none asks the environment's usual places.")
    photo_s3_secret: SecretStr | None = None
    photos_at_once: int = Field(2, ge=1, le=16, description="Pictures decoded at once, 512 MB each at the most.")
    photo_sources: str = Field(
        "", description="Origins of the city's own that photos may be fetched from although they are not public."
    )
    photo_recogniser: str | None = Field(
        None, description="`package.module:Class` that says what a photo shows; none suggests nothing."
    )
    photo_poll_seconds: float = Field(1.0, gt=0, le=60)
    gazetteer: Path | None = Field(
        None, description="Known addresses, as `make gazetteer` keeps them; else the city's."
    )
    live_connections: int = Field(2000, ge=0, le=100_000, description="Pages that listen at once, for each process.")
    live_connections_each: int = Field(10, ge=1, le=1000, description="The same from one network.")
    push_public_key: str = Field("", description="What browsers subscribe with (VAPID); empty: no push is offered.")
    smtp_host: str = Field("127.0.0.1", description="The mail server that one-time codes go to.")
    smtp_port: int = Field(8325, ge=1, le=65535)
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_tls: bool = Field(default=False, description="Speak TLS from the first byte.")
    mail_from: str = Field("311@city.example", description="The address in From; one that takes no replies.")
    mail_port: int | None = Field(None, ge=0, le=65535, description="Where e-mails come in (SMTP); none takes no mail.")
    mail_max_bytes: int = Field(32 * 1024 * 1024, ge=10_000, description="The largest mail; a photo grows by a third.")
    social_x_secret: SecretStr | None = Field(None, description="X's consumer secret; none shuts the door.")
    social_x_secret_before: SecretStr | None = Field(None, description="One that X still signs with for a while.")
    social_x_token: SecretStr | None = Field(None, description="Bearer token that answers are posted with.")
    social_x_api: str = "https://api.x.com"
    social_meta_secret: SecretStr | None = Field(None, description="The Meta app's secret; none shuts the door.")
    social_meta_secret_before: SecretStr | None = Field(None, description="One that Meta still signs with for a while.")
    social_meta_verify_token: SecretStr | None = None
    social_meta_token: SecretStr | None = None
    social_meta_api: str = "https://graph.facebook.com/v24.0"
    social_poll_seconds: float = Field(1.0, gt=0, le=60)
    intake_base_url: str = Field("http://127.0.0.1:8301", description="Where machines reach intake: Open311 clients.")
    process_base_url: str | None = Field(
        None, description="Where the steps of a service's work are shown; none links to none."
    )
    kb_base_url: str | None = Field(None, description="Where kb answers; none answers from the copy of its articles.")
    kb_seconds: float = Field(0.5, gt=0, le=5, description="For so long kb is waited for, then the copy answers.")
    survey_base_url: str = Field("http://127.0.0.1:8305", description="Where agencies read residents' comments.")
    telephone_token: SecretStr | None = Field(None, description="The provider signs webhooks with it; none, none pass.")
    telephone_token_before: SecretStr | None = Field(None, description="One the provider still signs with for a while.")
    telephone_base_url: str | None = Field(None, description="Where the provider reaches intake; none is the above.")
