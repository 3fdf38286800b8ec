"""The sections that all kinds of components are built from.

A kind is a folder (``docs/kinds.md``). Its section of `apps/system.yaml` is a subclass of ``Component``, and its
section of an environment a subclass of ``Settings``. The classes between them are capabilities: ``Contained`` runs an
image, ``Program`` runs the system's own software, ``Serving`` listens on ports, ``Storing`` holds state. Code outside a
kind's folder checks for a capability, never for a kind.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from quantacirc_cdk.limits import kubernetes, kubernetes_names
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.document import Place
from quantacirc_cdk.model.needs.cloud_access import CloudAccess
from quantacirc_cdk.model.needs.needs import Needs
from quantacirc_cdk.model.values import Bytes, HostName, HttpPath, Name, Subject
from quantacirc_cdk.text.english import with_article

if TYPE_CHECKING:
    from quantacirc_cdk.model.site import Site
    from quantacirc_cdk.model.system import System

SizeName = Name
Provider = Literal["embedded", "managed", "existing"]
"""embedded: runs in the cluster. managed: the cloud's service. existing: an existing one."""
Tier = Literal["stores", "services", "tasks"]
"""Which pods may evict which when nodes are full: stores first, tasks last."""
Finding = tuple[Place, str, str]
"""A problem of a component: its place below the component's section, what was found, what was expected."""

_SERVICE = 63
"""An RFC 1035 label."""


class Replicas(Section):
    """Number of replicas of a component."""

    min: Annotated[int, Field(ge=0, le=1000)]
    """Minimum replicas. 0 requires a KEDA trigger that scales up again, or a maximum of 0, which turns the component
    off."""
    max: Annotated[int, Field(ge=0, le=1000)]
    """Maximum replicas."""


class Disruption(Section):
    """Replicas that may be unavailable while nodes are drained."""

    max_unavailable: Annotated[int, Field(ge=1, le=1000)] = 1
    """Maximum unavailable replicas; at least one, because a drain would otherwise never finish."""


class Delivery(Section):
    """How messages of the bus are delivered to a component."""

    attempts: Annotated[int, Field(ge=1, le=100)] = 5
    """Maximum deliveries of a message."""
    ack_seconds: Annotated[int, Field(ge=1, le=86400)] = 300
    """Seconds without an acknowledgement after which the bus delivers a message again."""
    max_pending: Annotated[int, Field(ge=1, le=100000)] = 1000
    """Maximum unacknowledged messages of all its pods together."""


class Storage(Section):
    """A volume for each replica of a stateful component."""

    size: Bytes
    """Size of the volume; an environment can set another."""
    path: kubernetes_names.DataPath
    """Mount path."""


class Settings(Section):
    """Settings of a component in an environment."""

    model_config = ConfigDict(defer_build=True)

    @classmethod
    def local_defaults(cls) -> Mapping[str, Any]:
        """Return the defaults that differ in an environment without a cloud."""
        return {}

    def problems(self, site: "Site", name: str) -> Iterator[Finding]:  # noqa: ARG002
        """Yield the problems of the settings of the component ``name`` in an environment."""
        yield from ()


class Admitted(Section):
    """Pods of another namespace that may connect to a component."""

    namespace: kubernetes.DnsLabel
    """Their namespace."""
    labels: dict[kubernetes.LabelKey, kubernetes.LabelValue] = {}
    """Labels of the pods; all pods of the namespace when empty."""


