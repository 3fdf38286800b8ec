"""Settings of a component's pods that contradict each other, or that Kubernetes or the cluster refuses."""

from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from quantacirc_cdk.limits import autopilot
from quantacirc_cdk.limits.pod_spec import HOST_IPC_SYSCTL, HOST_NETWORK_SYSCTL, NO_PODS, is_unsafe_sysctl
from quantacirc_cdk.limits.quantity import extended_refusal, parse_quantity
from quantacirc_cdk.model.component import Finding, Program
from quantacirc_cdk.model.document import Place
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.needs.needs import InitContainer, OtherContainer
from quantacirc_cdk.model.needs.ports import PortSpec
from quantacirc_cdk.model.needs.resources import ResourcesSpec
from quantacirc_cdk.model.needs.security import ContainerSecurity
from quantacirc_cdk.model.needs.storage import MountSpec
from quantacirc_cdk.model.system import System

_OTHER_PROBES = frozenset({"startup", "liveness", "readiness"})
_OTHER_HOOKS = frozenset({"post_start", "pre_stop"})
"""Keys of health checks and of the lifecycle that containers other than the component's own have."""


def pod_findings(component: Program) -> Iterator[Finding]:
    """Yield contradictions in the settings of a component's pods."""
    security, dns = component.security, component.dns
    if dns.policy == "None" and not dns.nameservers:
        yield ("dns", "policy"), 'policy "None" without name servers', "`nameservers`"
    if security.host_network and dns.policy == "ClusterFirst":
        what = "policy ClusterFirst with `host_network`, with which pods use the DNS of the node"
        yield ("dns", "policy"), what, "ClusterFirstWithHostNet, the default then, or Default"
    if component.share_processes and security.host_pid:
        yield ("share_processes",), "`share_processes` beside `security.host_pid`, which includes it", "one of them"
    for key, pattern in (("host_network", HOST_NETWORK_SYSCTL), ("host_ipc", HOST_IPC_SYSCTL)):
        for name in security.sysctls if getattr(security, key) else ():
            if pattern.match(name):
                yield ("security", "sysctls", name), f"a kernel parameter of the node with `{key}`", "one of them"
    unsafe = [name for name in security.sysctls if is_unsafe_sysctl(name)]
    if security.unsafe_sysctls and not unsafe:
        yield ("security", "unsafe_sysctls"), "a reason without unsafe kernel parameters", "none"
    for name in () if security.unsafe_sysctls else unsafe:
        what = "a kernel parameter that Pod Security Standards baseline refuses"
        yield ("security", "sysctls", name), what, "a safe one, or `security.unsafe_sysctls` with the reason"
    if security.image_user and security.user is not None:
        yield ("security", "user"), "`user` beside `image_user`", "one of them"
    yield from _user_findings(("security",), security, of_image=security.image_user)
    yield from _resource_findings(("resources",), component.resources)
    yield from _update_findings(component)
    yield from _pace_findings(component)
    yield from _hook_findings(component)
    yield from _host_port_findings(component)
    yield from _file_findings(component)
    for key, volume in component.volumes.items():
        if volume and volume.mount:
            yield from _mount_findings(("volumes", key, "mount"), volume.mount, security)
    for key in ("init_containers", "side_cars"):
        for index, one in enumerate(getattr(component, key)):
            yield from _container_findings((key, index), one, of_image=security.image_user)
    readiness = component.probes.readiness
    if readiness and readiness.termination_grace_seconds is not None:
        yield _grace(("probes",))


def _grace(place: Place) -> Finding:
    what = "`termination_grace_seconds` of a readiness probe, which restarts nothing"
    return (*place, "readiness", "termination_grace_seconds"), what, "none"


def _user_findings(place: Place, security: ContainerSecurity, *, of_image: bool) -> Iterator[Finding]:
    """Yield exceptions of another user than the one that has them."""
    if security.root and security.user:
        yield (*place, "root"), f"`root` beside user {security.user}, which is not root", "one of them"
    if security.privileged and not (security.root or security.user is not None or of_image):
        what = "`privileged` of the default user, which is not root and has no capabilities"
        yield (*place, "privileged"), what, "`root` with its reason as well, or `user`"


