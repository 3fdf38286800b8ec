"""Settings of a component as props of its containers and pods."""

from collections.abc import Mapping
from typing import Any

from quantacirc_cdk.kubernetes.container import Container, Hook, Port, ServicePort
from quantacirc_cdk.kubernetes.placement import DnsConfig
from quantacirc_cdk.kubernetes.probes import Check, Command, GrpcCheck, HttpCheck, Probe, TcpCheck
from quantacirc_cdk.kubernetes.resources import Resources
from quantacirc_cdk.kubernetes.role import Rule
from quantacirc_cdk.kubernetes.security import Security
from quantacirc_cdk.kubernetes.system.affinity import affinity, node_selector, spread_constraints, tolerations
from quantacirc_cdk.kubernetes.system.cloud import cloud_identity
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.files import mounts
from quantacirc_cdk.kubernetes.variable import (
    ConfigKey,
    EnvironmentSource,
    FieldPath,
    ResourceField,
    SecretKey,
    Value,
    literal,
)
from quantacirc_cdk.limits.quantity import parse_quantity
from quantacirc_cdk.model.component import Program
from quantacirc_cdk.model.facts import container_ports, keeps_contract
from quantacirc_cdk.model.needs.health import Hook as HookSpec
from quantacirc_cdk.model.needs.health import Probe as ProbeSpec
from quantacirc_cdk.model.needs.needs import ContainerNeeds, OtherContainer
from quantacirc_cdk.model.needs.ports import PortSpec
from quantacirc_cdk.model.needs.resources import ResourcesSpec
from quantacirc_cdk.model.needs.security import ContainerSecurity
from quantacirc_cdk.model.needs.variables import Variable, literals


def own_container(context: Context, name: str) -> dict[str, Any]:
    """Return the props of a component's container that its settings add to those of its kind."""
    component = context.component(name, Program)
    return {
        **_options(component, container_ports(context.system, component)),
        **own_probes(context, component),
        "security": security(component.security),
        "mounts": mounts(name, component),
    }


def own_pod(context: Context, name: str) -> dict[str, Any]:
    """Return the props of a component's pods that its settings add to those of its kind."""
    component = context.component(name, Program)
    place, who, dns = component.placement, component.security, component.dns
    identity = cloud_identity(context, name)
    return {
        "node_selector": node_selector(component),
        "affinity": affinity(context, component),
        "tolerations": tolerations(context, component),
        "spread_constraints": spread_constraints(component),
        "runtime_class": place.runtime_class,
        "scheduler": place.scheduler,
        "pull_secrets": component.pull_secrets,
        "dns_policy": dns.policy,
        "dns": DnsConfig(nameservers=dns.nameservers, searches=dns.searches, options=dns.options)
        if dns.nameservers or dns.searches or dns.options
        else None,
        "host_aliases": dns.host_aliases,
        "hostname": dns.hostname,
        "subdomain": dns.subdomain,
        "group_id": who.group,
        "fs_group": who.fs_group,
        "supplemental_groups": who.supplemental_groups,
        "sysctls": who.sysctls,
        "unsafe_sysctls": who.unsafe_sysctls or "",
        "host_network": who.host_network or "",
        "host_pid": who.host_pid or "",
        "host_ipc": who.host_ipc or "",
        "service_links": component.service_links,
        "cloud_access": {one.summary: one.reason for one in identity.access if one.reason} if identity else {},
    }


def user_id(context: Context, component: Program) -> int | None:
    """Return the user of a component's processes: its own, the image's, or that of the container contract."""
    if component.security.image_user:
        return None
    return context.system.container.user_id if component.security.user is None else component.security.user


def priority(context: Context, component: Program, tier: str) -> str:
    """Return the PriorityClass of a component's pods."""
    return component.placement.priority_class or context.priority(tier)


def init_containers(context: Context, name: str) -> list[Container]:
    """Return the containers that run before a component's own."""
    component = context.component(name, Program)
    return [
        Container(**_other(context, name, component, one), side_car=one.side_car) for one in component.init_containers
    ]


def side_cars(context: Context, name: str) -> list[Container]:
    """Return the containers that run beside a component's own."""
    component = context.component(name, Program)
    return [Container(**_other(context, name, component, one)) for one in component.side_cars]


def own_rules(component: Program) -> list[Rule]:
    """Return the API permissions that a component declares."""
    return [
        Rule(verbs=one.verbs, resources=one.resources, api_group=one.api_group, names=one.names)
        for one in component.rules
    ]


def port(spec: PortSpec) -> Port:
    """Return a port."""
    return Port(
        name=spec.name,
        port=spec.port,
        protocol=spec.protocol,
        service_port=spec.service_port,
        service_port_name=spec.service_port_name,
        app_protocol=spec.app_protocol,
        additional_service_ports=tuple(
            ServicePort(name=one.name, port=one.port, app_protocol=one.app_protocol)
            for one in spec.additional_service_ports
        ),
        host_port=spec.host_port.port if spec.host_port else None,
        host_reason=spec.host_port.reason if spec.host_port else "",
    )


def variables(environment: Mapping[str, Variable | None]) -> dict[str, Value]:
    """Return the variables whose value is not literal text."""
    found = {name: value for name, value in environment.items() if value is not None and value.text is None}
    return {name: _value(value) for name, value in found.items()}


