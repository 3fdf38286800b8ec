"""Files and volumes of a component."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, PrivateAttr

from quantacirc_cdk.limits import kubernetes
from quantacirc_cdk.limits.projected import ProjectedSource
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.needs.short import Choice, Short
from quantacirc_cdk.model.values import Bytes

FileMode = Annotated[int, Field(ge=0, le=0o777)]
"""Permissions of files: `0o440` in YAML 1.2, `0440` in 1.1, 288 in both."""


class ProjectFile(Choice):
    """What stands at a path of the container: exactly one of these; a path alone is one of the project."""

    file: Annotated[str, Field(pattern=r"^[^/\x00][^\x00]*$")] | None = None
    """A file or folder of the project, relative to it; a folder's own files are there, not its folders."""
    text: str | None = None
    """The file's text."""
    secret: kubernetes.ObjectName | None = None
    """Name of a Secret whose keys are files in this directory."""
    config_map: kubernetes.ObjectName | None = None
    """Name of a ConfigMap whose keys are files in this directory."""
    items: dict[kubernetes.DataKey, kubernetes.SubPath] = {}
    """Keys of the Secret or ConfigMap with their file names; all keys when empty."""
    key: kubernetes.DataKey | None = None
    """The one key of the Secret or ConfigMap that is this file; the path is then a file's, and never updated."""
    mode: FileMode | None = None
    """Permissions of the files."""
    optional: bool = False
    """Start without the files when the Secret or ConfigMap is missing."""

    choices: ClassVar[tuple[str, ...]] = ("file", "text", "secret", "config_map")
    _content: dict[str, str] = PrivateAttr(default_factory=dict)
    _folder: bool = PrivateAttr(default=False)

    def keep(self, content: dict[str, str], *, folder: bool) -> None:
        """Keep what the files of the project hold, by their names."""
        self._content, self._folder = content, folder

    @property
    def content(self) -> dict[str, str]:
        """Text of each file by its name; of ``text`` under an empty name."""
        return {"": self.text} if self.text is not None else self._content

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of the project."""
        return self._folder


File = Annotated[ProjectFile, Short("file")]


class Empty(Section):
    """A directory that is empty at the start of the pod and goes with it."""

    size: Bytes | None = None
    """Bytes above which the pod is evicted; the node's disk when absent."""
    memory: bool = False
    """Keep it in memory, which counts as the container's."""


class HostPath(Section):
    """A path of the node: an exception to Pod Security Standards *baseline*."""

    path: kubernetes.MountPath
    """Path on the node."""
    type: (
        Literal["Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket", "CharDevice", "BlockDevice"] | None
    ) = None
    """What must be there; anything when absent."""
    reason: Annotated[str, Field(min_length=1)]
    """Why, in a sentence; the report shows it."""


class MountSpec(Section):
    """Where a container sees a volume; a path alone will do."""

    path: kubernetes.MountPath
    """Path in the container."""
    read_only: bool = False
    """Whether it may only be read."""
    sub_path: kubernetes.SubPath | None = None
    """Path inside the volume."""
    propagation: Literal["HostToContainer", "Bidirectional"] | None = None
    """Whether mounts below it are seen from the host, or on it."""


Mounted = Annotated[MountSpec, Short("path")]


class VolumeSpec(Choice):
    """A volume of the pods: exactly one of `empty`, `size`, `claim`, `host` and `projected`."""

    empty: Empty | None = None
    """A directory that goes with the pod."""
    size: Bytes | None = None
    """A PersistentVolumeClaim of this size, one for all pods."""
    access: Literal["ReadWriteOnce", "ReadWriteMany", "ReadOnlyMany", "ReadWriteOncePod"] = "ReadWriteOnce"
    """Who may mount the claim at once."""
    storage_class: kubernetes.ObjectName | None = None
    """Storage class of the claim; the environment's when absent."""
    claim: kubernetes.ObjectName | None = None
    """Name of a PersistentVolumeClaim that is there already."""
    host: HostPath | None = None
    """A path of the node."""
    projected: Annotated[list[ProjectedSource], Field(min_length=1)] | None = None
    """Several sources in one directory, as in the Kubernetes API."""
    mount: Mounted | None = None
    """Where the component's container sees it; other containers say so themselves."""

    choices: ClassVar[tuple[str, ...]] = ("empty", "size", "claim", "host", "projected")
