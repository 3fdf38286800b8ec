"""Chart values for init containers and sidecars."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm import schemas
from quantacirc_cdk.helm.image import ImageAt, ImagePart, OwnImages
from quantacirc_cdk.helm.insertions import At, Insertion
from quantacirc_cdk.helm.objects import Key, Match
from quantacirc_cdk.helm.parameter import FROM_ENVIRONMENT, Parameter
from quantacirc_cdk.helm.places import Named, Path, places
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.helm.settings import entry
from quantacirc_cdk.helm.unique import Unique
from quantacirc_cdk.helm.value_checks import AMOUNTS
from quantacirc_cdk.helm.variables import AddedVariables
from quantacirc_cdk.manifests import POD_TEMPLATES, Data

IMAGE: dict[ImagePart, tuple[str, Any, str]] = {
    "registry": (
        "Registry of the image; empty for `image.registry`.",
        schemas.REGISTRY,
        "environments pull from different registries",
    ),
    "repository": ("Repository of the image in its registry.", schemas.REPOSITORY, ""),
    "tag": ("Tag of the image; empty for `image.tag`.", schemas.IMAGE_TAG, "environments run different releases"),
    "digest": (
        "Digest of the image (`sha256:...`): selects the image regardless of the tag.",
        schemas.DIGEST,
        "environments run different releases",
    ),
}
"""Description, schema and reason for differences, for each part of an image reference."""


@dataclass(frozen=True, kw_only=True)
class ContainerRules:
    """Chart values of one container."""

    on: Match
    """The workload."""
    place: Path
    """Path of the container in the workload."""
    section: str
    """The section of ``values.yaml``."""
    own: OwnImages
    chart: str
    """Name of the chart, the prefix of its named templates."""
    workloads: Sequence[Data] = ()
    """The workload in all environments."""
    published: Data | None = None
    """The workload in the environment whose images are the default."""

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters that every container has."""
        path = (*self.place, "image")
        default = self._default_image(path)
        for part, (description, schema, reason) in IMAGE.items():
            insertion = ImageAt(on=self.on, path=path, part=part, own=self.own, template=f"{self.chart}.image")
            own = default.get(part, FROM_ENVIRONMENT)
            yield self._parameter(f"image.{part}", description, schema, insertion, reason=reason, default=own)
        yield self._parameter(
            "image.pullPolicy",
            "Image pull policy: `Always`, `IfNotPresent` or `Never`.",
            {"enum": ["Always", "IfNotPresent", "Never"]},
            At(on=self.on, path=(*self.place, "imagePullPolicy"), style="text"),
        )
        yield self._parameter(
            "resources",
            "Requests and limits: CPU (cores), memory and disk (bytes).",
            schemas.RESOURCES,
            At(on=self.on, path=(*self.place, "resources")),
            reason="environments have different load and budgets",
            checks=[AMOUNTS],
        )
        yield self._parameter(
            "extraEnv",
            "Additional environment variables, in the form of the Kubernetes API. Each replaces the container's own of "
            "the same name, and that of `global.extraEnv`.",
            schemas.EXTRA_ENV,
            AddedVariables(on=self.on, path=(*self.place, "env"), chart=self.chart),
            default=[],
            example=[{"name": "HTTPS_PROXY", "value": "http://proxy.example:3128"}],
            checks=[Unique()],
        )

    def _default_image(self, path: Path) -> Mapping[ImagePart, str]:
        """Return the parts of the default image that are not those of the environment of the defaults."""
        found = [container[key] for tree in self.workloads for container, key in places(tree, path)]
        published = [container[key] for container, key in places(self.published or {}, path)]
        return self.own.default(found, published[0] if published else None) or {}

    def _parameter(self, path: str, description: str, schema: Any, *insertions: Insertion, **more: Any) -> Parameter:
        return Parameter(
            path=f"{self.section}.{path}", description=description, schema=schema, insertions=insertions, **more
        )


def companion_containers(subject: Subject, workload: Key) -> Iterator[tuple[str, str]]:
    """Yield each container of a workload except the first: its path in the workload's section, and its name."""
    template = POD_TEMPLATES[workload.kind]
    for kind, first in (("initContainers", 0), ("containers", 1)):
        found = subject.samples(workload, (*template, "spec", kind))
        for name in sorted({container["name"] for containers in found for container in containers[first:]}):
            yield f"{kind}.{entry(name)}", name


def companions(
    subject: Subject, workload: Key, own: OwnImages, chart: str, published: Data | None
) -> Iterator[ContainerRules]:
    """Yield the rules of each container of a workload except the first."""
    on = Match.of(workload)
    template = POD_TEMPLATES[workload.kind]
    for place, name in companion_containers(subject, workload):
        yield ContainerRules(
            on=on,
            place=(*template, "spec", place.partition(".")[0], Named(name)),
            section=f"{subject.section(workload)}.{place}",
            own=own,
            chart=chart,
            workloads=subject.objects[workload],
            published=published,
        )
