"""Read the services of a Compose project: each becomes a Deployment, a DaemonSet, a job or a container of another."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from quantacirc_cdk.errors import ModelError, Problem
from quantacirc_cdk.importing.compose.files import Project, Stated
from quantacirc_cdk.importing.compose.secrecy import FREE, hidden
from quantacirc_cdk.importing.compose.shell import UnsetError
from quantacirc_cdk.importing.compose.values import slug
from quantacirc_cdk.importing.images import BUILT
from quantacirc_cdk.importing.made import Made
from quantacirc_cdk.importing.malformed import well_formed
from quantacirc_cdk.importing.report import Left
from quantacirc_cdk.importing.source import Data, Item, Source
from quantacirc_cdk.model.document import Place, describe

LAPTOP = "It is a setting of the host that runs Compose."
UNKNOWN = "The import does not support it."
BUILD = "A pipeline builds the image; the model has its name under `images`."
NODE = "Kubernetes has no such field: it is a setting of the node or of the container runtime."
SHARED = "A container shares it with the other containers of its pod."
_SERVICE = "service:"
REASONS: Mapping[str, str] = {
    **dict.fromkeys(("attach", "container_name", "develop", "init", "logging", "profiles", "restart"), LAPTOP),
    **dict.fromkeys(("mac_address", "provider", "use_api_socket"), LAPTOP),
    **dict.fromkeys(("blkio_config", "cgroup", "cgroup_parent", "cpu_count", "cpu_percent", "cpu_period"), NODE),
    **dict.fromkeys(("cpu_quota", "cpu_rt_period", "cpu_rt_runtime", "cpu_shares", "cpuset", "isolation"), NODE),
    **dict.fromkeys(("device_cgroup_rules", "devices", "mem_swappiness", "memswap_limit", "storage_opt"), NODE),
    **dict.fromkeys(("oom_kill_disable", "oom_score_adj", "pids_limit", "ulimits", "userns_mode", "uts"), NODE),
    "build": BUILD,
}
"""Why a key is not carried over, for keys without a reader."""
_ENTRIES = frozenset({"configs", "devices", "env_file", "expose", "healthcheck", "ports", "secrets", "volumes"}) | FREE
"""Keys whose readers replace the variables in their parts."""


class Service:
    """A service, and the container that it becomes."""

    def __init__(
        self, source: Source, project: Project, stated: Stated, made: Made, number: int, hidden: frozenset[str]
    ) -> None:
        self.source, self.project, self.stated, self.made, self.number = source, project, stated, made, number
        self.name, self.root = stated.name, stated.root
        self.shell = replace(stated.shell, hidden=hidden)
        self.slug = slug(stated.name)
        self.data: Data = stated.node.plain()  # type: ignore[assignment]
        self.base: Place = ("services", stated.name)
        self.hosts: list[str] = [self.name]
        """Names by which other services reach it."""
        self.aliases: list[str] = []
        """Names in the networks of Compose; each becomes a Service."""
        self.addresses: list[str] = []
        """Fixed addresses in the networks of Compose, which its pods do not have."""
        self.depends: list[str] = []
        """Slugs of the services that it depends on."""
        self.texts: list[tuple[str, str]] = []
        """Variables with values that the project must not contain, for the search for names of hosts."""
        self.ulimits: Data = {}

    @property
    def container(self) -> Data:
        """Its container."""
        return self.made.container_at(self.number)

    def read(self, readers: "Mapping[str, Reader]") -> None:
        """Read all keys."""
        for key in sorted(self.data, key=lambda one: one != "environment"):
            place = (*self.base, key)
            if key not in readers:
                self.left(place, REASONS.get(key, LAPTOP if key.startswith("x-") else UNKNOWN))
                continue
            value = self.filled(key, place)
            if value is not None:
                readers[key](self, value, place)
        if "image" not in self.container:
            self.container["image"] = f"{BUILT}{self.slug}"

    def filled(self, key: str, place: Place) -> Any:
        """Return the value of a key, with its variables replaced, without the parts whose variables have no value."""
        value = self.data[key]
        if key in _ENTRIES:
            return value
        parts = {name: (value[name], (*place, name)) for name in value} if isinstance(value, dict) else {}
        found = {}
        for name, (part, where) in (parts or {"": (value, place)}).items():
            try:
                found[name] = self.shell.filled(part)
            except UnsetError as error:
                self.left(where, error.reason)
        return (found or None) if parts else found.get("")

    def entries(self, value: Any, place: Place) -> list[tuple[Any, Place]]:
        """Return the entries of a list, with their variables replaced, and their places.

        Raises ``TypeError`` for another value than a list, or a text that is its only entry.
        """
        if not isinstance(value, list | str):
            raise TypeError(f"found {describe(value)}, expected a list")
        found = []
        for index, one in enumerate(value if isinstance(value, list) else [value]):
            where = (*place, index) if isinstance(value, list) else place
            try:
                found.append((self.shell.filled(one), where))
            except UnsetError as error:
                self.left(where, error.reason)
        return found

    def left(self, place: Place, reason: str) -> None:
        """Report that a property is not carried over."""
        for inside, leaf in self.root.find(place).leaves(place):
            path = ".".join(map(str, inside))
            self.source.left.append(
                Left(file=leaf.file, line=leaf.line, object=f"service {self.name}", path=path, reason=reason)
            )

    def note(self, text: str) -> None:
        """Add a note to the report, once."""
        self.source.notes += [text] if text not in self.source.notes else []

    def inside(self, target: Place, value: Any, place: Place) -> None:
        """Set a property of the container."""
        self.made.in_container(target, value, place, number=self.number)

    def in_pod(self, target: Place, value: Any, place: Place) -> None:
        """Set a property of the pod, if it has no other container."""
        if self.number:
            self.left(place, SHARED)
        else:
            self.made.in_pod(target, value, place)

    def own_items(self) -> list[Item]:
        """Return the objects of the service; none for a container in the pod of another."""
        return [] if self.number else self.made.items()


Reader = Callable[[Service, Any, Place], None]


def read_services(source: Source, project: Project) -> list[Service]:
    """Return the services of a project; those that share the network of another come after it."""
    from quantacirc_cdk.importing.compose.readers import READERS

    _refuse_equal(project)
    found: dict[str, Service] = {}
    kinds = _kinds(project)
    values = {name: text for one in project.services.values() for name, text in one.shell.values.items()}
    secret = hidden(values, [one.node.plain() for one in project.services.values()], READERS)
    waiting = dict(project.services)
    while waiting:
        ready = {name: one for name, one in waiting.items() if (_host(one) or name) not in waiting or not _host(one)}
        for name, stated in (ready or waiting).items():
            del waiting[name]
            host = _host(stated)
            if host is not None and host not in found:
                node = stated.root.find(("services", name, "network_mode"))
                what = f"service {name} shares the network of {host}"
                raise ModelError(Problem(file=node.file, line=node.line, what=what, expected="another service"))
            with well_formed(stated.node, f"service {name}"):
                if host is None:
                    made, number = Made(stated.root, f"service {name}", slug(name), kinds[name]), 0
                else:
                    made, number = found[host].made, found[host].made.add_container(slug(name))
                found[name] = Service(source, project, stated, made, number, secret)
                found[name].read(READERS)
    return list(found.values())


def _refuse_equal(project: Project) -> None:
    """Raise ``ModelError`` for services that would have one name in Kubernetes."""
    names: dict[str, str] = {}
    wrong = []
    for name, stated in project.services.items():
        if (other := names.setdefault(slug(name), name)) != name:
            what = f'services "{other}" and "{name}" are both "{slug(name)}" in Kubernetes'
            wrong.append(Problem(file=stated.node.file, line=stated.node.line, what=what, expected="different names"))
    if wrong:
        raise ModelError(wrong)


def _host(stated: Stated) -> str | None:
    """Return the service whose network a service shares."""
    data: Any = stated.node.plain()
    mode = str(data.get("network_mode"))
    return mode.removeprefix(_SERVICE) if mode.startswith(_SERVICE) else None


def _kinds(project: Project) -> dict[str, str]:
    """Return the kind of workload of each service."""
    services: dict[str, Any] = {name: one.node.plain() for name, one in project.services.items()}
    awaited = {
        other
        for one in services.values()
        if isinstance(one.get("depends_on"), dict)
        for other, how in one["depends_on"].items()
        if isinstance(how, dict) and how.get("condition") == "service_completed_successfully"
    }
    found = {}
    for name, one in services.items():
        deploy = _dict(one.get("deploy"))
        policy = _dict(deploy.get("restart_policy"))
        once = name in awaited or one.get("restart") in ("no", False) or policy.get("condition") == "none"
        if once or str(deploy.get("mode")).endswith("-job"):
            found[name] = "CronJob"
        else:
            found[name] = "DaemonSet" if deploy.get("mode") == "global" else "Deployment"
    return found


def _dict(value: Any) -> Data:
    return value if isinstance(value, dict) else {}
