"""Chart values that override fields of the Kubernetes API, and additions to pods.

Each section (``podSpec``, ``containerSpec`` and so on) contains fields of one API object, with the API's names. A field
that is set replaces the whole field of the object.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm import schemas, spec_schemas
from quantacirc_cdk.helm.expression import Expression, Scope, negated, printed
from quantacirc_cdk.helm.insertions import Added, Fields, Insertion, Spot
from quantacirc_cdk.helm.mounted import Mounted
from quantacirc_cdk.helm.node import Choice, Spread, parts_of, text_of
from quantacirc_cdk.helm.objects import Key, Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import EACH, Named, Path
from quantacirc_cdk.helm.rules.containers import companion_containers
from quantacirc_cdk.helm.rules.monitors import ENDPOINTS, SECTIONS
from quantacirc_cdk.helm.rules.pods import CLAIMS
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.helm.schemas import Json
from quantacirc_cdk.helm.unique import Unique
from quantacirc_cdk.manifests import POD_TEMPLATES

_EXAMPLES: dict[str, Any] = {
    "podSpec": {"dnsConfig": {"options": [{"name": "ndots", "value": "2"}]}},
    "containerSpec": {"lifecycle": {"preStop": {"exec": {"command": ["sleep", "10"]}}}},
}


@dataclass(frozen=True, kw_only=True)
class SpecRules:
    """Chart values for fields of a component's objects."""

    subject: Subject

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters."""
        for key in self.subject.workloads:
            yield from self._workload(key)
            yield from self._added(key)
        yield from self._monitors()
        yield from self._claim()

    def _workload(self, key: Key) -> Iterator[Parameter]:
        section, template = self.subject.section(key), POD_TEMPLATES[key.kind]
        on = Match.of(key)
        schema = spec_schemas.WORKLOAD_SPECS[key.kind]
        in_job = spec_schemas.OF_JOB if key.kind == "CronJob" else frozenset()
        own = [name for name in schema["properties"] if name not in in_job]
        insertions: list[Insertion] = [Fields(on=on, path=("spec",), names=own)]
        if in_job:
            insertions.append(Fields(on=on, path=("spec", "jobTemplate", "spec"), names=sorted(in_job)))
        yield _fields(f"{section}.workloadSpec", f"the {key.kind}", schema, insertions)
        pod: Path = (*template, "spec")
        yield self._of(on, f"{section}.podSpec", "the pods", spec_schemas.POD_SPEC, pod)
        first: Path = (*pod, "containers", 0)
        yield self._of(on, f"{section}.containerSpec", "the main container", spec_schemas.CONTAINER_SPEC, first)
        for place, name in companion_containers(self.subject, key):
            path = f"{section}.{place}.containerSpec"
            kind = place.partition(".")[0]
            yield self._of(on, path, f"the container {name}", spec_schemas.CONTAINER_SPEC, (*pod, kind, Named(name)))

    def _of(self, on: Match, path: str, whose: str, schema: Json, place: Path) -> Parameter:
        example = _EXAMPLES.get(path.rpartition(".")[2]) if "ontainers." not in path else None
        return _fields(path, whose, schema, [Fields(on=on, path=place, names=list(schema["properties"]))], example)

    def _added(self, key: Key) -> Iterator[Parameter]:
        section, template = self.subject.section(key), POD_TEMPLATES[key.kind]
        on = Match.of(key)
        own = self.subject.names(key, (*template, "spec", "initContainers"), (*template, "spec", "containers"))
        volumes = self.subject.names(key, (*template, "spec", "volumes"), CLAIMS)
        for name, field, what, beside in (
            ("extraInitContainers", "initContainers", "Additional init containers.", ""),
            ("extraContainers", "containers", "Additional containers.", f"{section}.extraInitContainers"),
        ):
            yield Parameter(
                path=f"{section}.{name}",
                description=f"{what} Each needs the `securityContext` of Pod Security's level *restricted*, and a name "
                "that no other container of the pods has.",
                schema=spec_schemas.EXTRA_CONTAINERS,
                default=[],
                insertions=[Added(on=on, path=(*template, "spec", field), is_list=True)],
                checks=[
                    Unique(taken=own, beside=beside, inside=[("env", "name"), ("volumeMounts", "mountPath")]),
                    Mounted(volumes=volumes, added=f"{section}.extraVolumes", of_containers=True),
                ],
            )
        yield Parameter(
            path=f"{section}.extraEnvFrom",
            description="Additional ConfigMaps and Secrets whose keys become environment variables.",
            schema=spec_schemas.ENV_FROM,
            default=[],
            example=[{"secretRef": {"name": "more-settings"}}],
            insertions=[Added(on=on, path=(*template, "spec", "containers", 0, "envFrom"), is_list=True)],
        )

    def _monitors(self) -> Iterator[Parameter]:
        for kind, endpoints in ENDPOINTS.items():
            if self.subject.of_kind(kind):
                schema, path = spec_schemas.ENDPOINT, f"{self.subject.values}.{SECTIONS[kind]}.endpoint"
                place = ("spec", endpoints, EACH)
                insertions = [Fields(on=self.subject.on(kind), path=place, names=list(schema["properties"]))]
                yield _fields(path, f"each endpoint of the {kind}", schema, insertions, {"scrapeTimeout": "10s"})

    def _claim(self) -> Iterator[Parameter]:
        keys = self.subject.of_kind("StatefulSet")
        lists = [found for key in keys for found in self.subject.samples(key, ("spec", "volumeClaimTemplates"))]
        if lists and all(len(found) == 1 for found in lists):
            yield Parameter(
                path=f"{self.subject.values}.persistence.existingClaim",
                description=(
                    "Existing PersistentVolumeClaim, for a single pod, in place of a new one. It cannot be "
                    "changed after the installation."
                ),
                schema=schemas.NAME,
                default="",
                insertions=[ExistingClaim(on=self.subject.on("StatefulSet"))],
            )


@dataclass(frozen=True, kw_only=True)
class ExistingClaim:
    """An existing volume claim instead of the one that a StatefulSet creates for its pod."""

    on: Match

    def insert(self, spot: Spot) -> list[Any]:
        """Create the claim only if the user names none; otherwise mount the user's claim under the same name."""
        spec, said = spot.tree["spec"], spot.parameter.expression
        claims = spec.get("volumeClaimTemplates")
        if not isinstance(claims, list) or len(claims) != 1:
            return []
        name = parts_of(claims[0]["metadata"]["name"])
        if name is None:
            return []

        def volumes(scope: Scope) -> list[Any]:
            claim = said.compute(scope)
            return [{"name": text_of(name, scope), "persistentVolumeClaim": {"claimName": claim}}] if claim else []

        volume = f'dict "name" {printed(name)} "persistentVolumeClaim" (dict "claimName" {said.helm})'
        pod = spec["template"]["spec"]
        added = Spread(Expression(f"ternary (list ({volume})) (list) (not (empty {said.helm}))", volumes))
        pod["volumes"] = [*pod.get("volumes", []), added]
        spec["volumeClaimTemplates"] = Choice(negated(said), claims)
        return []


def _fields(path: str, whose: str, schema: Json, insertions: Sequence[Insertion], example: Any = None) -> Parameter:
    return Parameter(
        path=path,
        description=f"Fields that override those of {whose}: {', '.join(sorted(schema['properties']))}.",
        schema=schema,
        default={},
        example=example,
        insertions=insertions,
    )