def _resource_findings(place: Place, resources: ResourcesSpec) -> Iterator[Finding]:
    for key in ("cpu", "memory"):
        request, limit = getattr(resources, key), getattr(resources, f"{key}_limit")
        if request and limit and parse_quantity(limit) < parse_quantity(request):
            yield (*place, f"{key}_limit"), f"{limit} is less than the request", f"at least {request}"
    for name, amount in resources.extended.items():
        if expected := extended_refusal(name, amount):
            yield (*place, "extended", name), f'found "{amount}"', expected


def size_findings(system: System, environment: Environment, component: Program) -> Iterator[Finding]:
    """Yield limits below the request of the size that a container has in an environment."""
    own = component.size or environment.size
    containers: list[tuple[Place, ResourcesSpec, str]] = [(("resources",), component.resources, own)]
    for name in ("init_containers", "side_cars"):
        for index, one in enumerate(getattr(component, name)):
            containers.append(((name, index, "resources"), one.resources, one.size or own))
    for place, stated, name in containers:
        size = system.sizes.get(name)
        for key in ("cpu", "memory") if size else ():
            limit, request = getattr(stated, f"{key}_limit"), getattr(size, key)
            if limit and not getattr(stated, key) and parse_quantity(limit) < parse_quantity(request):
                what = f'{limit} is less than the request of the size "{name}"'
                yield (*place, f"{key}_limit"), what, f"at least {request}, or `{key}` of at most {limit}"


_ROLLING = ("max_surge", "max_unavailable")


def _update_findings(component: Program) -> Iterator[Finding]:
    update = component.update
    if update.recreate or (component.scales and component.runs_alone):
        cause = "`recreate`" if update.recreate else f'the volume "{component.shared_by_one_node[0]}" of one node'
        for key in _ROLLING:
            if key in update.model_fields_set:
                yield ("update", key), f"`{key}` beside {cause}, which stops all pods first", "one of them"
    if update.progress_seconds is not None and update.progress_seconds <= update.min_ready_seconds:
        what = f"{update.progress_seconds} seconds, and pods count after {update.min_ready_seconds}"
        yield ("update", "progress_seconds"), what, "more than `min_ready_seconds`"
    if not component.scales or component.runs_alone:
        return
    if update.max_surge in NO_PODS and update.max_unavailable in NO_PODS:
        what = f"max_surge {update.max_surge} and max_unavailable {update.max_unavailable}, which replace no pod"
        yield ("update",), what, "one of them above 0"


def _pace_findings(component: Program) -> Iterator[Finding]:
    for key in ("up", "down") if component.scales else ():
        pace = getattr(component.autoscaling, key)
        if pace is not None and pace.percent is None and pace.pods is None and not pace.disabled:
            yield ("autoscaling", key), "neither `percent` nor `pods`", "one of them, or `disabled: true`"


def _hook_findings(component: Program) -> Iterator[Finding]:
    if component.lifecycle.pre_stop is not None and "drain_seconds" in component.lifecycle.model_fields_set:
        yield ("lifecycle", "drain_seconds"), "`drain_seconds` beside `pre_stop`, which replaces it", "one of them"


def _host_port_findings(component: Program) -> Iterator[Finding]:
    """Yield host ports that two ports share, or that `host_network` makes impossible."""
    stated = list(_stated_ports(component))
    taken = Counter((one.host_port.port, one.protocol) for _, one in stated if one.host_port)
    for place, one in stated:
        if one.host_port is None:
            continue
        number = one.host_port.port
        if taken[number, one.protocol] > 1:
            yield (*place, "host_port"), f"host port {number} twice", "each once"
        if component.security.host_network and number != one.port:
            what = f"host port {number} of port {one.port} with `host_network`, where they are the same"
            yield (*place, "host_port"), what, "none"


