"""The stack of one environment: the constructs of its cloud, with the properties its model gives them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any, NoReturn, TypedDict

from quantacirc_cdk.contract import IdentityBinding, contract_of, disagreements
from quantacirc_cdk.contract.velero import CONTAINER, STORE, velero_of
from quantacirc_cdk.errors import Problem, PropsError
from quantacirc_cdk.kinds.registry import Hook, hook
from quantacirc_cdk.limits.aws import has_public_zones
from quantacirc_cdk.limits.quantity import gibibytes
from quantacirc_cdk.model import Environment, System
from quantacirc_cdk.model.cloud_limits import environment_tags
from quantacirc_cdk.model.document import Node, Place
from quantacirc_cdk.model.environment import environment_file
from quantacirc_cdk.model.facts import balanced_ports, system_in
from quantacirc_cdk.model.inherited import of_environments, where_declared
from quantacirc_cdk.model.loader import SYSTEM_FILE
from quantacirc_cdk.model.problems import dotted, placed
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.team_roles import role_groups
from quantacirc_cdk.terraform.backend import keep_state
from quantacirc_cdk.terraform.disposable import make_disposable
from quantacirc_cdk.terraform.elements import Clash
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface import (
    AccessEntry,
    AuditTrailProps,
    Budget,
    CloudGrant,
    ClusterLookup,
    ClusterProps,
    DnsZoneProps,
    ImageRegistryLookup,
    ImageRegistryProps,
    KeyRingProps,
    MaintenanceExclusion,
    NetworkLookup,
    NetworkPeer,
    NetworkProps,
    NodePoolProps,
    ObjectStoreProps,
    ObservabilityProps,
    OpenPort,
    Purpose,
    SecretStoreProps,
    Taint,
    WorkloadIdentityProps,
)
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import TakenError
from quantacirc_cdk.terraform.stack import Stack
from quantacirc_cdk.text.english import listed, with_article
from quantacirc_cdk.text.terraform import literals


def stack_name(environment: Environment) -> str:
    """Return the name of an environment's stack, ``prod-aws``: also of its folder and its state."""
    return f"{environment.name}-{environment.target}"


SECTIONS: dict[str, Place] = {
    "alarms": ("owners",),
    "audit-trail": ("audit_trail",),
    "cluster": ("cluster",),
    "network": ("network",),
    "registry": ("registry",),
    STORE: ("cluster", "velero_store"),
    "zone": ("domain",),
}
"""What most of a construct follows from, in an environment's file, by its id."""


class Location(TypedDict):
    """Where constructs are."""

    region: str
    account: str


