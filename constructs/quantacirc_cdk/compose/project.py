"""The Compose project of a system: all services, and the files beside the Compose file."""

from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path
from typing import Literal

from quantacirc_cdk.compose.manifests import Manifests, Workload
from quantacirc_cdk.compose.mounts import Mounts, mounts
from quantacirc_cdk.compose.names import absent_pods, aliases, attached
from quantacirc_cdk.compose.networks import memberships, networks
from quantacirc_cdk.compose.preparation import PREPARE, preparation
from quantacirc_cdk.compose.scripts import script
from quantacirc_cdk.compose.service import WRAPPER, container_service, health_check
from quantacirc_cdk.errors import Problem, PropsError
from quantacirc_cdk.handover import LeftOut
from quantacirc_cdk.manifests import Data, read_objects
from quantacirc_cdk.model import Environment, Project, System
from quantacirc_cdk.model.facts import system_in, ways_in
from quantacirc_cdk.text import yaml

FILE = "compose.yaml"
_BARE = "Compose runs pods of a Deployment, StatefulSet, Job or CronJob"
NOT_RUN = {"DaemonSet": "it runs on nodes", "Pod": _BARE, "ReplicaSet": _BARE, "ReplicationController": _BARE}
"""Kinds with pods that Compose does not run, and why."""
FIRST_PORT = 8080
"""Published port of the first component with a route; the following components have the following ports, those without
a route last, and then more ports of each: a number with two protocols has one published number."""


_OF_NETWORK = ("dns", "dns_opt", "dns_search", "extra_hosts", "hostname")
"""Keys that Compose refuses for a service in the network namespace of another."""
_ALONE = {"network_mode": "none"}
_SUFFIXES = {"TCP": "", "UDP": "/udp", "SCTP": "/sctp"}
"""What follows a published port, by protocol."""
_NO_SERVICE = "Compose has no Services: clients connect to the container's port"


def write_compose(project: Project, manifests: Path, outdir: Path) -> list[LeftOut]:
    """Write the Compose file of each local environment to ``outdir``, in separate folders if there are several.

    ``manifests`` contains a folder for each environment. Environments with high availability have no Compose file,
    because they need several machines. Returns the features that the Compose files cannot represent.
    """
    outdir.mkdir(parents=True, exist_ok=True)
    found, left_out = compose_environments(project), list[LeftOut]()
    for name, environment in found.items():
        folder = outdir if len(found) == 1 else outdir / name
        objects = Manifests(objects=read_objects(manifests / name))
        for path, text in compose_files(project.system, environment, objects, left_out).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8", newline="\n")
    return left_out


def compose_left_out(project: Project, manifests: Path) -> list[LeftOut]:
    """Return the features that the Compose files of a project cannot represent."""
    left_out: list[LeftOut] = []
    for name, environment in compose_environments(project).items():
        compose_files(project.system, environment, Manifests(objects=read_objects(manifests / name)), left_out)
    return left_out


def compose_environments(project: Project) -> dict[str, Environment]:
    """Return the environments with a Compose file: local ones without high availability."""
    found = project.environments.items()
    return {name: item for name, item in found if item.target == "local" and not item.high_availability}


