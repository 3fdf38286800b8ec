"""Rules that span several settings of a component."""

from collections import Counter
from collections.abc import Iterator, Sequence, Set

from quantacirc_cdk.errors import Problem, nearest
from quantacirc_cdk.limits.routes import EFFECTIVE, NGINX_RANGES, only_for, transport
from quantacirc_cdk.model.component import Finding, Program, Serving
from quantacirc_cdk.model.document import Node, Place
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.facts import (
    client_ports,
    container_ports,
    contract_ports,
    main_port,
    metrics,
    ports,
    served_ports,
    system_in,
)
from quantacirc_cdk.model.host_checks import check_hosts
from quantacirc_cdk.model.needs.health import Lifecycle, Probe
from quantacirc_cdk.model.needs.needs import OtherContainer
from quantacirc_cdk.model.needs.ports import PortSpec
from quantacirc_cdk.model.needs.routes import Route
from quantacirc_cdk.model.pod_checks import autopilot_findings, pod_findings, size_findings
from quantacirc_cdk.model.problems import problem_at
from quantacirc_cdk.model.route_checks import check_routes
from quantacirc_cdk.model.system import System


def check_component_needs(system: System, root: Node, name: str) -> Iterator[Problem]:
    """Yield the problems of a component's settings in the system."""
    component = system.components[name]
    for place, what, expected in _findings(system, name, component) if isinstance(component, Program) else ():
        yield problem_at(root, ("components", name, *place), what, expected)


def check_environment_needs(
    system: System, environment: Environment, root: Node, reported: Set[Place] = frozenset()
) -> Iterator[Problem]:
    """Yield the problems of components' settings that exist only in this environment, and are not ``reported``."""
    here = system_in(system, environment)
    changed = {name for name, component in here.components.items() if component is not system.components[name]}
    for name, component in here.having(Program).items():
        if name in changed or not changed.isdisjoint(component.reaches):
            stated = system.having(Program)[name]
            before = {what for _, what, _ in (*stated.problems(system, name), *_findings(system, name, stated))}
            for place, what, expected in (*component.problems(here, name), *_findings(here, name, component)):
                if what not in before and (name, *place) not in reported:
                    yield problem_at(root, ("components", name, *place), what, expected)
        for place, what, expected in size_findings(system, environment, component):
            yield problem_at(root, ("components", name, *place), what, expected)
        yield from _replica_problems(environment, root, name, component)
        for place, what, expected in autopilot_findings(component) if environment.cluster.mode == "autopilot" else ():
            yield problem_at(root, ("components", name, *place), what, expected)
    yield from _pool_problems(environment, root, here)
    yield from check_routes(here, environment, root)
    yield from check_hosts(here, environment, root)


def _findings(system: System, name: str, component: Program) -> Iterator[Finding]:
    yield from _port_findings(system, component)
    yield from _probe_findings(system, component)
    yield from _container_findings(system, name, component)
    yield from pod_findings(component)
    scraped = metrics(system, component)
    names, served = {port.name for port in ports(system, component)}, served_ports(system, component)
    if scraped and scraped.port not in names:
        yield ("metrics", "port"), f'no port "{scraped.port}"', nearest(scraped.port, names)
    for key, route in component.routes.items():
        if route is None:
            continue
        if route.port and route.port not in served:
            yield ("routes", key, "port"), f'no port "{route.port}"', nearest(route.port, served)
        elif not names:
            yield ("routes", key), "a route of a component without ports", "`ports`"
        else:
            yield from _transport_findings(("routes", key), route, served.get(route.port or ""), system, component)
        for field in sorted(EFFECTIVE.keys() & route.model_fields_set):
            if route.protocol not in EFFECTIVE[field]:
                what = f"`{field}` of a route of {route.protocol}, where it has no effect"
                yield ("routes", key, field), what, only_for(field)
        for annotation in sorted(set(NGINX_RANGES) & route.annotations.keys() if route.source_ranges else ()):
            yield ("routes", key, "source_ranges"), f"beside the annotation {annotation}", "one of them"
        paths = Counter(path.rstrip("/") or "/" for path in route.paths)
        for path in (path for path, count in paths.items() if count > 1):
            yield ("routes", key, "paths"), f'path "{path}" twice', "each once"
    if isinstance(component, Serving) and not names:
        expected = "`ports`, or `http_port` of the system's `container`"
        if component.exposed:
            yield ("exposed",), "a component without ports", expected
        if component.admits:
            yield ("admits",), "pods that connect to a component without ports", expected
        if "service" in component.model_fields_set:
            yield ("service",), "a Service of a component without ports", expected
    elif isinstance(component, Serving) and component.exposed:
        yield from _transport_findings(("exposed",), Route(), None, system, component)
    for index, target in enumerate(component.reaches):
        part = system.components.get(target)
        if isinstance(part, Serving) and not client_ports(system, part):
            yield ("reaches", index), f'reaches "{target}", which has no ports', f"`ports` of {target}"
    for index, one in enumerate(component.placement.near + component.placement.apart):
        if one.component and one.component not in system.components:
            key = "near" if index < len(component.placement.near) else "apart"
            yield ("placement", key), f'no component "{one.component}"', nearest(one.component, system.components)


