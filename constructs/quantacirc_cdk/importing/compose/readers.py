"""Readers of the keys of a Compose service."""

from quantacirc_cdk.importing.compose import deploy, network, process, storage
from quantacirc_cdk.importing.compose.service import Reader

READERS: dict[str, Reader] = {**process.READERS, **network.READERS, **storage.READERS, **deploy.READERS}
"""Reader of each key."""