def compose_files(
    system: System, environment: Environment, manifests: Manifests, left_out: list[LeftOut] | None = None
) -> dict[str, str]:
    """Return the Compose file and the files that it mounts, by path.

    Components run as in the cluster: with the same image, command, variables, files, user and limits. Without a
    cluster, there are no replicas, autoscaling and backups, and a published port replaces the ingress. A pod that
    cannot run is left out and appended to ``left_out``; without that list, it raises ``PropsError``.
    """
    system = system_in(system, environment)
    known = [workload for workload in manifests.workloads() if _runs(system, workload)]
    workloads = [workload for workload in known if workload.replicas]
    stores = [workload for workload in workloads if workload.kind == "StatefulSet"]
    services: dict[str, Data] = {}
    found: list[Mounts] = []
    output = f"compose ({environment.name})"
    for workload in workloads:
        try:
            services |= _services(workload, system, manifests, environment, found)
        except PropsError as error:
            if left_out is None:
                raise
            why = "; ".join(map(str, error.problems))
            left_out.append(LeftOut(output=output, subject=f"{workload.kind} {workload.name}", why=why))
    if left_out is not None:
        why = "Compose has no API that provides it"
        left_out += [LeftOut(output=output, subject=what, why=why) for one in found for what in one.missing]
        left_out += [
            LeftOut(output=output, subject=f"{one.kind} {one.name}", why="the environment runs no pod of it")
            for one in known
            if not one.replicas
        ]
        left_out += [
            LeftOut(
                output=output,
                subject=f"StatefulSet {name}",
                why=f"Compose runs one pod of {count}: {', '.join(names)} do not exist",
            )
            for name, count, names in absent_pods(manifests)
        ]
        left_out += [
            LeftOut(output=output, subject=name, why=part.without_compose)
            for name, part in system.components.items()
            if part.without_compose
        ]
        left_out += [
            LeftOut(output=output, subject=f"{item['kind']} {item['metadata']['name']}", why=why)
            for kind, why in NOT_RUN.items()
            for item in manifests.of_kind(kind)
        ]
        left_out += [
            LeftOut(output=output, subject=f"port {port} of Service {name}", why=f"{_NO_SERVICE} {target}")
            for name, port, target in manifests.changed_ports()
        ]
    before = preparation(manifests, found, stores, workloads)
    public: dict[str, dict[tuple[int, str], None]] = {}
    for way in sorted(ways_in(system, environment), key=lambda way: way.component):
        public.setdefault(way.component, {})[way.port.port, way.port.protocol] = None
    for name, number, protocol in sorted(manifests.open_ports(), key=lambda port: port[0]):
        public.setdefault(name, {})[number, protocol] = None
    declared = _connect(services, public, manifests, {store.name for store in stores}, prepared=bool(before.services))
    services |= before.services
    volumes = sorted({mount["source"] for service in services.values() for mount in _volumes(service)})
    document = {
        "name": system.name,
        "services": {service: services[service] for service in sorted(services)},
        "networks": declared,
        "volumes": {volume: {} for volume in volumes},
    }
    origin = f"# Written by `qcdk synth` from the manifests of the environment {environment.name}; do not edit.\n"
    text = origin + yaml.dump(document)
    mounted = {path: content for mounts_ in found for path, content in mounts_.files.items()}
    wrapper = {f"scripts/{WRAPPER}": script(WRAPPER)} if WRAPPER in text else {}
    return {FILE: text, **mounted, **before.files, **wrapper}


def _runs(system: System, workload: Workload) -> bool:
    """Return whether Compose runs a workload: components that are not backups, jobs that do not use the Kubernetes API,
    and workloads that a project adds.
    """
    component = system.components.get(workload.name)
    if workload.added:
        return True
    if component is None:
        return workload.kind == "Job" and not workload.pod.get("automountServiceAccountToken")
    return component.on_laptop


def _services(
    workload: Workload, system: System, manifests: Manifests, environment: Environment, found: list[Mounts]
) -> dict[str, Data]:
    """Return a service for each container of a pod."""
    services: dict[str, Data] = {}
    first: Data = {}
    for kind, container in _containers(workload):
        service = workload.name if kind == "own" else f"{workload.name}-{container['name']}"
        if kind != "own" and service in system.components:
            what = f'a container of {workload.name} has the name of another service, "{service}"'
            raise PropsError(Problem(key=service, what=what, expected="another name"))
        mounted = mounts(workload, container, service, manifests)
        data = container_service(workload, container, service, manifests, mounted)
        found.append(mounted)
        if kind == "before":
            services[service] = (
                data | {"restart": "no", "depends_on": dict(first), BEFORE: workload.name} | _jobs(workload)
            )
            first = _once(service, "completed_successfully")
            continue
        if kind == "beside":  # In the network namespace of the first container, as in a pod.
            data = {key: value for key, value in data.items() if key not in _OF_NETWORK}
            data |= {"network_mode": f"service:{workload.name}", "depends_on": _once(workload.name, "started")}
        else:
            data |= {"depends_on": first}
            # Images built with the system have their own version.
            if not container["image"].startswith(f"{environment.registry}/"):
                check = health_check(container)
                data |= {"healthcheck": check} if check else {}
        services[service] = data | _restart(workload)
    return services


