"""Sources of volumes (https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume/)."""

from collections.abc import Iterator, Mapping
from typing import Any

from quantacirc_cdk.errors import nearest
from quantacirc_cdk.limits.kubernetes import volume_file_refusal
from quantacirc_cdk.limits.quantity import quantity_refusal

Refused = tuple[str, str]

VOLUME_SOURCES: Mapping[str, frozenset[str]] = {
    name: frozenset(fields.split())
    for name, fields in {
        "configMap": "defaultMode items name optional",
        "csi": "driver fsType nodePublishSecretRef readOnly volumeAttributes",
        "downwardAPI": "defaultMode items",
        "emptyDir": "medium sizeLimit",
        "ephemeral": "volumeClaimTemplate",
        "hostPath": "path type",
        "image": "pullPolicy reference",
        "nfs": "path readOnly server",
        "persistentVolumeClaim": "claimName readOnly",
        "projected": "defaultMode sources",
        "secret": "defaultMode items optional secretName",
        # Of storage that drivers of CSI have replaced: any fields.
        **dict.fromkeys(
            (
                "awsElasticBlockStore azureDisk azureFile cephfs cinder fc flexVolume flocker gcePersistentDisk "
                "gitRepo glusterfs iscsi photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos "
                "vsphereVolume"
            ).split(),
            "",
        ),
    }.items()
}
"""Fields of each source."""
_NEEDED = {
    "csi": "driver",
    "hostPath": "path",
    "nfs": "server",
    "persistentVolumeClaim": "claimName",
    "secret": "secretName",
    "configMap": "name",
}
_HOST_TYPES = ("", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice")
_MEDIA = ("", "Memory")


def volume_refusals(volume: Mapping[str, Any]) -> Iterator[Refused]:
    """Yield what the API refuses of an entry of a pod's ``volumes``."""
    sources = [key for key in volume if key != "name"]
    if len(sources) > 1:
        yield f"{len(sources)} sources", "one"
    for name in sources:
        if name not in VOLUME_SOURCES:
            yield f"no source {name}", nearest(name, VOLUME_SOURCES)
        elif isinstance(volume[name], Mapping):
            for what, expected in _source(name, volume[name]):
                yield f"{name}: {what}", expected


def _source(name: str, source: Mapping[str, Any]) -> Iterator[Refused]:
    fields = VOLUME_SOURCES[name]
    for key in source:
        if fields and key not in fields:
            yield f"no field {key}", nearest(key, fields)
    needed = _NEEDED.get(name)
    if needed and not source.get(needed):
        yield f"no {needed}", needed
    if name == "emptyDir":
        size = source.get("sizeLimit")
        if size is not None and (expected := quantity_refusal(str(size))):
            yield f"sizeLimit {size!r}", expected
        if source.get("medium", "") not in _MEDIA and not str(source["medium"]).startswith("HugePages"):
            yield f"medium {source['medium']!r}", "Memory, or none for the node's disk"
    if name == "hostPath" and source.get("type", "") not in _HOST_TYPES:
        yield f"type {source['type']!r}", f"one of {', '.join(filter(None, _HOST_TYPES))}"
    if name == "nfs" and not str(source.get("path", "")).startswith("/"):
        yield f"path {source.get('path')!r}", "an absolute path"
    yield from _files(source)


def _files(source: Mapping[str, Any]) -> Iterator[Refused]:
    """Yield invalid permissions, and files outside of the volume."""
    for place, mode in _modes(source):
        if isinstance(mode, bool) or not isinstance(mode, int) or not 0 <= mode <= 0o777:
            yield f"{place} {mode!r}", "0 to 0o777"
    for item in source.get("items") or ():
        path = str(item.get("path", "")) if isinstance(item, Mapping) else ""
        if expected := volume_file_refusal(path):
            yield f"path {path!r} of an item", expected


def _modes(source: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if source.get("defaultMode") is not None:
        yield "defaultMode", source["defaultMode"]
    for item in source.get("items") or ():
        if isinstance(item, Mapping) and item.get("mode") is not None:
            yield "mode", item["mode"]
