"""Configuration that is not secret."""

import hashlib
import json
from collections.abc import Mapping

from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.manifest import Manifest


class ConfigMap(Manifest):
    """A ConfigMap with this name and these entries, sorted by key."""

    def __init__(
        self, scope: Construct, id: str, *, name: str, data: Mapping[str, str], labels: Mapping[str, str]
    ) -> None:
        super().__init__(scope, id, api_version="v1", kind="ConfigMap", name=name, labels=labels, data=data)


def content_hash(data: Mapping[str, str]) -> str:
    """Return a hash of the entries, whatever their order.

    As an annotation of the pods that read them it makes a change of configuration a rollout.
    """
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


CONFIG_HASH = "checksum/config"
"""Annotation that holds the ``content_hash``."""