BEFORE = "x-before"
"""Temporary key of a service that runs before another one: the name of the other."""


def _containers(workload: Workload) -> Iterator[tuple[Literal["before", "own", "beside"], Data]]:
    """Yield the containers of a pod: init containers in order, the main container, the other containers."""
    before = workload.pod.get("initContainers", [])
    own, *beside = workload.pod["containers"]
    for container in before:
        if container.get("restartPolicy") != "Always":
            yield "before", container
    yield "own", own
    for container in (*(one for one in before if one.get("restartPolicy") == "Always"), *beside):
        yield "beside", container


def _connect(
    services: dict[str, Data],
    public: Mapping[str, Iterable[tuple[int, str]]],
    manifests: Manifests,
    stores: set[str],
    *,
    prepared: bool,
) -> Data:
    """Connect each service to its networks, publish the ``public`` ports, and start each when its dependencies are
    healthy.

    A dependency without a health check only has to be started.
    """
    own = {name: data for name, data in services.items() if "network_mode" not in data and BEFORE not in data}
    entries = {name: list(ports) for name, ports in public.items() if name in own}
    exposed = list(entries)
    others = aliases(manifests)
    edges = list(manifests.edges())
    joined = memberships(list(own), edges, exposed)
    awaited = _awaited({(str(source), str(target)) for source, target in edges if target in stores})
    first = [(name, ports[0][0]) for name, ports in entries.items()]
    more = [(name, number) for name, ports in entries.items() for number, _ in ports[1:]]
    published = {key: FIRST_PORT + index for index, key in enumerate(dict.fromkeys([*first, *more]))}
    for name, ports in entries.items():
        own[name]["ports"] = [
            f"127.0.0.1:{published[name, number]}:{number}{_SUFFIXES[protocol]}" for number, protocol in ports
        ]
    for name, data in own.items():
        data["depends_on"] = (_once(PREPARE, "completed_successfully") if prepared else {}) | data.pop("depends_on")
        for target in awaited.get(name, ()):
            checked = "healthcheck" in services[str(target)]
            data["depends_on"] |= _once(str(target), "healthy" if checked else "started")
        data |= {"networks": attached(name, joined[name], others.get(name, []))} if joined[name] else _ALONE
    for data in services.values():
        main = own.get(str(data.pop(BEFORE, "")))
        if main is not None:
            data |= {"networks": list(main["networks"])} if "networks" in main else _ALONE
            data["depends_on"] |= {
                name: one for name, one in main["depends_on"].items() if name not in own and name == PREPARE
            }
    return networks(joined)


def _awaited(edges: Set[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the services that each service waits for. Compose refuses cycles: of services that connect to each other,
    the first by name waits.
    """
    found: dict[str, list[str]] = {}
    for source, other in sorted(edges):
        found.setdefault(source, []).append(other)
    done: set[str] = set()
    for start in sorted(found):
        above: dict[str, None] = {start: None}
        steps = [iter(list(found[start]))] if start not in done else []
        while steps:
            here = next(reversed(above))
            target = next(steps[-1], None)
            if target is None:
                done.add(here)
                above.popitem()
                steps.pop()
            elif target in above:
                found[here].remove(target)
            elif target not in done:
                above[target] = None
                steps.append(iter(list(found.get(target, ()))))
    return found


def _jobs(workload: Workload) -> Data:
    return {"profiles": ["jobs"]} if workload.kind == "CronJob" else {}


def _restart(workload: Workload) -> Data:
    if workload.kind == "Job":
        return {"restart": f"on-failure:{workload.retries}"}
    if workload.kind == "CronJob":  # A job without schedule: start it with `docker compose run`.
        return {"restart": "no", "profiles": ["jobs"]}
    return {"restart": "unless-stopped"}


def _once(service: str, condition: str) -> Data:
    return {service: {"condition": f"service_{condition}"}}


def _volumes(service: Data) -> list[Data]:
    return [mount for mount in service.get("volumes", []) if mount["type"] == "volume"]