class EnvironmentStack(Stack):
    """Everything an environment has in its cloud.

    The ids of the constructs, and with them the addresses of the resources, depend on nothing in the model.
    ``source`` and ``system_source`` are the documents of the environment and the system: with them problems have a
    line. Raises ``PropsError`` for a local environment, which has nothing to apply.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        system: System,
        environment: Environment,
        source: Node | None = None,
        system_source: Node | None = None,
    ) -> None:
        cloud, network = environment.cloud, environment.network
        if cloud is None:
            raise PropsError(
                f'environment "{environment.name}" is local: it runs in an existing cluster and has '
                "nothing in a cloud to apply; use its Kubernetes manifests"
            )
        if network is None:
            raise PropsError(f'environment "{environment.name}" has no network')
        super().__init__(scope, id)
        self.source, self._system_source = source, system_source
        keep_state(self, environment, cloud)  # which Terraform reads as it is
        # Names of ports and routes are what they are in the model, which has no expressions there.
        self._balanced_ports = balanced_ports(system_in(system, environment), environment)
        self.system, self.environment, self.cloud = literals(system), literals(environment), literals(cloud)
        self.site = Site(self.system, self.environment)
        self.contract = contract_of(self.system, self.environment)
        self.name = self.contract.name
        self._constructs = import_module(f"quantacirc_cdk.terraform.{environment.target}")
        self.place: Location = {"region": self.cloud.region, "account": self.cloud.account}
        self._ids: set[str] = set()
        try:
            self._fill()
        except TakenError as error:
            raise PropsError(self._problems_of_clashes([error.clash])) from None
        if environment.disposable:
            make_disposable(self.elements)

    def _fill(self) -> None:
        """Add all constructs and outputs."""
        environment = self.environment
        self._configure()
        managed = self.contract.managed
        self.keys = self.new("KeyRing", "keys", self._keys())
        self.network = self._network()
        self.cluster = self._cluster()
        self.registry = self._registry()
        self.secrets = self.new("SecretStore", "secrets", self._secrets()) if self.contract.secrets else None
        self.alarms = self.new("Observability", "alarms", self._observability())
        if environment.network and not environment.network.existing:
            self.alarms.watch_network(self.network)
        if not environment.cluster.existing:
            self.alarms.watch_cluster(self.cluster)
        self.audit_trail = self._audit_trail()
        self.zone = self._zone()
        self.velero_store = self._velero_store()
        self.managed = {name: self._hook(name, "create")(self, managed[name]) for name in managed}
        self.identities = {name: self._identity(binding) for name, binding in self.contract.identities.items()}
        self._outputs()

    def problems(self) -> Iterator[Problem]:
        """Yield everything wrong in the stack, and every name in which it differs from the contract."""
        yield from super().problems()
        secrets, accounts = self.provided["secret"], self.provided["service account"]
        name = self.environment.name
        found = disagreements(self.contract, "Terraform", secrets=secrets, accounts=accounts)
        yield from of_environments({name: [where_declared(problem, self.source, name) for problem in found]})

    def _problems_of_clashes(self, clashes: Iterable[Clash]) -> Iterator[Problem]:
        """Yield the components with names from which the same name follows: each pair once, at the longer name."""
        found: dict[tuple[str, ...], Problem] = {}
        for clash in clashes:
            names = self._components_of(clash)
            if not names:
                yield from super()._problems_of_clashes([clash])
                continue
            *others, name = names
            whose = listed([f'"{other}"' for other in others]) if others else "the environment's own resources"
            problem = Problem(
                file=str(SYSTEM_FILE),
                key=dotted(("components", name)),
                what=f"{clash.what}, which {whose} would also have",
                expected="another name",
            )
            if self._system_source is not None:
                problem = placed(problem, self._system_source, ("components", name))
            found.setdefault(names, problem)
        yield from of_environments({self.environment.name: found.values()})

    def _components_of(self, clash: Clash) -> tuple[str, ...]:
        """Return the components that two resources belong to by their paths, or by the name of both; the longest name
        last.
        """
        by_path = {path.split("/")[1] for path in clash.paths} & self.system.components.keys()
        by_name = {name for name in self.system.components if f"{clash.name}_".startswith(f"{terraform_name(name)}_")}
        return tuple(sorted(by_path if len(by_path) > 1 else by_path | by_name, key=lambda name: (len(name), name)))

    def _hook(self, name: str, function: str) -> Hook:
        """Return what the kind of a component does in this cloud, or in all of them."""
        component = self.system.components[name]
        for module in (self.environment.target, "stack"):
            if found := hook(component, f"cloud.{module}.{function}"):
                return found
        raise PropsError(f'"{name}": {with_article(component.kind)} is not offered on {self.environment.target}')

    def new(self, construct: str, id: str, props: Any) -> Any:
        """Add a construct of the environment's cloud, ``Database``; problems name the environment's file."""
        path = f"{self.id}/{id}"
        if id in self._ids:
            raise TakenError(Clash(what=f"the construct {path}", name=id, paths=(path, path)))
        self._ids.add(id)
        try:
            return getattr(self._constructs, construct)(self, id, props)
        except PropsError as error:
            # Most is refused where it is read; the rest names the section that it follows from.
            place = SECTIONS.get(id) or (("components", id) if id in self.system.components else ())
            raise PropsError(one if one.file else self._placed(one, place) for one in error.problems) from None

    def _placed(self, problem: Problem, place: Place) -> Problem:
        """Return a problem with its file, and the line of its place or of the enclosing section."""
        if self.source is None:
            return replace(problem, file=environment_file(self.environment.name))
        (found,) = of_environments({self.environment.name: [placed(problem, self.source, place)]})
        return found

    def _configure(self) -> None:
        self._constructs.Provider(
            self,
            "provider",
            **self.place,
            recovery_region=self.cloud.recovery_region,
            tags=environment_tags(self.system, self.environment),
            disposable=self.environment.disposable,
        )

    def _keys(self) -> KeyRingProps:
        stores: dict[str, Purpose] = {}
        for one in self.contract.managed.values():
            stores |= one.keys  # type: ignore[arg-type]
        if self.environment.cluster.velero_store:
            stores[STORE] = "objects"
        purposes: list[Purpose] = ["logs"]
        purposes += [] if self.environment.existing_registry else ["registry"]
        purposes += [] if self.environment.cluster.existing else ["cluster", "volumes"]
        if self.environment.audit_trail and self.environment.target != "azure":  # which encrypts it itself
            purposes.append("audit-trail")
        if stores.pop("secrets", None) or self.contract.secrets:
            purposes.append("secrets")
        return KeyRingProps(
            name=self.name,
            **self.place,
            recovery_region=self.cloud.recovery_region,
            purposes=sorted(purposes),
            stores=stores,
        )

    def _network(self) -> Any:
        """Make the network, or read the one that is there."""
        network = self.environment.network
        assert network is not None  # noqa: S101  checked first of all
        databases = any(one.database_subnets for one in self.contract.managed.values())
        existing = network.existing
        if existing is not None:
            if databases and not existing.database_subnets:
                self._refuse(
                    ("network", "existing", "database_subnets"), "no subnets for the managed databases", "them"
                )
            lookup = NetworkLookup(
                name=existing.name,
                region=self.cloud.region,
                cidr=network.cidr,
                private_subnets=existing.private_subnets,
                public_subnets=existing.public_subnets,
                database_subnets=existing.database_subnets,
                control_plane_subnet=existing.control_plane_subnet,
                resource_group=existing.resource_group,
                project=existing.project,
                zones=network.zones,
            )
            return self._constructs.look_up_network(self, "network", lookup)
        props = NetworkProps(
            name=self.name,
            **self.place,
            cidr=network.cidr,
            pod_cidr=network.pod_cidr,
            secondary_cidr=network.secondary_cidr,
            ip_family=network.ip_family,
            service_cidr=network.service_cidr,
            zones=network.zones,
            nat=network.nat,
            # Endpoints cost more than the traffic of an environment that may also be down for a while.
            private_services=self.environment.high_availability,
            database_subnets=databases,
            open_ports=[
                OpenPort(
                    name=one.name,
                    port=one.port,
                    protocol="Udp" if one.protocol == "UDP" else "Tcp",
                    sources=tuple(one.sources),
                )
                for one in self._balanced_ports
            ],
            flow_log_retention_days=network.flow_log_retention_days,
            log_key_id=self.keys.key_id("logs"),
            peers={
                name: NetworkPeer(
                    network=peer.network,
                    account=peer.account,
                    region=peer.region,
                    cidrs=peer.cidrs,
                    dns_resolution=peer.dns_resolution,
                )
                for name, peer in network.peers.items()
            },
        )
        return self.new("Network", "network", props)

    def _cluster(self) -> Any:
        """Make the cluster, or read the one that is there."""
        cluster, network = self.environment.cluster, self.environment.network
        assert network is not None  # noqa: S101  checked first of all
        if cluster.existing is not None:
            databases = any(one.in_network for one in self.contract.managed.values())
            if databases and self.environment.target == "gcp" and cluster.existing.node_tag is None:
                self._refuse(("cluster", "existing", "node_tag"), "no network tag for the databases to admit", "one")
            lookup = ClusterLookup(
                name=cluster.existing.name,
                region=self.cloud.region,
                network=self.network,
                resource_group=cluster.existing.resource_group,
                node_tag=cluster.existing.node_tag,
            )
            return self._constructs.look_up_cluster(self, "cluster", lookup)
        pools = {
            name: NodePoolProps(
                cpu=pool.cpu,
                memory_gib=gibibytes(pool.memory),
                min_nodes=pool.min_nodes,
                max_nodes=pool.max_nodes,
                disk_gib=gibibytes(pool.disk),
                spot=pool.spot,
                machine_type=pool.machine_type,
                spot_machine_types=pool.spot_machine_types,
                architecture=pool.architecture,
                labels=pool.labels,
                taints=[Taint(key=one.key, value=one.value, effect=one.effect) for one in pool.taints],
                gpus=pool.gpus,
                gpu_type=pool.gpu_type,
            )
            for name, pool in cluster.node_pools.items()
        }
        admins = self.variable(
            "cluster_admins",
            type="list(string)",
            description="Principals with full access to the Kubernetes API: role ARNs on AWS, groups on Google Cloud, "
            "group object ids on Azure.",
            default=[],
            valid='${alltrue([for admin in var.cluster_admins : trimspace(admin) != ""])}',
            expected="Each admin must be the name of a principal, not empty text.",
        )
        props = ClusterProps(
            name=self.name,
            **self.place,
            network=self.network,
            keys=self.keys,
            kubernetes_version=cluster.kubernetes_version,
            node_image=cluster.node_image,
            node_pools=pools,
            system_pool=cluster.system_pool,
            mode=cluster.mode,
            autoscaler=cluster.autoscaler or "cluster-autoscaler",
            private_endpoint=cluster.private_endpoint,
            authorized_cidrs=cluster.authorized_cidrs,
            operator_cidrs=cluster.operator_cidrs,
            dns_endpoint=cluster.dns_endpoint,
            session_manager=cluster.session_manager,
            load_balancer_controller=cluster.load_balancer_controller,
            maintenance_exclusions={
                name: MaintenanceExclusion(first_day=one.first_day, last_day=one.last_day)
                for name, one in cluster.maintenance_exclusions.items()
            },
            admins=admins,
            access_entries={
                name: AccessEntry(principal=one.arn, groups=one.groups)
                for name, one in role_groups(self.environment).items()
            },
            security_group=self.cloud.security_group,
            service_cidr=network.service_cidr,
            deletion_protection=not self.environment.disposable,
            tags=environment_tags(self.system, self.environment),
        )
        return self.new("Cluster", "cluster", props)

    def _registry(self) -> Any:
        """Make the registry, or read the one that is there."""
        existing = self.environment.existing_registry
        if existing is not None:
            lookup = ImageRegistryLookup(
                address=self.environment.registry,
                repositories=self.contract.repositories,
                resource_group=existing.resource_group,
                cluster=self.cluster,
            )
            return self._constructs.look_up_registry(self, "registry", lookup)
        props = ImageRegistryProps(
            name=self.name,
            **self.place,
            keys=self.keys,
            repositories=self.contract.repositories,
        )
        return self.new("ImageRegistry", "registry", props)

    def _refuse(self, place: Place, what: str, expected: str) -> NoReturn:
        raise PropsError(self._placed(Problem(key=dotted(place), what=what, expected=expected), place))

    def _secrets(self) -> SecretStoreProps:
        people = {
            name: binding.description
            for name, binding in self.contract.secrets.items()
            if binding.written_by == "people"
        }
        return SecretStoreProps(
            name=self.contract.secrets_prefix,
            **self.place,
            keys=self.keys,
            secrets=people,
            recovery_region=self.cloud.recovery_region,
        )

    def _observability(self) -> ObservabilityProps:
        budget = self.environment.budget
        return ObservabilityProps(
            name=self.name,
            **self.place,
            keys=self.keys,
            owners=self.environment.owners,
            budget=Budget(**budget.model_dump()) if budget else None,
        )

    def _audit_trail(self) -> Any:
        """Make the audit trail, if the environment asks for one, and let the owners know of threats."""
        trail = self.environment.audit_trail
        if trail is None:
            return None
        props = AuditTrailProps(
            name=self.name,
            **self.place,
            keys=self.keys,
            retention_days=trail.retention_days,
            threat_detection=trail.threat_detection,
        )
        made = self.new("AuditTrail", "audit-trail", props)
        if trail.threat_detection:
            self.alarms.watch_threats(made)
        return made

    def _zone(self) -> Any:
        """Make the zone of the domain; None in GovCloud, where the domain is in a zone of an account outside."""
        if self.environment.target == "aws" and not has_public_zones(self.cloud.region):
            return None
        return self.new("DnsZone", "zone", DnsZoneProps(name=self.name, domain=self.environment.domain))

    def _velero_store(self) -> Any:
        """Make the bucket for the backups of the cluster, if the environment asks for one."""
        store, binding = self.environment.cluster.velero_store, velero_of(self.site)
        if store is None or binding is None:
            return None
        props = ObjectStoreProps(
            name=binding.name,
            **self.place,
            keys=self.keys,
            key=STORE,
            container=CONTAINER,
            retention_days=store.retention_days,
            recovery_region=self.cloud.recovery_region if store.replicate else None,
        )
        return self.new("ObjectStore", STORE, props)

    def _identity(self, binding: IdentityBinding) -> Any:
        props = WorkloadIdentityProps(
            name=binding.remote,
            **self.place,
            cluster=self.cluster,
            namespace=binding.namespace,
            service_account=binding.service_account,
            google_account=binding.google_account,
        )
        identity = self.new("WorkloadIdentity", binding.own_name, props)
        for store in binding.stores:
            self._hook(store, "grant")(self.managed[store], identity, self.contract.managed[store], binding.name)
        if binding.records and self.zone:
            self.zone.grant_records(identity, challenges=binding.records == "challenges")
        if binding.backs_up:
            self.velero_store.grant_backups(identity)
            self.cluster.grant_snapshots(identity)
        if binding.access:
            identity.allow(
                *(CloudGrant(actions=one.actions, role=one.role, resources=one.resources) for one in binding.access)
            )
        if self.secrets and (entered := [name for name in binding.secrets if name in self.secrets.secrets]):
            self.secrets.grant_read(identity, *entered)
        for name, one in self.contract.managed.items():
            if one.secret and one.secret.name in binding.secrets:
                self._hook(name, "grant")(self.managed[name], identity, one, binding.name)
        return identity

    def _outputs(self) -> None:
        values: dict[str, Any] = {
            "cluster_name": self.cluster.cluster_name,
            "cluster_endpoint": self.cluster.endpoint,
            "registry_host": self.registry.host,
            "name_servers": self.zone.name_servers if self.zone else [],
            "peerings": getattr(self.network, "peerings", {}),
            "client_ids": {name: getattr(identity, "client_id", None) for name, identity in self.identities.items()},
        }
        if self.velero_store:
            values["velero_bucket"] = self.velero_store.bucket_name
        for name, made in self.managed.items():
            values |= self._hook(name, "outputs")(made, self.contract.managed[name])
        for name, output in self.contract.outputs.items():
            self.output(name, values[name], description=output.description, sensitive=output.sensitive)
