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
from quantacirc_cdk.helm.parameter import Check, Parameter
from quantacirc_cdk.helm.places import EACH, Named, Path
from quantacirc_cdk.helm.rules.containers import companion_containers
from quantacirc_cdk.helm.rules.monitors import ENDPOINTS, SECTIONS
from quantacirc_cdk.helm.rules.pods import CLAIMS
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.helm.schema_parts import Json
from quantacirc_cdk.helm.unique import Unique
from quantacirc_cdk.helm.value_checks import CONTAINERS
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
        schema = self._workload_schema(key)
        in_job = spec_schemas.OF_JOB if key.kind == "CronJob" else frozenset()
        own = [name for name in schema["properties"] if name not in in_job]
        insertions: list[Insertion] = [Fields(on=on, path=("spec",), names=own)]
        if in_job:
            insertions.append(Fields(on=on, path=("spec", "jobTemplate", "spec"), names=sorted(in_job)))
        yield _fields(f"{section}.workloadSpec", f"the {key.kind}", schema, insertions)
        pod: Path = (*template, "spec")
        aliases = [Unique(field="ip", at="hostAliases")]
        yield self._of(on, f"{section}.podSpec", "the pods", self._pod_schema(key), pod, aliases)
        first: Path = (*pod, "containers", 0)
        yield self._of(on, f"{section}.containerSpec", "the main container", spec_schemas.CONTAINER_SPEC, first)
        for place, name in companion_containers(self.subject, key):
            path = f"{section}.{place}.containerSpec"
            inside: Path = (*pod, place.partition(".")[0], Named(name))
            schema = spec_schemas.CONTAINER_SPEC if self._runs_on(key, inside) else spec_schemas.INIT_CONTAINER_SPEC
            yield self._of(on, path, f"the container {name}", schema, inside)

    def _workload_schema(self, key: Key) -> Json:
        """Return the schema of fields of a workload; pods of a Deployment are ready for long before its deadline."""
        schema = spec_schemas.WORKLOAD_SPECS[key.kind]
        if key.kind != "Deployment":
            return schema
        ready, deadline = (schema["properties"][name] for name in ("minReadySeconds", "progressDeadlineSeconds"))
        shortest = min(self.subject.samples(key, ("spec", "progressDeadlineSeconds")), default=deadline["minimum"])
        longest = max(self.subject.samples(key, ("spec", "minReadySeconds")), default=0)
        changed = {
            "minReadySeconds": {**ready, "maximum": min(ready["maximum"], shortest - 1)},
            "progressDeadlineSeconds": {**deadline, "minimum": max(deadline["minimum"], longest + 1)},
        }
        return {**schema, "properties": {**schema["properties"], **changed}}

    def _pod_schema(self, key: Key) -> Json:
        """Return the schema of fields of the pods, with what their own fields require."""
        schema, own = spec_schemas.POD_SPEC, (*POD_TEMPLATES[key.kind], "spec")
        properties = dict(schema["properties"])
        if "None" in self.subject.samples(key, (*own, "dnsPolicy")):
            properties["dnsConfig"] = {**properties["dnsConfig"], **spec_schemas.SERVERS}
        if True in self.subject.samples(key, (*own, "hostPID")):
            del properties["shareProcessNamespace"]
        return {**schema, "properties": properties}

    def _runs_on(self, key: Key, place: Path) -> bool:
        """Return whether a container runs as long as the pod, and can have hooks."""
        policies = self.subject.samples(key, (*place, "restartPolicy"))
        return "initContainers" not in place or (bool(policies) and set(policies) == {"Always"})

    def _of(
        self, on: Match, path: str, whose: str, schema: Json, place: Path, checks: Sequence[Check] = ()
    ) -> Parameter:
        example = _EXAMPLES.get(path.rpartition(".")[2]) if "ontainers." not in path else None
        insertions = [Fields(on=on, path=place, names=sorted(schema["properties"]))]
        return _fields(path, whose, schema, insertions, example, checks)

    def _added(self, key: Key) -> Iterator[Parameter]:
        section, template = self.subject.section(key), POD_TEMPLATES[key.kind]
        on = Match.of(key)
        own = self.subject.names(key, (*template, "spec", "initContainers"), (*template, "spec", "containers"))
        volumes = self.subject.names(key, (*template, "spec", "volumes"), CLAIMS)
        first, others = spec_schemas.EXTRA_INIT_CONTAINERS, spec_schemas.EXTRA_CONTAINERS
        for name, field, what, beside, schema in (
            ("extraInitContainers", "initContainers", "Additional init containers.", "", first),
            ("extraContainers", "containers", "Additional containers.", f"{section}.extraInitContainers", others),
        ):
            yield Parameter(
                path=f"{section}.{name}",
                description=f"{what} Each needs the `securityContext` of Pod Security's level *restricted*, and a name "
                "that no other container of the pods has.",
                schema=schema,
                default=[],
                insertions=[Added(on=on, path=(*template, "spec", field), is_list=True)],
                checks=[
                    Unique(taken=own, beside=beside),
                    CONTAINERS,
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
                insertions = [Fields(on=self.subject.on(kind), path=place, names=sorted(schema["properties"]))]
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


def _fields(
    path: str,
    whose: str,
    schema: Json,
    insertions: Sequence[Insertion],
    example: Any = None,
    checks: Sequence[Check] = (),
) -> Parameter:
    return Parameter(
        path=path,
        description=f"Fields that override those of {whose}: {', '.join(sorted(schema['properties']))}.",
        schema=schema,
        default={},
        example=example,
        insertions=insertions,
        checks=checks,
    )
