"""What the constructs of a stack share: resource groups, tags, the log workspace, and who reaches what inside."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.engine import Construct, TerraformStack
from quantacirc_cdk.terraform.resource import DataSource, Resource
from quantacirc_cdk.terraform.schemas import schemas_covering
from quantacirc_cdk.terraform.stack import stack_of

_PLACE = "_quantacirc_azure"


@dataclass(kw_only=True)
class KeyUser:
    """The identity with which services use a key, and what they wait for."""

    identity_id: str
    client_id: str
    versioned_id: str
    """The key's id with its version, for what cannot follow a rotation by itself; empty if nobody said it."""
    key_id: str
    """The key's id in Azure's resource manager, by which roles are given."""
    vault_id: str
    ready: list[Resource]


@dataclass(kw_only=True)
class Place:
    """The shared things of one stack."""

    stack: TerraformStack
    name: str
    account: str
    tags: dict[str, str]
    operators: str
    """Expression for the addresses from which Terraform is run."""
    key_users: dict[str, KeyUser] = field(default_factory=dict)
    """Who uses a key, by its id."""
    groups: list[str] = field(default_factory=list)
    """Names of all resource groups of the stack, with those that services create."""
    shared: dict[str, Any] = field(default_factory=dict)
    _guarded: list[tuple[Resource, str]] = field(default_factory=list)
    _subnets: list[str] = field(default_factory=list)
    _waiting: list[tuple[str, Resource, str, bool]] = field(default_factory=list)
    _connect: Callable[[str, Resource, str, bool], None] | None = None

    group: Resource = field(init=False)
    recovery_group: Resource | None = None

    def guard(self, resource: Resource, rules: str) -> None:
        """Let the stack's subnets through the firewall of ``resource``, which is its block ``rules``."""
        self._guarded.append((resource, rules))
        for subnet in self._subnets:
            resource.arguments[rules]["virtual_network_subnet_ids"].append(subnet)

    def admit(self, subnet_id: str) -> None:
        """Let ``subnet_id`` through the firewalls of what is guarded, now and later."""
        self._subnets.append(subnet_id)
        for resource, rules in self._guarded:
            resource.arguments[rules]["virtual_network_subnet_ids"].append(subnet_id)

    def reach(self, name: str, resource: Resource, service: str, *, required: bool = False) -> None:
        """Give ``resource`` an address inside the network, if the network has private services or it is ``required``.

        An address is required where nodes have no other way.
        """
        if self._connect:
            self._connect(name, resource, service, required)
        else:
            self._waiting.append((name, resource, service, required))

    def connect_with(self, connect: Callable[[str, Resource, str, bool], None]) -> None:
        """Have ``connect`` give addresses inside the network, now and later."""
        self._connect = connect
        for waiting in self._waiting:
            connect(*waiting)

    def once(self, key: str, declare: Callable[[], Any]) -> Any:
        """Return what ``declare`` makes the first time it is asked for."""
        if key not in self.shared:
            self.shared[key] = declare()
        return self.shared[key]

    def workspace(self, retention_days: int = 30) -> Resource:
        """Return the log workspace. Azure encrypts it with its own keys; customer-managed keys need a dedicated
        cluster.
        """
        found: Resource = self.once(
            "workspace",
            lambda: AzureResource(
                self.stack,
                "azurerm_log_analytics_workspace",
                "logs",
                name=f"{self.name}-logs",
                sku="PerGB2018",
                retention_in_days=retention_days,
                local_authentication_enabled=False,
            ),
        )
        # The longest requested retention applies.
        found.arguments["retention_in_days"] = max(found.arguments["retention_in_days"], retention_days)
        return found

    def client(self) -> DataSource:
        """Return who runs Terraform: the tenant, and the principal that writes keys and secrets."""
        found: DataSource = self.once("client", lambda: DataSource(self.stack, "azurerm_client_config", "current"))
        return found


def settle(stack: TerraformStack, place: Place) -> None:
    """Make ``place`` that of the constructs in ``stack``."""
    setattr(stack, _PLACE, place)


def place_of(scope: Construct) -> Place:
    """Return the place of ``scope``; raises ``PropsError`` when no provider was declared before."""
    place: Place | None = getattr(stack_of(scope), _PLACE, None)
    if place is None:
        raise PropsError("no quantacirc_cdk.terraform.azure.Provider in the stack: declare it before other constructs")
    return place


def key_user(scope: Construct, key_id: str) -> KeyUser:
    """Return who uses the key ``key_id``; raises ``PropsError`` for a key that no ``KeyRing`` of the stack made."""
    users = place_of(scope).key_users
    if key_id not in users:
        raise PropsError(f"{key_id} is not a key of a KeyRing in this stack: Azure needs the identity that may use it")
    return users[key_id]


class AzureResource(Resource):
    """A resource in the stack's resource group, region and tags, unless it says otherwise or can have none."""

    def __init__(self, scope: Construct, type: str, name: str, /, *, recovery: bool = False, **arguments: Any) -> None:
        place = place_of(scope)
        group = place.recovery_group if recovery else place.group
        if group is None:
            raise PropsError("the provider has no recovery region")
        shared = {"tags": place.tags, "location": group.ref("location"), "resource_group_name": group.ref("name")}
        for _schema, block in schemas_covering("resources", type)[:1]:
            arguments = {key: value for key, value in shared.items() if key in block.arguments} | arguments
        super().__init__(scope, type, name, **arguments)


def diagnose(scope: Construct, name: str, target: Resource, *categories: str, suffix: str = "") -> None:
    """Send the logs ``categories`` of ``target`` to the stack's workspace."""
    AzureResource(
        scope,
        "azurerm_monitor_diagnostic_setting",
        name,
        name="logs",
        target_resource_id=f"{target.id}{suffix}",
        log_analytics_workspace_id=place_of(scope).workspace().id,
        enabled_log=[{"category": category} for category in categories],
    )


def assign(
    scope: Construct,
    name: str,
    *,
    role: str,
    to: str,
    on: str,
    principal_type: str | None = "ServicePrincipal",
    condition: str | None = None,
) -> Resource:
    """Give the principal ``to`` a role on the resource ``on`` alone, under a ``condition``."""
    return AzureResource(
        scope,
        "azurerm_role_assignment",
        name,
        scope=on,
        role_definition_name=role,
        principal_id=to,
        principal_type=principal_type,
        condition=condition,
        condition_version="2.0" if condition else None,
    )