def _transport_findings(
    place: Place, route: Route, stated: PortSpec | None, system: System, component: Program
) -> Iterator[Finding]:
    """Yield a port whose transport protocol is not that of the route."""
    port, wanted = stated or main_port(system, component), transport(route.protocol)
    if port is not None and port.protocol != wanted:
        what = f'the {port.protocol} port "{port.name}" for a route of {route.protocol}'
        yield place, what, f"a {wanted} port" + (", or protocol udp" if port.protocol == "UDP" else "")


_NAME_TWICE = 'port name "{}" is declared twice'
_SERVICE_PORT_TWICE = "port {} of the Service is declared twice"


def _port_findings(system: System, component: Program) -> Iterator[Finding]:
    implied, every = contract_ports(system, component), ports(system, component)
    numbers = Counter((port.port, port.protocol) for port in every)
    offered = Counter((one.port, port.protocol) for port in every for one in port.served)
    names = Counter(name for port in every for name in port.names)
    places: list[tuple[Place, PortSpec]] = [(("ports", n), port) for n, port in enumerate(component.ports)]
    for key in ("init_containers", "side_cars"):
        for index, one in enumerate(getattr(component, key)):
            places += [((key, index, "ports", n), port) for n, port in enumerate(one.ports)]
    why = "; the contract's are implied" if implied else ""
    for place, port in places:
        if numbers[port.port, port.protocol] > 1:
            yield (*place, "port"), f"port {port.port} twice", f"each port once{why}"
        elif offered[port.offered, port.protocol] > 1:
            yield (*place, "service_port"), _SERVICE_PORT_TWICE.format(port.offered), "each once"
        if names[port.name] > 1:
            yield (*place, "name"), _NAME_TWICE.format(port.name), "each name once"
        if port.service_port_name and names[port.service_port_name] > 1:
            yield (*place, "service_port_name"), _NAME_TWICE.format(port.service_port_name), "each name once"
        own = Counter(one.name for one in port.served)
        for index, one in enumerate(port.additional_service_ports):
            at = (*place, "additional_service_ports", index)
            if offered[one.port, port.protocol] > 1:
                yield (*at, "port"), _SERVICE_PORT_TWICE.format(one.port), "each once"
            if names[one.name] > 1 or own[one.name] > 1:
                yield (*at, "name"), _NAME_TWICE.format(one.name), "each name once"
    for index, container in enumerate(component.init_containers):
        own = Counter(port.name for port in container.ports)
        listening = Counter((port.port, port.protocol) for port in container.ports)
        for n, port in enumerate(() if container.side_car else container.ports):
            if listening[port.port, port.protocol] > 1:
                yield ("init_containers", index, "ports", n, "port"), f"port {port.port} twice", "each port once"
            if own[port.name] > 1:
                yield ("init_containers", index, "ports", n, "name"), _NAME_TWICE.format(port.name), "each name once"
            for key in sorted(
                port.model_fields_set & {"additional_service_ports", "service_port", "service_port_name"}
            ):
                what = f"`{key}` of a container that has ended when the Service leads to the pod"
                yield ("init_containers", index, "ports", n, key), what, "`side_car: true`, or no such key"