class Component(Section):
    """One part of the system."""

    model_config = ConfigDict(defer_build=True)

    kind: str
    """Kind of component; each kind has its own keys."""
    description: str = ""
    """What it does, in a sentence."""
    reaches: list[Name] = []
    """Components and externals that it connects to; itself, if its pods connect to each other. Its bus is implied by
    its subjects."""
    admits: list[Admitted] = []
    """Pods of other namespaces that may connect to its ports, where it runs in the cluster. The components of the
    system have `reaches` instead."""

    settings: ClassVar[type[Settings]] = Settings
    """Its section of an environment."""
    role: ClassVar[str] = "app"
    """Label ``app.kubernetes.io/component`` of its objects. Selectors hold it, so it never changes."""
    tier: ClassVar[Tier] = "services"
    """Its PriorityClass."""
    peers: ClassVar[Literal["always", "declared", "never"]] = "never"
    """Whether its pods may connect to each other: always, if it is in its own `reaches`, or never."""
    always_runs: ClassVar[bool] = True
    """Whether it has pods that run all the time."""
    scales: ClassVar[bool] = False
    """Whether an autoscaler may set its replicas."""
    shape: ClassVar[tuple[str, str]] = ("[", "]")
    """How Mermaid draws it (https://mermaid.js.org/syntax/flowchart.html)."""
    imports: ClassVar[str] = ""
    """Kind of the Kubernetes workload that `qcdk import` turns into such a component; none when empty. A kind does not
    inherit it."""
    secret_keys: ClassVar[tuple[str, ...]] = ()
    """Keys of the Secret that opens it; none where it has no such Secret."""
    dumps: ClassVar[bool] = False
    """Whether a job can back it up."""
    rehearses: ClassVar[bool] = False
    """Whether a backup of it can be restored beside it."""
    keeps_objects: ClassVar[bool] = False
    """Whether a job can write backups to it."""
    without_compose: ClassVar[str] = ""
    """Why Compose has nothing like it; `qcdk synth` and the report then say that it is left out there."""

    @property
    def own_secret_keys(self) -> tuple[str, ...]:
        """Keys of the Secret that opens this component."""
        return self.secret_keys

    @property
    def is_public(self) -> bool:
        """Whether a route leads to it from outside."""
        return False

    @property
    def makes_backups(self) -> bool:
        """Whether it backs up another component, so that each scheduled run must succeed."""
        return False

    def rehearsal_schedule(self, system: "System") -> str | None:  # noqa: ARG002
        """Return the schedule of restore rehearsals; None without rehearsals."""
        return None

    @property
    def on_laptop(self) -> bool:
        """Whether the Compose project for a laptop includes it."""
        return True

    def name_limit(self) -> tuple[int, str]:
        """Return the maximum length of its name, and the field that sets the limit."""
        return _SERVICE, "a Service"

    def replicas(self, site: "Site", name: str) -> Replicas:  # noqa: ARG002
        """Return the minimum and maximum number of its pods in an environment."""
        return Replicas(min=1, max=1)

    @property
    def is_single(self) -> bool:
        """Whether its kind never has several pods, as the servers of a store that does not replicate its data."""
        return type(self).replicas is Component.replicas

    def pauses(self, site: "Site", name: str) -> int | None:  # noqa: ARG002
        """Return the seconds that its releases pause in an environment, if Argo Rollouts runs its pods and replaces
        them in steps; None otherwise.
        """
        return None

    def provider(self, settings: Settings) -> Provider:  # noqa: ARG002
        """Return its provider."""
        return "embedded"

    def installs_into(self, site: "Site", name: str) -> str | None:  # noqa: ARG002
        """Return the namespace that it installs a chart into, beside the system; None if it installs none."""
        return None

    def implied(self, system: "System", name: str) -> Mapping[str, str]:  # noqa: ARG002
        """Return the components that the component ``name`` reaches implicitly, each with the purpose."""
        return {}

    def problems(self, system: "System", name: str) -> Iterator[Finding]:  # noqa: ARG002
        """Yield the problems of the component ``name`` in its system."""
        if self.admits and not self.always_runs:
            yield ("admits",), f"pods that connect to {with_article(self.kind)}, which has no ports", "none"

    def dump_problems(self, system: "System") -> Iterator[tuple[str, str]]:  # noqa: ARG002
        """Yield what a backup of it requires and the system does not have, each with what was expected."""
        yield from ()


class ContainedSettings(Settings):
    """Settings of a component that runs an image, in an environment."""

    size: SizeName | None = None
    """One of the system's sizes; the component's own when absent, else the environment's."""


class Contained(Component):
    """A component that runs an image in the cluster."""

    settings: ClassVar[type[Settings]] = ContainedSettings

    image: Name
    """One of `images`."""
    size: SizeName | None = None
    """One of `sizes`; the environment's default when absent."""


