"""Files and volumes of a component."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from quantacirc_cdk.limits import formats, kubernetes
from quantacirc_cdk.limits.projected import ProjectedSource
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.needs.short import Choice, Short, expected
from quantacirc_cdk.model.values import Bytes

FileMode = Annotated[int, Field(ge=0, le=0o777)]
"""Permissions of files, as in `chmod`: `0o440`, or the decimal number 288. `0440` is a text in YAML 1.2."""


class ProjectFile(Choice):
    """The source of a file in the container: exactly one of these; a plain path is a file of the project."""

    file: formats.ProjectPath | None = None
    """A file or folder of the project, by relative path. Of a folder, only the files directly in it."""
    text: str | None = None
    """The file's text."""
    secret: kubernetes.ObjectName | None = None
    """Name of a Secret; its keys become files in this directory."""
    config_map: kubernetes.ObjectName | None = None
    """Name of a ConfigMap; its keys become files in this directory."""
    items: dict[kubernetes.DataKey, kubernetes.VolumeFile] = {}
    """Keys of the Secret or ConfigMap, with their file names; all keys when empty."""
    key: kubernetes.DataKey | None = None
    """A single key of the Secret or ConfigMap; the path is then a file, which is never updated."""
    mode: FileMode | None = None
    """Permissions of the files."""
    optional: bool = False
    """Start even if the Secret or ConfigMap is missing."""

    choices: ClassVar[tuple[str, ...]] = ("file", "text", "secret", "config_map")
    only_with: ClassVar[Mapping[str, tuple[str, ...]]] = dict.fromkeys(
        ("items", "key", "optional"), ("secret", "config_map")
    )
    _content: dict[str, str] = PrivateAttr(default_factory=dict)
    _folder: bool = PrivateAttr(default=False)

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if self.key is not None and self.items:
            raise expected("only one of items, key")
        return self

    def keep(self, content: dict[str, str], *, folder: bool) -> None:
        """Store the content of the project's files, by file name."""
        self._content, self._folder = content, folder

    @property
    def content(self) -> dict[str, str]:
        """Text of each file by its name; the name is empty for ``text``."""
        return {"": self.text} if self.text is not None else self._content

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of the project."""
        return self._folder


File = Annotated[ProjectFile, Short("file")]


class Empty(Section):
    """A directory that is empty when the pod starts, and is deleted with the pod."""

    size: Bytes | None = None
    """Size above which the pod is evicted; limited by the node's disk when absent."""
    memory: bool = False
    """Keep it in memory, which counts towards the container's memory."""


class HostPath(Section):
    """A path of the node: an exception to Pod Security Standards *baseline*."""

    path: kubernetes.ContainerPath
    """Path on the node."""
    type: (
        Literal["Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket", "CharDevice", "BlockDevice"] | None
    ) = None
    """What must exist at the path; anything when absent."""
    reason: Annotated[str, Field(min_length=1)]
    """Reason, in a sentence; shown in the report."""


class MountSpec(Section):
    """Where a volume is mounted; you can write only a path."""

    path: kubernetes.MountPath
    """Path in the container."""
    read_only: bool = False
    """Mount it read-only."""
    sub_path: kubernetes.SubPath | None = None
    """Path inside the volume."""
    propagation: Literal["HostToContainer", "Bidirectional"] | None = None
    """Whether mounts below it are visible from the host, or mounts of the host in it."""


Mounted = Annotated[MountSpec, Short("path")]


class VolumeSpec(Choice):
    """A volume of the pods: exactly one of `empty`, `size`, `claim`, `host` and `projected`."""

    empty: Empty | None = None
    """A directory that is deleted with the pod."""
    size: Bytes | None = None
    """A new PersistentVolumeClaim of this size, shared by all pods."""
    access: Literal["ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany", "ReadWriteOncePod"] = "ReadWriteOnce"
    """Access mode of the claim, new or existing. Only one node at a time can mount ReadWriteOnce and ReadWriteOncePod:
    old pods then stop before new ones start, and more than one replica is refused."""
    storage_class: kubernetes.ObjectName | None = None
    """StorageClass of a new claim; the environment's when absent."""
    claim: kubernetes.ObjectName | None = None
    """Name of an existing PersistentVolumeClaim; set its `access` if several nodes can mount it."""
    host: HostPath | None = None
    """A path of the node."""
    projected: Annotated[list[ProjectedSource], Field(min_length=1)] | None = None
    """Several sources in one directory, as in the Kubernetes API."""
    mount: Mounted | None = None
    """Mount path in the component's container; other containers set their own."""

    choices: ClassVar[tuple[str, ...]] = ("empty", "size", "claim", "host", "projected")
    only_with: ClassVar[Mapping[str, tuple[str, ...]]] = {"access": ("size", "claim"), "storage_class": ("size",)}

    @property
    def on_one_node(self) -> bool:
        """Whether it is a claim that only one node at a time can mount."""
        return bool(self.size or self.claim) and self.access.startswith("ReadWriteOnce")