def _probe_findings(system: System, component: Program) -> Iterator[Finding]:
    own = container_ports(system, component)
    numbers = {port.port for port in own if port.protocol == "TCP"}
    for key in sorted(component.probes.model_fields_set - {"none"}) if component.probes.none else ():
        yield ("probes", key), f"`{key}` beside `none`, which switches it off", "one of them"
    if own and component.probes.port is not None and component.probes.port not in numbers:
        expected = f"a TCP port of the container: {', '.join(map(str, sorted(numbers))) or 'it has none'}"
        yield ("probes", "port"), f"no TCP port {component.probes.port}", expected
    for key in ("startup", "liveness", "readiness"):
        probe = getattr(component.probes, key)
        if probe is not None:
            yield from _one_probe(("probes", key), key, probe, own)
        elif getattr(component.probes, f"{key}_path") and not (_tcp(own) or component.probes.port):
            yield ("probes", f"{key}_path"), "`exposed` on a component without ports", "`port`"
    yield from _hook_findings(("lifecycle",), component.lifecycle, own)
    for key in ("init_containers", "side_cars"):
        for index, one in enumerate(getattr(component, key)):
            for name in ("startup", "liveness", "readiness"):
                probe = getattr(one.probes, name)
                if probe is not None:
                    yield from _one_probe((key, index, "probes", name), name, probe, one.ports)
            yield from _hook_findings((key, index, "lifecycle"), one.lifecycle, one.ports)


def _hook_findings(place: Place, lifecycle: Lifecycle, own: list[PortSpec]) -> Iterator[Finding]:
    for key in ("post_start", "pre_stop"):
        hook = getattr(lifecycle, key)
        if hook is not None and hook.http is not None:
            yield from _asked_port((*place, key), hook.http.port, own)


def _asked_port(place: Place, port: int | str | None, own: list[PortSpec]) -> Iterator[Finding]:
    """Yield the problems of a probe's port."""
    asked = {one.name: one.port for one in own if one.protocol == "TCP"}
    if isinstance(port, str) and port not in asked:
        yield place, f'no TCP port "{port}"', nearest(port, asked)
    if isinstance(port, int) and own and port not in asked.values():
        numbers = ", ".join(map(str, asked.values())) or "it has none"
        yield place, f"no TCP port {port}", f"a TCP port of the container: {numbers}"
    if port is None and not _tcp(own):
        yield place, "a health check without a port", "`port`, or `ports` of the container"


def _tcp(own: list[PortSpec]) -> bool:
    return any(one.protocol == "TCP" for one in own)


def _one_probe(place: Place, key: str, probe: Probe, own: list[PortSpec]) -> Iterator[Finding]:
    if probe.command is None:
        port = probe.http.port if probe.http else probe.grpc.port if probe.grpc else probe.tcp
        yield from _asked_port(place, port, own)
    if probe.success_threshold > 1 and key != "readiness":
        yield (*place, "success_threshold"), str(probe.success_threshold), "1: only a readiness probe can require more"


def _container_findings(system: System, name: str, component: Program) -> Iterator[Finding]:
    names = Counter([name, *(one.name for one in (*component.init_containers, *component.side_cars))])
    volumes = {name for name, volume in component.volumes.items() if volume is not None}
    for key in ("init_containers", "side_cars"):
        for index, one in enumerate(getattr(component, key)):
            yield from _other_container((key, index), one, system, volumes)
            if component.security.user == 0 and one.security.user is None and not one.security.root:
                what = "user 0, that of the component, without a reason"
                yield (key, index, "security"), what, "`root` with the reason, or another `user`"
            if names[one.name] > 1:
                yield (key, index, "name"), f'container "{one.name}" twice', "each name once"
    if component.security.user == 0 and not component.security.root:
        yield ("security", "user"), "user 0 without a reason", "`root` with the reason, or another user"
    yield from _volume_findings(system, component)
    yield from _mounted_twice(
        (), [*component.files, *(v.mount.path for v in component.volumes.values() if v and v.mount)]
    )


def _mounted_twice(place: Place, paths: Sequence[str]) -> Iterator[Finding]:
    mounts = Counter(path.rstrip("/") for path in paths)
    for path in sorted(path for path, count in mounts.items() if count > 1):
        yield (*place, "files"), f"two mounts at {path}", "one mount for each path"