class ProgramSettings(ContainedSettings, Needs):
    """Settings of a component that runs a program of the system, in an environment: its container and pods, key by
    key.
    """

    cloud_access: list[CloudAccess] = []
    """Permissions of its cloud identity on resources that the system does not create."""

    def problems(self, site: "Site", name: str) -> Iterator[Finding]:
        """Yield the keys that have no effect on this component, and permissions that its cloud does not have."""
        yield from super().problems(site, name)
        component = site.component(name, Program)
        yield from self._access_problems(site, component)
        for key in sorted(self.model_fields_set & component.unused_keys):
            what = "backup" if component.makes_backups else component.kind
            yield (key,), f"`{key}` for {with_article(what)}, where it has no effect", "none"

    def _access_problems(self, site: "Site", component: "Program") -> Iterator[Finding]:
        cloud = site.environment.cloud
        if self.cloud_access and cloud is None:
            yield ("cloud_access",), "permissions in a cloud for a local environment", "none"
        elif self.cloud_access and component.service_account:
            what = f'permissions for the existing ServiceAccount "{component.service_account}"'
            yield ("cloud_access",), what, "none: you bind it to an identity with permissions yourself"
        elif cloud is not None:
            for index, one in enumerate(self.cloud_access):
                for place, what, expected in one.problems(site.environment.target, cloud.region):
                    yield ("cloud_access", index, *place), what, expected


class Program(Contained, Needs):
    """A component that runs a program of the system."""

    settings: ClassVar[type[Settings]] = ProgramSettings
    watches: ClassVar[bool] = False
    """Whether it serves metrics about the tasks of others."""
    unused: ClassVar[frozenset[str]] = frozenset()
    """Keys that have no effect on its kind."""
    claims_per_pod: ClassVar[bool] = False
    """Whether each pod has its own claim for a volume with a `size`; otherwise all pods share one."""

    publishes: list[Subject] = []
    """Subjects it publishes on the bus."""
    consumes: list[Subject] = []
    """Subjects it consumes from the bus."""
    bus: Name | None = None
    """Component that carries these subjects; required if there are several."""
    delivery: Delivery = Delivery()
    """How the bus delivers messages to it."""
    api_access: bool = False
    """Give it access to the Kubernetes API: it may read pods and deployments of its namespace, nothing else."""
    api_token: bool = False
    """Give it a token for the Kubernetes API and the connection, without permissions: for roles that you bind to its
    service account."""

    @property
    def runs_alone(self) -> bool:
        """Whether its pods stop before new ones start: by choice, or for a volume that only one node can mount."""
        if "recreate" in self.update.model_fields_set:
            return self.update.recreate
        return bool(self.shared_by_one_node)

    @property
    def shared_by_one_node(self) -> list[str]:
        """Names of the volumes that all its pods share and that only one node at a time can mount."""
        return [
            key
            for key, one in self.volumes.items()
            if one and one.on_one_node and not (one.size and self.claims_per_pod)
        ]

    @property
    def unused_keys(self) -> frozenset[str]:
        """Return the keys that have no effect on it."""
        return self.unused

    @property
    def uses_api(self) -> bool:
        """Return whether it connects to the Kubernetes API."""
        return self.api_access or self.api_token or bool(self.rules)

    def bus_in(self, system: "System") -> str | None:
        """Return the component that carries its subjects. None if it has no subjects, or no component carries any."""
        if not (self.publishes or self.consumes):
            return None
        return self.bus or system.first_bus

    def implied(self, system: "System", name: str) -> Mapping[str, str]:  # noqa: ARG002
        """Return its bus."""
        bus = self.bus_in(system)
        verbs = [verb for verb, subjects in (("takes", self.consumes), ("publishes", self.publishes)) if subjects]
        return {bus: " and ".join(verbs)} if bus in system.components else {}

    def problems(self, system: "System", name: str) -> Iterator[Finding]:
        """Yield the problems of its subjects."""
        yield from super().problems(system, name)
        for key in sorted(self.model_fields_set & self.unused):
            yield (key,), f"`{key}` on {with_article(self.kind)}, where it has no effect", "it on other kinds only"
        if self.api_token and (self.api_access or self.rules):
            yield ("api_token",), "`api_token` beside `api_access` or `rules`, which include it", "one of them"
        if "delivery" in self.model_fields_set and not self.consumes:
            yield ("delivery",), "`delivery` of a component that consumes no subjects", ""
        buses = system.having(Carrying)
        if (self.publishes or self.consumes) and not buses:
            yield (), "publishes or consumes subjects, but no component carries them", "a component of kind nats"
        elif (self.publishes or self.consumes) and len(buses) > 1 and self.bus is None:
            yield (), f"subjects, but {len(buses)} components carry them", f"`bus`: {', '.join(sorted(buses))}"
        if self.bus is not None and self.bus not in buses:
            yield ("bus",), f'no component "{self.bus}" that carries subjects', ", ".join(sorted(buses)) or "none"


