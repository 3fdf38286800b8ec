"""What a component must be told to reach the others: environment variables and files with secrets."""

from typing import Literal

from quantacirc_cdk.kubernetes.nats import Client, Delivery
from quantacirc_cdk.kubernetes.nats.config import server_url
from quantacirc_cdk.kubernetes.nats.message_bus import credentials_secret
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.workload import ConfigFiles, SecretFiles
from quantacirc_cdk.model.facts import HTTP, contract_ports, main_port
from quantacirc_cdk.model.needs.variables import literals
from quantacirc_cdk.model.system import WORKLOADS

SECRETS = "/etc/secrets"
"""Directory below which each Secret is a directory, and each of its keys a file."""


def client(context: Context, name: str) -> Client | None:
    """Return a component as a user of the bus, if it is one."""
    component = context.system.components[name]
    if not (component.publishes or component.consumes):
        return None
    return Client(
        name=name,
        publishes=tuple(component.publishes),
        consumes=tuple(component.consumes),
        delivery=Delivery(**component.delivery.model_dump()),
    )


def clients(context: Context) -> list[Client]:
    """Return all users of the bus, sorted by name."""
    found = (client(context, name) for name in sorted(context.system.components))
    return [user for user in found if user]


def bus_users(context: Context) -> list[Client]:
    """Return all clients of the bus, and who takes snapshots of it."""
    buses = context.present("bus")
    keepers = [name for name, job in context.present("job").items() if job.backs_up in buses]
    others = [user for user in clients(context) if user.name not in keepers]
    return sorted([*others, *(Client(name=name, snapshots=True) for name in keepers)], key=lambda user: user.name)


def bus_tls(context: Context) -> Literal["cert-manager", "generated"] | None:
    """Return who makes the certificate of the bus: cert-manager where the cluster has it, else a Job, if it can."""
    system = context.system
    if not system.only("bus"):
        return None
    if context.environment.cluster.addons.cert_manager:
        return "cert-manager"
    return "generated" if system.toolbox and system.certificate_tool else None


def bus_tls_secret(context: Context) -> str | None:
    """Return the name of the Secret with the certificate of the bus, where it has one."""
    return f"{context.system.only('bus')}-tls" if bus_tls(context) else None


def configuration(context: Context, name: str) -> dict[str, str]:
    """Return the environment variables of a component: what it is, where what it reaches is, then its own.

    ``<PREFIX><TARGET>_URL`` is the address of a component, ``<PREFIX><TARGET>_CREDENTIALS`` the directory with the
    files that say how to reach a store or an external. A value that an environment sets wins over the component's.
    """
    system, container = context.system, context.system.container
    component = system.components[name]
    variables = {"COMPONENT": name, "ENVIRONMENT": context.environment.name, "VERSION": context.version}
    for port in contract_ports(system, component):
        variables[f"{variable(port.name)}_PORT"] = str(port.port)
    user, bus, certificate = client(context, name), system.only("bus"), bus_tls_secret(context)
    if user and bus:
        place = variable(bus)
        variables |= {
            f"{place}_CONSUMES": ",".join(sorted(user.consumes)),
            f"{place}_INBOX_PREFIX": user.inbox,
            f"{place}_PASSWORD_FILE": f"{SECRETS}/{credentials_secret(bus)}/{name}",
            f"{place}_PUBLISHES": ",".join(sorted(user.publishes)),
            f"{place}_URL": server_url(bus, tls=bool(certificate)),
            f"{place}_USER": name,
        }
        if certificate:
            variables[f"{place}_CA_FILE"] = f"{SECRETS}/{certificate}/ca.crt"
    for target in component.reaches:
        variables |= _reach(context, target)
    prefix = container.environment_prefix
    known = {f"{prefix}{key}": value for key, value in variables.items() if value} if prefix else {}
    prefixed = {key: value for key, value in known.items() if key not in component.environment}
    return {**prefixed, **literals(component.environment)}


def secrets(context: Context, name: str) -> list[SecretFiles]:
    """Return the Secrets a component sees: of the bus its own password only, of the others what they hold.

    Where nothing fetches Secrets from a store, people create those of externals by hand, and components start
    without them.
    """
    system = context.system
    component = system.components[name]
    found = []
    bus = system.only("bus")
    if bus and client(context, name):
        secret = credentials_secret(bus)
        found.append(SecretFiles(secret=secret, path=f"{SECRETS}/{secret}", keys=(name,)))
        certificate = bus_tls_secret(context)
        if certificate:
            found.append(SecretFiles(secret=certificate, path=f"{SECRETS}/{certificate}", keys=("ca.crt",)))
    by_hand = not context.environment.cluster.addons.external_secrets
    for target in component.reaches:
        external = system.externals.get(target)
        if external is None:
            if _opened_by_identity(context, target):
                continue
            if system.components[target].kind in ("database", "object-store"):
                found.append(SecretFiles(secret=target, path=f"{SECRETS}/{target}"))
        elif external.secret:
            path, keys = f"{SECRETS}/{external.secret}", tuple(external.secret_keys)
            found.append(SecretFiles(secret=external.secret, path=path, keys=keys, optional=by_hand))
    return list(dict.fromkeys(found))


def config_files(context: Context, name: str) -> list[ConfigFiles]:
    """Return the ConfigMaps that a component sees as files: of a store of the cloud, which needs no secret."""
    reached = context.system.components[name].reaches
    return [
        ConfigFiles(config_map=target, path=f"{SECRETS}/{target}")
        for target in reached
        if _opened_by_identity(context, target)
    ]


def _opened_by_identity(context: Context, target: str) -> bool:
    """Whether a component is an object store of the cloud, which opens to the identity of a pod."""
    store = context.contract.object_store if context.contract else None
    return store is not None and store.component == target


def variable(name: str) -> str:
    """Return a name as a part of an environment variable."""
    return name.upper().replace("-", "_")


def _reach(context: Context, target: str) -> dict[str, str]:
    system, place = context.system, variable(target)
    external = system.externals.get(target)
    if external is not None:
        reached = {f"{place}_HOSTS": ",".join(external.hosts)}
        return reached | ({f"{place}_CREDENTIALS": f"{SECRETS}/{external.secret}"} if external.secret else {})
    kind = system.components[target].kind
    if kind in ("database", "object-store"):
        return {f"{place}_CREDENTIALS": f"{SECRETS}/{target}"}
    port = main_port(system, system.components[target])
    if kind not in WORKLOADS or port is None:
        return {}
    scheme = "http" if port.name == HTTP or (port.app_protocol or "").startswith("http") else port.protocol.lower()
    return {f"{place}_URL": f"{scheme}://{target}:{port.service_port or port.port}"}
