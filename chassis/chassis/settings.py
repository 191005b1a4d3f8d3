"""What every service is told from outside: environment variables only."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Settings shared by all services; a service's own Settings extends this."""

    model_config = SettingsConfigDict(env_prefix="RELAY311_", frozen=True, extra="ignore")

    database_url: SecretStr = Field(description="postgresql://role:password@host:port/database of this service alone.")
    kafka_bootstrap: str = Field("127.0.0.1:19092", description="host:port of any broker")
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_tls: bool = False
    city: Path = Field(Path("cities/los-angeles"), description="The city folder.")
    host: str = "127.0.0.1"
    port: int = Field(8300, ge=0, le=65535)
    instance: str = Field("1", description="Names this process within its consumer group; unique per process.")
    otlp_endpoint: str | None = Field(None, description="OTLP/HTTP traces endpoint; none sends no traces.")
    token_public_key: str | None = Field(None, description="Ed25519 public key (PEM, or the path of a PEM file).")
    link_key: SecretStr = Field(SecretStr("only-for-tests"), description="Secret shared by those who make links.")
    web_base_url: str = Field("http://127.0.0.1:8301", description="Where residents follow a request.")
    log_level: str = "INFO"
    database_connections: int = Field(4, ge=2, le=50)
    kept_months: dict[str, int] = Field({}, description="Months that `retain` keeps of a table, by its name.")
    trace_rate: float = Field(5.0, ge=0, description="New traces a second sampled in full; a share above it.")
    accept_rewind: bool = Field(
        default=False, description="Go on although the database is behind what the group had consumed (a rebuild)."
    )


class LimitedSettings(ServiceSettings):
    """Settings of a service that strangers may call only so often."""

    trusted_proxies: str = Field("", description="Networks whose X-Forwarded-For is believed.")
    own_networks: str = Field("127.0.0.0/8,::1", description="Networks of the city's own, whose callers have no limit.")