class ServingSettings(ProgramSettings):
    """Settings of a long-running component that listens on ports, in an environment."""

    replicas: Replicas | None = None
    """Number of replicas."""
    host: HostName | None = None
    """Host name for access from outside. When absent, the environment's domain for the only exposed component, else its
    name below the domain."""
    path: HttpPath | None = None
    """URL path for access from outside; `/` when absent."""


class Serving(Program):
    """A long-running, stateless component that listens on ports."""

    settings: ClassVar[type[Settings]] = ServingSettings
    peers: ClassVar[Literal["always", "declared", "never"]] = "declared"

    exposed: bool = False
    """Make it reachable from outside through the environment's ingress."""
    disruption: Disruption = Disruption()
    """Replicas that may be unavailable during a drain."""

    @property
    def is_public(self) -> bool:
        """Whether a route leads to it from outside."""
        return self.exposed or any(self.routes.values())

    def name_limit(self) -> tuple[int, str]:
        """Return the maximum length of a Service name, less the suffix for closed paths."""
        if self.exposed:
            return _SERVICE - len("-closed"), "a Service with closed paths"
        return super().name_limit()


class Scaling(Serving):
    """A component whose replicas follow the load."""

    scales: ClassVar[bool] = True

    def problems(self, system: "System", name: str) -> Iterator[Finding]:
        """Yield the problems of its autoscaling."""
        yield from super().problems(system, name)
        if self.autoscaling.backlog and not self.consumes:
            what = "autoscaling on messages of a component that consumes none"
            yield ("autoscaling", "backlog"), what, "subjects under `consumes`"

    def replicas(self, site: "Site", name: str) -> Replicas:
        """Return its own replicas, else the environment's."""
        return getattr(site.settings(name), "replicas", None) or site.environment.replicas


class StoringSettings(ContainedSettings):
    """Settings of a stateful component in an environment."""

    storage: Bytes | None = None
    """Size of its volume, or initial disk size of a managed service; the component's when absent."""


class DumpedSettings(StoringSettings):
    """Settings of a store with backups, in an environment."""

    backup_retention_days: Annotated[int, Field(ge=1, le=35)] = 7
    """Days to keep its backups."""


class Storing(Contained):
    """A component with a volume."""

    settings: ClassVar[type[Settings]] = StoringSettings
    tier: ClassVar[Tier] = "stores"
    shape: ClassVar[tuple[str, str]] = ("[(", ")]")

    storage: Storage
    """Volume of each pod."""

    def problems(self, system: "System", name: str) -> Iterator[Finding]:
        """Yield `reaches` on a store, which opens no connections."""
        yield from super().problems(system, name)
        if "reaches" in self.model_fields_set:
            yield ("reaches",), f"`reaches` on {with_article(self.kind)}, where it has no effect", "none"

    def name_limit(self) -> tuple[int, str]:
        """Return the maximum length of a StatefulSet name.

        A label of its pods contains the name and a revision of ten characters:
        https://github.com/kubernetes/kubernetes/issues/64023.
        """
        return 52, "a StatefulSet"


class Carrying(Storing):
    """A store that carries the subjects that programs publish and consume."""


class Migrated(Storing):
    """A store whose tables are migrated by the software that uses it."""

    migration: Annotated[int, Field(ge=1)] | None = None
    """Number of the last migration of its tables. After a higher migration has run, a release with a lower number is
    refused, because it cannot read the tables. Only one component of a system can set it."""

    def problems(self, system: "System", name: str) -> Iterator[Finding]:
        """Yield a second store with migrations: a release records only one migration number."""
        yield from super().problems(system, name)
        others = [other for other, part in system.having(Migrated).items() if part.migration and other != name]
        if self.migration and others:
            yield ("migration",), f"migrations of {name} and {', '.join(others)}", "the migrations of one component"
