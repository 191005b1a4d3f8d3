"""A broker that speaks TLS: a certificate authority of its own, made anew, and SCRAM within."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from relay311_local.access import LOOPBACK, Access
from relay311_local.downloads import Say
from relay311_local.kafka import Kafka

_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class TlsKafka(Kafka):
    """A node whose clients speak TLS, as in production; its authority's certificate lies in its folder."""

    @property
    def authority(self) -> Path:
        """The certificate that clients trust."""
        return self.folder / "authority.pem"

    @property
    def access(self) -> Access:
        """How the administrator reaches it."""
        known: Access = Kafka.access.fget(self)  # type: ignore[attr-defined]
        return replace(known, authority=str(self.authority))

    def prepare(self, say: Say = print) -> None:
        """Make the certificates first."""
        self.folder.mkdir(parents=True, exist_ok=True)
        make_certificates(self.authority, self._identity)
        Kafka.prepare(self, say)

    def settings(self) -> Mapping[str, str]:
        """Give the server's properties, with TLS around the clients' door."""
        known = Kafka.settings(self)
        protocols = known["listener.security.protocol.map"].replace("CLIENT:SASL_PLAINTEXT", "CLIENT:SASL_SSL")
        return {
            **known,
            "listener.security.protocol.map": protocols,
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self._identity),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.authority),
        }

    @property
    def _identity(self) -> Path:
        return self.folder / "broker.pem"


def make_certificates(authority: Path, identity: Path) -> None:
    """Write an authority's certificate, and a broker's key with its chain in one file, for the loopback address."""
    root_key, key = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    root = _certificate("Relay311 test authority", root_key, None, root_key)
    own = _certificate(LOOPBACK, key, root, root_key)
    authority.write_bytes(root.public_bytes(Encoding.PEM))
    identity.touch(0o600)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    identity.write_bytes(private + own.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM))


def _certificate(
    name: str, key: EllipticCurvePrivateKey, issuer: x509.Certificate | None, signer: EllipticCurvePrivateKey
) -> x509.Certificate:
    subject, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer is not None:
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOOPBACK)), x509.DNSName("localhost")])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(signer, hashes.SHA256())
