"""Cloud KMS keys by purpose."""

from collections.abc import Mapping

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.gcp.services import enable, logging_agent, project_number, service_agent, storage_agent
from quantacirc_cdk.terraform.interface.key_ring import ExistingKeyRing, KeyRingProps, Purpose
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

_COPIED: tuple[Purpose, ...] = ("database", "objects", "secrets")
"""Purposes with data in the recovery region."""
_ROTATION = 90 * 86400
"""Seconds between new versions of a key. Old versions still decrypt, and cost little."""
_MAKES_ITS_AGENT: Mapping[Purpose, tuple[str, ...]] = {"cluster": ("container",), "volumes": ("compute",)}
"""APIs that create their service agents when they are enabled."""


class KeyRing(Checked, Construct):
    """A key ring with a key for each purpose, rotated every 90 days, which only the encrypting service can use.

    With a recovery region, also creates a key ring there with separate keys for copied data. Terraform refuses to
    destroy rings and keys: Google Cloud never releases their names, so they could not be created again.
    """

    @staticmethod
    def check_props(props: KeyRingProps) -> None:
        """Raise ``PropsError`` for values that Google Cloud refuses."""
        rules = Rules(props.name)
        # https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings/create
        rules.matches("name", props.name, r"[a-zA-Z0-9_-]{1,63}", "at most 63 letters, digits, dashes and underscores")
        rules.check()

    def __init__(self, scope: Construct, id: str, props: KeyRingProps) -> None:
        super().__init__(scope, id)
        self.props = props
        self._name = terraform_name(id)
        self._kms = enable(self, "cloudkms")
        ring = self._ring(props.region, "")
        self._keys = {name: self._key(ring, name, "") for name in props.keys}
        self._recovery_keys: Mapping[str, Resource] = {}
        if props.recovery_region:
            ring = self._ring(props.recovery_region, "recovery")
            copied = props.copied(*_COPIED)
            self._recovery_keys = {name: self._key(ring, name, "recovery") for name in copied}

    @staticmethod
    def from_existing(*, keys: Mapping[str, str], recovery_keys: Mapping[str, str] | None = None) -> ExistingKeyRing:
        """Return existing keys for other constructs; creates nothing.

        They are full ids (``projects/…/cryptoKeys/…``). The agents of the encrypting services must have access to them.
        """
        return ExistingKeyRing(keys=keys, recovery_keys=recovery_keys or {})

    def key_id(self, name: str) -> str:
        """Return a reference to the id of the key ``name``; users of it wait for the service's permission."""
        return self._find(self._keys, name, "")

    def recovery_key_id(self, name: str) -> str:
        """Return a reference to the id of the key for copies in the recovery region."""
        return self._find(self._recovery_keys, name, " in a recovery region")

    def _find(self, keys: Mapping[str, Resource], name: str, where: str) -> str:
        if name not in keys:
            raise PropsError(f"{self.props.name}: the key ring has no key for {name}{where}")
        return keys[name].ref("crypto_key_id")

    def _ring(self, region: str, where: str) -> Resource:
        return Resource(
            self,
            "google_kms_key_ring",
            terraform_name(self._name, where),
            name="-".join(filter(None, (self.props.name, where))),
            location=region,
            lifecycle={"prevent_destroy": True},
            depends_on=self._kms,
        )

    def _key(self, ring: Resource, key_name: str, where: str) -> Resource:
        """Create a key; return a reference to its permissions, which carries the dependency on them."""
        name, purpose = terraform_name(key_name, where), self.props.keys[key_name]
        key = Resource(
            self,
            "google_kms_crypto_key",
            name,
            name=key_name,
            key_ring=ring.id,
            purpose="ENCRYPT_DECRYPT",
            rotation_period=f"{_ROTATION}s",
            destroy_scheduled_duration=f"{self.props.deletion_days * 86400}s",
            lifecycle={"prevent_destroy": True},
        )
        return Resource(
            self,
            "google_kms_crypto_key_iam_binding",
            name,
            crypto_key_id=key.id,
            role="roles/cloudkms.cryptoKeyEncrypterDecrypter",
            # The complete list: all other members are removed from the role.
            members=key_users(self, purpose, self.props.account),
            depends_on=enable(self, *_MAKES_ITS_AGENT.get(purpose, ())),
        )


def key_users(scope: Construct, purpose: Purpose, project: str) -> list[str]:
    """Return the service agents that encrypt and decrypt with the key for ``purpose``.

    People and workloads are not among them: they access the data, and the service uses the key.
    """
    match purpose:
        case "objects" | "state":
            return [storage_agent(scope)]
        case "cluster":
            # Secrets in etcd, and backups of the cluster.
            return [_agent(scope, "container-engine-robot"), service_agent(scope, "gkebackup")]
        case "cache":
            return [service_agent(scope, "redis")]
        case "database":
            return [service_agent(scope, "sqladmin")]
        case "audit-trail" | "logs":
            return [logging_agent(scope, project)]
        case "registry":
            return [service_agent(scope, "artifactregistry")]
        case "secrets":
            return [service_agent(scope, "secretmanager")]
        case "volumes":
            return [_agent(scope, "compute-system")]


def _agent(scope: Construct, domain: str) -> str:
    """Return an agent that its API creates automatically."""
    return f"serviceAccount:service-{project_number(scope)}@{domain}.iam.gserviceaccount.com"