def security(spec: ContainerSecurity) -> Security:
    """Return the user of a container and its exceptions."""
    return Security(
        user_id=spec.user,
        group_id=spec.group,
        root=spec.root or "",
        writable_root=spec.writable_root or "",
        privilege_escalation=spec.privilege_escalation or "",
        privileged=spec.privileged or "",
        unconfined=spec.unconfined or "",
        default_capabilities=spec.default_capabilities or "",
        capabilities=spec.capabilities or None,
    )


def resources(spec: ResourcesSpec, size: Resources) -> Resources:
    """Return the resources, with those of a size for absent values."""
    limit = spec.memory_limit or (_larger(spec.memory, size.memory_limit) if spec.memory else size.memory_limit)
    return Resources(
        cpu=spec.cpu or size.cpu,
        memory=spec.memory or size.memory,
        memory_limit=limit,
        ephemeral_storage=spec.ephemeral_storage or size.ephemeral_storage,
        cpu_limit=spec.cpu_limit or size.cpu_limit,
        extended=spec.extended,
    )


def _larger(amount: str, limit: str | None) -> str:
    """Return the limit of a size, or a request above it: Kubernetes refuses a limit below the request."""
    return limit if limit and parse_quantity(limit) >= parse_quantity(amount) else amount


def own_probes(context: Context, component: Program) -> dict[str, Probe]:
    """Return the health checks of a component's own container: its own, then those of the container contract."""
    stated, found = component.probes, {}
    if stated.none:
        return {}
    contract = context.system.container if keeps_contract(context.system, component) else None
    known = container_ports(context.system, component)
    for key, threshold in (("startup", -(-stated.startup_seconds // 5)), ("liveness", 3), ("readiness", 2)):
        own = getattr(stated, key)
        if own is not None:
            found[f"{key}_probe"] = probe(own, known)
            continue
        if key in stated.model_fields_set:
            continue  # null disables the probe.
        path = getattr(stated, f"{key}_path") or (getattr(contract, f"{key}_path") if contract else None)
        if path is not None:
            period = 5 if key == "startup" else stated.period_seconds
            check = HttpCheck(path=path, port=stated.port or _http(known))
            found[f"{key}_probe"] = Probe(check=check, period_seconds=period, failure_threshold=max(1, threshold))
    return found


def probe(spec: ProbeSpec, known: list[PortSpec]) -> Probe:
    """Return a health check. Without a port, it uses the first TCP port of its container."""
    check: Check
    if spec.http:
        http = spec.http
        check = HttpCheck(path=http.path, port=http.port or _http(known), scheme=http.scheme, headers=http.headers)
    elif spec.grpc:
        check = GrpcCheck(port=spec.grpc.port or _number(known), service=spec.grpc.service)
    elif spec.tcp is not None:
        check = TcpCheck(port=spec.tcp)
    else:
        check = Command(command=spec.command or ())
    return Probe(
        check=check,
        initial_delay_seconds=spec.initial_delay_seconds,
        period_seconds=spec.period_seconds,
        timeout_seconds=spec.timeout_seconds,
        failure_threshold=spec.failure_threshold,
        success_threshold=spec.success_threshold,
        termination_grace_seconds=spec.termination_grace_seconds,
    )


def hook(spec: HookSpec | None, known: list[PortSpec]) -> Hook:
    """Return the hook at the start or the end of a container."""
    if spec is None:
        return ()
    if spec.http:
        http = spec.http
        return HttpCheck(path=http.path, port=http.port or _http(known), scheme=http.scheme, headers=http.headers)
    return tuple(spec.command or ())


def _options(container: ContainerNeeds, known: list[PortSpec]) -> dict[str, Any]:
    return {
        "working_dir": container.working_dir,
        "environment_from": [
            EnvironmentSource(config_map=one.config_map, secret=one.secret, prefix=one.prefix, optional=one.optional)
            for one in container.environment_from
        ],
        "post_start": hook(container.lifecycle.post_start, known),
        "pre_stop": hook(container.lifecycle.pre_stop, known),
        "pull_policy": container.pull_policy,
    }


def _other(context: Context, name: str, component: Program, one: OtherContainer) -> dict[str, Any]:
    stated = {key: getattr(one.probes, key) for key in ("startup", "liveness", "readiness")}
    size = context.of_size(one.size) if one.size else context.resources(name)
    environment = {key: literal(text) for key, text in literals(one.environment).items()}
    return {
        **_options(one, one.ports),
        "name": one.name,
        "image": context.image(one.image or component.image),
        "command": one.command,
        "args": one.args,
        "ports": [port(spec) for spec in one.ports],
        "environment": {**environment, **variables(one.environment)},
        "resources": resources(one.resources, size),
        "security": security(one.security),
        "mounts": mounts(name, component, one),
        **{f"{key}_probe": probe(spec, one.ports) for key, spec in stated.items() if spec is not None},
    }


def _value(value: Variable) -> Value:
    if value.secret:
        return SecretKey(secret=value.secret, key=str(value.key), optional=value.optional)
    if value.config_map:
        return ConfigKey(config_map=value.config_map, key=str(value.key), optional=value.optional)
    if value.field:
        return FieldPath(path=value.field)
    if value.resource:
        return ResourceField(resource=value.resource, divisor=value.divisor)
    return str(value.expand)


def _http(known: list[PortSpec]) -> str:
    """Return the name of the port for HTTP checks: ``http``, else the first TCP port."""
    return next((one.name for one in known if one.name == "http"), None) or _first(known).name


def _number(known: list[PortSpec]) -> int:
    return _first(known).port


def _first(known: list[PortSpec]) -> PortSpec:
    return next(one for one in known if one.protocol == "TCP")
