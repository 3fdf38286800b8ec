"""What moto's Secrets Manager does not return: the key of a secret's copy."""

from typing import Any

from moto.secretsmanager.models import FakeSecret


def install() -> None:
    """Return the key that each copy was given."""
    create = FakeSecret.create_replicas

    def with_keys(self: FakeSecret, replica_regions: list[dict[str, str]], force_overwrite: bool) -> Any:
        replicas = create(self, replica_regions, force_overwrite)
        keys = {one["Region"]: one.get("KmsKeyId") for one in replica_regions}
        for replica in replicas:
            if key := keys.get(replica.region):
                replica.config["KmsKeyId"] = key
        return replicas

    FakeSecret.create_replicas = with_keys  # type: ignore[method-assign]
