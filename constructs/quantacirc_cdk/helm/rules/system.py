"""Chart values for the whole installation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from quantacirc_cdk.helm import schemas
from quantacirc_cdk.helm.insertions import Added, At, Otherwise, Presence
from quantacirc_cdk.helm.naming import parameter as fullname
from quantacirc_cdk.helm.objects import EVERYTHING, Key, Match
from quantacirc_cdk.helm.parameter import FROM_ENVIRONMENT, Parameter
from quantacirc_cdk.helm.places import EACH, Path
from quantacirc_cdk.helm.quota_template import HARD, LIMITS, at_least_used
from quantacirc_cdk.helm.rules.pods import pull_secrets
from quantacirc_cdk.helm.unique import Unique
from quantacirc_cdk.helm.value_checks import LIMIT_RANGE
from quantacirc_cdk.manifests import POD_TEMPLATES

_SCRATCH: Path = ("spec", "volumes", EACH, "ephemeral", "volumeClaimTemplate", "spec", "storageClassName")
CLAIMS: list[tuple[str, Path]] = [
    ("StatefulSet", ("spec", "volumeClaimTemplates", EACH, "spec", "storageClassName")),
    ("PersistentVolumeClaim", ("spec", "storageClassName")),
    *((kind, (*template, *_SCRATCH)) for kind, template in POD_TEMPLATES.items()),
]
"""Paths of the storage class: of persistent volumes, and of generic ephemeral ones."""


EXTRA_OBJECTS = "extraObjects"
"""Path of the additional objects."""


def extra_objects_template(path: str) -> str:
    """Return the template that renders the additional objects at a path of the values, which can be templates
    themselves.
    """
    return f"""\
{{{{- range .Values.{path} }}}}
---
{{{{ tpl (kindIs "string" . | ternary . (toYaml .)) $ }}}}
{{{{- end }}}}
"""


@dataclass(frozen=True, kw_only=True)
class SystemRules:
    """Chart values of the whole system."""

    keys: frozenset[Key]
    """All objects of all environments."""
    registries: Mapping[str, str]
    """Registry of the images that are built with the system, by environment."""
    tags: Mapping[str, str]
    """Version of each environment; empty for the chart's own."""
    default_registry: str
    chart: str
    """Name of the chart, the prefix of its named templates."""
    pull_secrets: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    """Pull secrets of each environment, as in the API."""
    storage_classes: Mapping[str, str] = field(default_factory=dict)
    """Storage class of each environment's volumes; empty for the cluster's default."""

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters."""
        yield from self._globals()
        yield from self._names()
        yield from self._images()
        yield from self._network_policies()
        yield from self._cluster()
        yield Parameter(
            path=EXTRA_OBJECTS,
            description="Additional objects; each can use Helm's template language.",
            schema={"type": "array", "items": {"type": ["object", "string"]}},
            default=[],
            example=[{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "{{ .Release.Name }}-notes"}}],
        )

    def _globals(self) -> Iterator[Parameter]:
        yield Parameter(
            path="global.imageRegistry",
            description="Registry for all images, for example a mirror.",
            schema=schemas.REGISTRY,
            default="",
        )
        yield Parameter(
            path="global.imagePullSecrets",
            description="Pull secrets of this chart and its parent charts.",
            schema=schemas.PULL_SECRETS,
            default=[],
        )

        insertions = [Otherwise(on=Match(kinds=(kind,)), path=path) for kind, path in CLAIMS]
        yield Parameter(
            path="global.storageClass",
            description=(
                "Storage class of volumes without their own; empty for the cluster's default. It cannot be "
                "changed after the installation."
            ),
            schema=schemas.NAME,
            default="",
            known=self.storage_classes,
            insertions=insertions,
            reason="clusters have different storage",
        )

    def _names(self) -> Iterator[Parameter]:
        yield fullname(self.chart)
        yield Parameter(
            path="namespaceOverride",
            description=(
                "Namespace of the objects, which must exist; empty for that of the release. Do not change it after the "
                "installation."
            ),
            schema=schemas.NAMESPACE,
            default="",
        )
        yield Parameter(
            path="nameOverride",
            description="Name of the system in the label `app.kubernetes.io/part-of`; empty for the chart's name.",
            schema=schemas.LABEL_VALUE,
            default="",
        )
        yield Parameter(
            path="commonLabels",
            description="Additional labels of every object.",
            schema=schemas.LABELS,
            default={},
            insertions=[Added(on=EVERYTHING, path=("metadata", "labels"))],
        )
        yield Parameter(
            path="commonAnnotations",
            description="Additional annotations of every object.",
            schema=schemas.ANNOTATIONS,
            default={},
            insertions=[Added(on=EVERYTHING, path=("metadata", "annotations"))],
        )
        if any(key.kind == "Namespace" for key in self.keys):
            yield Parameter(
                path="namespace.create",
                description=(
                    "Create the namespace with its Pod Security labels, for "
                    "`helm template | kubectl apply`; `helm install` requires an existing namespace."
                ),
                schema=schemas.BOOLEAN,
                default=False,
                insertions=[Presence(on=Match(kinds=("Namespace",)))],
            )

    def _images(self) -> Iterator[Parameter]:
        yield Parameter(
            path="image.registry",
            description="Registry of the images that are built with the system.",
            schema=schemas.REGISTRY,
            default=self.default_registry,
            known=self.registries,
            reason="environments pull from different registries",
        )
        yield Parameter(
            path="image.tag",
            description="Version of the system to run; empty for the chart's `appVersion`.",
            schema=schemas.TAG,
            default="",
            known=self.tags,
            reason="environments run different releases",
        )
        insertions = [
            Added(
                on=Match(kinds=(kind,)),
                path=(*path, "spec", "imagePullSecrets"),
                is_list=True,
                expression=pull_secrets(),
            )
            for kind, path in POD_TEMPLATES.items()
        ]
        yield Parameter(
            path="imagePullSecrets",
            description="Secrets with the credentials of the registries.",
            schema=schemas.PULL_SECRETS,
            default=[],
            known=self.pull_secrets,
            insertions=insertions,
            reason="environments pull from different registries",
            example=[{"name": "registry-credentials"}],
        )

    def _network_policies(self) -> Iterator[Parameter]:
        if any(key.kind == "NetworkPolicy" for key in self.keys):
            yield Parameter(
                path="networkPolicy.enabled",
                description="Restrict pods to the declared connections.",
                schema=schemas.BOOLEAN,
                insertions=[
                    Presence(
                        on=Match(kinds=("NetworkPolicy", "CiliumNetworkPolicy")),
                        witness=Match(kinds=("NetworkPolicy",)),
                    )
                ],
            )

    def _cluster(self) -> Iterator[Parameter]:
        yield from self._volumes()
        alone = "on in the environments, which do not share their namespaces"
        for kind, name, what in (
            ("PriorityClass", "priorityClasses", "PriorityClasses of its tiers; without them, set `priorityClassName`"),
            ("ResourceQuota", "resourceQuota", f"quota of the namespace: {alone}"),
            ("LimitRange", "limitRange", f"default and maximum resources of containers in the namespace: {alone}"),
        ):
            match = Match(kinds=(kind,))
            if any(map(match, self.keys)):
                yield Parameter(
                    path=f"{name}.create",
                    description=f"Create the {what}.",
                    schema=schemas.BOOLEAN,
                    insertions=[Presence(on=match)],
                    default=FROM_ENVIRONMENT if kind == "PriorityClass" else False,
                    reason="" if kind == "PriorityClass" else "a namespace can be shared",
                )
        if any(key.kind == "LimitRange" for key in self.keys):
            yield Parameter(
                path=LIMITS,
                description=(
                    "Default resources of a container, and its maximum memory: at least "
                    "that of the chart's largest container."
                ),
                schema=schemas.LIMITS,
                insertions=[self._raised("LimitRange", LIMITS)],
                checks=[Unique(field="type"), LIMIT_RANGE],
                reason="it depends on the size of the pods",
            )
        if any(key.kind == "ResourceQuota" for key in self.keys):
            yield Parameter(
                path=HARD,
                description="Quota of the namespace: at least the maximum use of the chart's own pods.",
                schema=schemas.QUOTA,
                insertions=[self._raised("ResourceQuota", HARD)],
                reason="it depends on the number and size of the pods",
            )

    def _volumes(self) -> Iterator[Parameter]:
        match = Match(kinds=("StorageClass",))
        if not any(map(match, self.keys)):
            return
        yield Parameter(
            path="storageClass.create",
            description="Create the StorageClass that encrypts the volumes with the environment's key. Where volumes "
            "use it, it cannot be changed after the installation.",
            schema=schemas.BOOLEAN,
            insertions=[Presence(on=match)],
            default=False,
            reason="clusters have different classes",
        )
        yield Parameter(
            path="storageClass.parameters",
            description="Parameters of its CSI driver, such as the key. It cannot be changed after the installation.",
            schema=schemas.ANNOTATIONS,
            default={},
            insertions=[At(on=match, path=("parameters",))],
            reason="each environment has a separate key",
        )

    def _raised(self, kind: str, path: str) -> At:
        place = ("spec", path.partition(".")[2])
        return At(on=Match(kinds=(kind,)), path=place, style="include", expression=at_least_used(self.chart, path))
