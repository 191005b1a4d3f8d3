"""What the adapters service is told from outside."""

from pathlib import Path

from pydantic import Field, SecretStr

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Settings of the adapters service."""

    intake_base_url: str = Field("http://127.0.0.1:8301", description="Where photos are read and kept.")
    systems_base_url: str = Field(
        "http://127.0.0.1:8321", description="Where the systems stand whose address in the city folder is only a path."
    )
    adapter_addresses: dict[str, str] = Field(
        {}, description="Agency -> the address of its system, in place of the one in the city folder."
    )
    adapter_secrets: dict[str, SecretStr] = Field(
        {}, description="Agency -> its system's secret: a webhook's signing secret, an API key, a password."
    )
    adapter_folder: Path = Field(Path(".run/adapters"), description="Where relative folders of file exchanges lie.")
    allow_private_systems: bool = Field(
        default=False, description="Speak to addresses that are not public; true only inside a city's own network."
    )
    adapter_calls: int = Field(8, ge=1, le=64, description="Errands in flight at once.")
    adapter_poll_seconds: float = Field(
        1.0, gt=0, le=10, description="How soon what was put off, or left by another process, is seen."
    )
