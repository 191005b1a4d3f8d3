"""How to reach a Kafka cluster, as its clients want to be told."""

import ssl
from dataclasses import dataclass
from typing import Any

from aiokafka.errors import KafkaError
from faststream.security import BaseSecurity, SASLScram512


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """Where the brokers are and who we are there. Static membership: `group` and `instance` name this process."""

    bootstrap: str
    group: str
    instance: str = "1"
    username: str | None = None
    password: str | None = None
    tls: bool = False

    def client(self) -> dict[str, Any]:
        """Say what every aiokafka client needs."""
        base: dict[str, Any] = {"bootstrap_servers": self.bootstrap, "client_id": f"{self.group}-{self.instance}"}
        if self.tls:
            base["ssl_context"] = ssl.create_default_context()
        if self.username is None:
            return base | {"security_protocol": "SSL" if self.tls else "PLAINTEXT"}
        return base | {
            "security_protocol": "SASL_SSL" if self.tls else "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": self.username,
            "sasl_plain_password": self.password,
        }

    def security(self) -> BaseSecurity | None:
        """Say the same as FastStream wants it."""
        context = ssl.create_default_context() if self.tls else None
        if self.username is None:
            return BaseSecurity(ssl_context=context, use_ssl=self.tls) if self.tls else None
        return SASLScram512(self.username, self.password or "", ssl_context=context, use_ssl=self.tls)


def is_down(error: BaseException) -> bool:
    """Tell a broker that is away from an error that stays."""
    return isinstance(error, KafkaError | OSError)