def _file_findings(component: Program) -> Iterator[Finding]:
    """Yield files below another file, where nothing can be mounted."""
    for path in component.files:
        for folder in PurePosixPath(path).parents:
            if str(folder) in component.files:
                yield ("files", path), f"a file below the file {folder}", "another path"


def _stated_ports(component: Program) -> Iterator[tuple[Place, PortSpec]]:
    yield from ((("ports", index), one) for index, one in enumerate(component.ports))
    for key in ("init_containers", "side_cars"):
        for index, container in enumerate(getattr(component, key)):
            yield from (((key, index, "ports", at), one) for at, one in enumerate(container.ports))


def _mount_findings(place: Place, mount: MountSpec, security: ContainerSecurity) -> Iterator[Finding]:
    if mount.propagation == "Bidirectional" and not security.privileged:
        what = "propagation Bidirectional of a container that is not privileged"
        yield (*place, "propagation"), what, "HostToContainer, or `security.privileged`"


def _container_findings(place: Place, one: OtherContainer, *, of_image: bool) -> Iterator[Finding]:
    yield from _user_findings((*place, "security"), one.security, of_image=of_image)
    yield from _resource_findings((*place, "resources"), one.resources)
    for name, mount in one.mounts.items():
        yield from _mount_findings((*place, "mounts", name), mount, one.security)
    ends = isinstance(one, InitContainer) and not one.side_car
    for section, kept in (("probes", _OTHER_PROBES), ("lifecycle", _OTHER_HOOKS)):
        for key in sorted(getattr(one, section).model_fields_set - (frozenset() if ends else kept)):
            if ends:
                what, expected = (
                    f"`{key}` of a container that ends before the others start",
                    "`side_car: true`, or none",
                )
            else:
                what, expected = (
                    f"`{key}` of an additional container, where it has no effect",
                    " or ".join(sorted(kept)),
                )
            yield (*place, section, key), what, expected
    readiness = one.probes.readiness
    if readiness and readiness.termination_grace_seconds is not None and not ends:
        yield _grace((*place, "probes"))


def autopilot_findings(component: Program) -> Iterator[Finding]:
    """Yield what an Autopilot cluster refuses of a component's pods at admission."""
    where = "in an Autopilot cluster, which refuses it"
    for key in autopilot.HOST:
        if getattr(component.security, key):
            yield ("security", key), f"`{key}` {where}", "none, or `cluster.mode: standard`"
    containers: list[tuple[Place, ContainerSecurity]] = [((), component.security)]
    for key in ("init_containers", "side_cars"):
        containers += [((key, index), one.security) for index, one in enumerate(getattr(component, key))]
    for place, security in containers:
        if security.privileged:
            yield (*place, "security", "privileged"), f"`privileged` {where}", "none, or `cluster.mode: standard`"
        for name in sorted(security.capabilities.keys() - autopilot.CAPABILITIES):
            expected = f"one of {', '.join(sorted(autopilot.CAPABILITIES))}, or `cluster.mode: standard`"
            yield (*place, "security", "capabilities", name), f"{name} {where}", expected
    for place, port in _stated_ports(component):
        if port.host_port:
            yield (*place, "host_port"), f"a host port {where}", "none, or `cluster.mode: standard`"
    for key, volume in component.volumes.items():
        if volume is None or volume.host is None:
            continue
        mounts = [one.mounts[key] for one in (*component.init_containers, *component.side_cars) if key in one.mounts]
        mounts += [volume.mount] if volume.mount else []
        logs = autopilot.is_log_path(volume.host.path)
        if not logs or not all(mount.read_only for mount in mounts):
            what = f"{'writing to ' if logs else ''}the host path {volume.host.path} {where}"
            yield (
                ("volumes", key, "host"),
                what,
                f"`read_only: true` below {autopilot.LOGS}, or `cluster.mode: standard`",
            )