def _volume_findings(system: System, component: Program) -> Iterator[Finding]:
    """Yield duplicate volume names. A pod already has ``tmp``, ``files`` for files of the project, and one for each
    Secret.
    """
    taken = {"tmp", *(["files"] if component.files else [])}
    for key, volume in component.volumes.items():
        if volume is not None and key in taken:
            yield ("volumes", key), f'a volume "{key}", which the pod already has', "another name"
    taken |= component.volumes.keys()
    for index, target in enumerate(component.reaches):
        external, part = system.externals.get(target), system.components.get(target)
        secret = external.secret if external else target if part and part.secret_keys else None
        if secret in taken:
            what = f'reaches "{target}", whose Secret "{secret}" is mounted as a volume with the name of another volume'
            yield ("reaches", index), what, "another name for the volume or the Secret"


def _other_container(place: Place, one: OtherContainer, system: System, volumes: set[str]) -> Iterator[Finding]:
    if one.image and one.image not in system.images:
        yield (*place, "image"), f'no image "{one.image}"', nearest(one.image, system.images)
    if one.size and one.size not in system.sizes:
        yield (*place, "size"), f'no size "{one.size}"', nearest(one.size, system.sizes)
    for name in one.mounts:
        if name not in volumes:
            yield (*place, "mounts", name), f'no volume "{name}"', nearest(name, volumes)
    yield from _mounted_twice(place, [*one.files, *(mount.path for mount in one.mounts.values())])
    if one.security.user == 0 and not one.security.root:
        yield (*place, "security", "user"), "user 0 without a reason", "`root` with the reason, or another user"


def _replica_problems(environment: Environment, root: Node, name: str, component: Program) -> Iterator[Problem]:
    own = getattr(environment.components.get(name), "replicas", None)
    alone = component.shared_by_one_node
    place: Place = ("components", name, "replicas") if own else ("replicas",)
    replicas = own or (environment.replicas if component.scales else None)
    if alone and replicas and replicas.max > 1:
        what = f'{name}: up to {replicas.max} replicas share the volume "{alone[0]}", which only one node can mount'
        expected = f"components.{name}.replicas of at most 1, or `access: ReadWriteMany` of the volume"
        yield problem_at(root, (*place, "max"), what, expected)
    if not component.scales or replicas is None:
        return
    keda = environment.cluster.addons.keda and (component.autoscaling.triggers or component.autoscaling.backlog)
    if keda and component.autoscaling.metrics:
        metrics_place: Place = ("components", name, "autoscaling", "metrics")
        what = f"{name}: `metrics` where KEDA scales by a backlog or a trigger, and ignores them"
        yield problem_at(root, metrics_place, what, "no `metrics`, or a trigger for each")
    stated = component.autoscaling
    scaled = keda or stated.cpu_percent or stated.memory_percent or stated.metrics
    if own and replicas.max > max(replicas.min, 1) and not scaled:
        what = f"{name}: up to {replicas.max} replicas, and nothing scales it"
        expected = "equal `min` and `max`, or something to scale by in `autoscaling`"
        yield problem_at(root, (*place, "max"), what, expected)
    # Pods that are not there use neither CPU nor memory (https://keda.sh/docs/latest/scalers/cpu/).
    wakes = keda and (stated.backlog or any(one.type not in ("cpu", "memory") for one in stated.triggers))
    if replicas.min == 0 and replicas.max > 0 and not wakes:
        what = f"{name}: minimum of 0 replicas, and nothing scales it up again"
        yield problem_at(
            root,
            (*place, "min"),
            what,
            "a minimum of at least 1, a maximum of 0, or with KEDA in the cluster a trigger besides cpu and memory",
        )


def _pool_problems(environment: Environment, root: Node, system: System) -> Iterator[Problem]:
    pools = environment.cluster.node_pools
    for key, one in pools.items():
        if one.gpus and not one.machine_type and environment.target != "local":
            place: Place = ("cluster", "node_pools", key, "machine_type")
            yield problem_at(
                root,
                place,
                "GPUs without a machine type",
                "`machine_type`, the cloud's name of a machine type with GPUs",
            )
    for name, component in system.having(Program).items():
        pool = component.placement.node_pool
        if pool and pool not in pools:
            place = ("components", name, "placement", "node_pool")
            expected = nearest(pool, pools) if pools else "null, or a pool in `cluster.node_pools`"
            yield problem_at(root, place, f'no node pool "{pool}"', expected)
