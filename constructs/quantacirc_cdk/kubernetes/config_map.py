"""ConfigMap: configuration without secrets."""

import hashlib
from collections.abc import Iterator, Mapping
from functools import cached_property

from quantacirc_cdk.kubernetes import engine, plus
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.check import Refusal
from quantacirc_cdk.limits.kubernetes import ConfigData, Labels, ObjectName, data_refusal
from quantacirc_cdk.manifests import raw_json


class ConfigMap(Manifest):
    """A ConfigMap with this name and these entries, sorted by key."""

    def __init__(self, scope: Construct, id: str, *, name: ObjectName, data: ConfigData, labels: Labels) -> None:
        super().__init__(scope, id, api_version="v1", kind="ConfigMap", name=name, labels=labels, data=data)

    @cached_property
    def for_cdk8s_plus(self) -> "engine.kplus.IConfigMap":
        """The ConfigMap as a cdk8s-plus object: ``kplus.Volume.from_config_map(chart, "v",
        web.config.for_cdk8s_plus)``.
        """
        return plus.config_map(self)


def data_refusals(data: Mapping[str, str], place: str = "data") -> Iterator[Refusal]:
    """Yield data above the size limit of a ConfigMap."""
    if expected := data_refusal(data):
        yield Refusal(place, "too large", expected)


def content_hash(data: Mapping[str, str]) -> str:
    """Return a hash of the entries that does not depend on their order.

    As an annotation of the pods, it turns a change of configuration into a rollout.
    """
    return hashlib.sha256(raw_json(data).encode()).hexdigest()[:16]


CONFIG_HASH = "checksum/config"
"""Annotation that holds the ``content_hash``."""
