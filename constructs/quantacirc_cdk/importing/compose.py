"""Read Compose files (https://github.com/compose-spec/compose-spec/blob/main/spec.md)."""

import re
import shlex
from collections.abc import Callable
from typing import Any

from quantacirc_cdk.errors import ModelError, Problem
from quantacirc_cdk.importing.compose_values import bytes_of, pair, port_of, seconds
from quantacirc_cdk.importing.declared import SECRET
from quantacirc_cdk.importing.images import BUILT, has_registry, short_name
from quantacirc_cdk.importing.made import Made
from quantacirc_cdk.importing.malformed import well_formed
from quantacirc_cdk.importing.report import Left
from quantacirc_cdk.importing.shell import UNSET, Shell, UnsetError
from quantacirc_cdk.importing.source import Data, Source
from quantacirc_cdk.model.document import Node, Place, describe

PUBLISHED = "It publishes a port on the host: add a route for connections from outside."
LAPTOP = "It is a setting of the host that runs Compose."
UNKNOWN = "The import does not support it."
EXTENSION = "Compose ignores it, except where services refer to it."
BUILD = "A pipeline builds the image; the model has its name under `images`."
_LAPTOP = frozenset(
    {
        "container_name",
        "logging",
        "networks",
        "network_mode",
        "profiles",
        "restart",
        "pull_policy",
        "platform",
        "init",
        "tty",
        "stdin_open",
        "attach",
        "develop",
    }
)


def read(documents: list[Node]) -> Source:
    """Return the services of Compose files; a later file extends the services of an earlier one.

    Raises ``ModelError`` for invalid services.
    """
    source, problems = Source(), []
    for node in documents:
        data: Any = node.plain()
        services = data.get("services") if isinstance(data, dict) else None
        if not isinstance(services, dict) or not services:
            problems.append(
                Problem(file=node.file, line=node.line, what="no services", expected="`services` with a service")
            )
            continue
        shell = Shell.beside(node.file)
        built = {one.get("image") for one in services.values() if isinstance(one, dict) and one.get("build")}
        source.name = source.name or (data.get("name") if isinstance(data.get("name"), str) else "")
        for name, service in services.items():
            place: Place = ("services", name)
            if not isinstance(service, dict) or not (service.get("image") or service.get("build")):
                line = node.find(place).line
                what = f"found {describe(service)}" if not isinstance(service, dict) else "neither `image` nor `build`"
                problems.append(
                    Problem(file=node.file, line=line, key=f"services.{name}", what=what, expected="a service")
                )
                continue
            with well_formed(node.find(place), f"service {name}"):
                _Service(source, node, str(name), service, shell, built).read()
        for key in data.keys() - {"services", "name", "version", "volumes"}:
            for place, leaf in node.find((key,)).leaves((key,)):
                reason = {"networks": LAPTOP, "secrets": SECRET}.get(key, UNKNOWN)
                reason = EXTENSION if key.startswith("x-") else reason
                source.left.append(
                    Left(file=node.file, line=leaf.line, object="", path=".".join(map(str, place)), reason=reason)
                )
        for place, leaf in node.find(("volumes",)).leaves(("volumes",)) if data.get("volumes") else ():
            if len(place) > 2:
                source.left.append(
                    Left(file=node.file, line=leaf.line, object="", path=".".join(map(str, place)), reason=LAPTOP)
                )
    if problems:
        raise ModelError(problems)
    return source


class _Service:
    def __init__(self, source: Source, node: Node, name: str, service: Data, shell: Shell, built: set[Any]) -> None:
        self.source, self.node, self.name, self.service = source, node, name, service
        self.shell, self.built = shell, built
        self.slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        self.made = Made(node, f"service {name}", self.slug)
        self.base: Place = ("services", name)

    def read(self) -> None:
        for key in self.service:
            reader: Callable[[Any, Place], None] | None = getattr(self, f"_{key}", None)
            place = (*self.base, key)
            if reader is not None:
                value = self.filled(key, place)
                if value is not None:
                    reader(value, place)
            else:
                reason = LAPTOP if key in _LAPTOP else BUILD if key == "build" else UNKNOWN
                self.left(place, reason)
        if "image" not in self.made.container:
            self.made.container["image"] = f"{BUILT}{self.slug}"
        self.source.items += self.made.items()

    def filled(self, key: str, place: Place) -> Any:
        """Return the value of a key, with its variables replaced, without the parts whose variables have no value."""
        value = self.service[key]
        if key in ("environment", "ports", "volumes"):  # Each entry is read by itself.
            return value
        parts = {name: (value[name], (*place, name)) for name in value} if isinstance(value, dict) else {}
        found = {}
        for name, (part, where) in (parts or {"": (value, place)}).items():
            try:
                found[name] = self.shell.filled(part)
            except UnsetError:
                self.left(where, UNSET)
        return (found or None) if parts else found.get("")

    def entry(self, value: Any) -> Any:
        """Return an entry of a list with its variables replaced if all have values."""
        try:
            return self.shell.filled(value)
        except UnsetError:
            return value

    def left(self, place: Place, reason: str) -> None:
        for inside, leaf in self.node.find(place).leaves(place):
            path = ".".join(map(str, inside))
            self.source.left.append(
                Left(file=self.node.file, line=leaf.line, object=f"service {self.name}", path=path, reason=reason)
            )

    def put(self, target: Place, value: Any, place: Place) -> None:
        self.made.put(target, value, place)

    def _image(self, value: Any, place: Place) -> None:
        if value in self.built and not has_registry(value):
            self.made.container["image"] = f"{BUILT}{short_name(value)}"
            self.left(place, BUILD)
        else:
            self.made.in_container(("image",), str(value), place)

    def _words(self, key: str, value: Any, place: Place) -> None:
        words = shlex.split(value) if isinstance(value, str) else list(map(str, value or []))
        self.made.in_container((key,), words, place)

    def _command(self, value: Any, place: Place) -> None:
        self._words("args", value, place)

    def _entrypoint(self, value: Any, place: Place) -> None:
        self._words("command", value, place)

    def _working_dir(self, value: Any, place: Place) -> None:
        self.made.in_container(("workingDir",), value, place)

    def _environment(self, value: Any, place: Place) -> None:
        pairs = (
            [(key, text, (*place, key)) for key, text in value.items()]
            if isinstance(value, dict)
            else [(*pair(str(one)), (*place, index)) for index, one in enumerate(value or [])]
        )
        for key, text, where in pairs:
            try:
                plain = str(text).lower() if isinstance(text, bool) else self.shell.default(str(text))
            except UnsetError:
                text = None
            if text is None:
                self.left(where, UNSET)
                continue
            self.made.append(("env",), {"name": key, "value": plain}, where)

    def _ports(self, value: Any, place: Place) -> None:
        for index, one in enumerate(map(self.entry, value or [])):
            number, published, protocol = port_of(one)
            if number is None:
                self.left((*place, index), UNKNOWN)
                continue
            self.made.port(number, protocol, (*place, index))
            if published is not None:
                self.left((*place, index), PUBLISHED)

    def _expose(self, value: Any, place: Place) -> None:
        for index, one in enumerate(value or []):
            number, _, protocol = port_of(one)
            if number is None:
                self.left((*place, index), UNKNOWN)
            else:
                self.made.port(number, protocol, (*place, index))

    def _depends_on(self, value: Any, place: Place) -> None:
        names = list(value or [])
        self.source.reaches.setdefault(self.slug, []).extend(
            re.sub(r"[^a-z0-9]+", "-", str(one).lower()) for one in names
        )
        self.left(place, "It becomes `reaches`; pods do not wait for each other.")

    def _links(self, value: Any, place: Place) -> None:
        self._depends_on([str(one).partition(":")[0] for one in value or []], place)

    def _volumes(self, value: Any, place: Place) -> None:
        for index, one in enumerate(map(self.entry, value or [])):
            where = (*place, index)
            if isinstance(one, str):
                source, _, rest = one.partition(":")
                path, _, mode = rest.partition(":")
                if not rest:
                    source, path = "", one
            else:
                source, path = str(one.get("source") or ""), str(one.get("target") or "")
                mode = "ro" if one.get("read_only") else ""
            if not path.startswith("/") or source.startswith((".", "/", "~", "$")):
                self.left(where, "It is a path of the host: use `files` for files of the project.")
            elif not source:
                self.made.volume(f"scratch-{index}", {"emptyDir": {}}, path, where)
            else:
                name = re.sub(r"[^a-z0-9]+", "-", source.lower()).strip("-")
                self.made.claim(self.source, name)
                source_of = {"persistentVolumeClaim": {"claimName": name}}
                self.made.volume(name, source_of, path, where, read_only="ro" in mode.split(","))

    def _secrets(self, value: Any, place: Place) -> None:
        for index, one in enumerate(value or []):
            where = (*place, index)
            stated = one if isinstance(one, dict) else {"source": one}
            key, target = str(stated["source"]), str(stated.get("target") or stated["source"])
            name = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")
            path = target if target.startswith("/") else f"/run/secrets/{target}"
            self.made.volume(f"secret-{name}"[:63], {"secret": {"secretName": name}}, path, where, read_only=True)
            self.made.container["volumeMounts"][-1]["subPath"] = key
            note = f"Create the Secret {name} with the keys {key}."
            self.source.notes += [note] if note not in self.source.notes else []
            for more in stated.keys() - {"source", "target"}:
                self.left((*where, more), UNKNOWN)

    def _tmpfs(self, value: Any, place: Place) -> None:
        for index, one in enumerate([value] if isinstance(value, str) else value or []):
            path = str(one).partition(":")[0]
            where = place if isinstance(value, str) else (*place, index)
            self.made.volume(f"tmpfs-{index}", {"emptyDir": {"medium": "Memory"}}, path, where)

    def _healthcheck(self, value: Any, place: Place) -> None:
        test = value.get("test")
        words = test if isinstance(test, list) else ["CMD-SHELL", str(test)]
        if value.get("disable") or not test or words[0] == "NONE":
            self.left(place, "It has no command.")
            return
        command = ["sh", "-c", *map(str, words[1:])] if words[0] == "CMD-SHELL" else list(map(str, words[1:]))
        self.made.in_container(("readinessProbe", "exec", "command"), command, (*place, "test"))
        for key, ours in (
            ("interval", "periodSeconds"),
            ("timeout", "timeoutSeconds"),
            ("start_period", "initialDelaySeconds"),
        ):
            if key in value:
                self.made.in_container(("readinessProbe", ours), seconds(value[key]), (*place, key))
        if "retries" in value:
            self.made.in_container(("readinessProbe", "failureThreshold"), int(value["retries"]), (*place, "retries"))
        for key in value.keys() - {"test", "interval", "timeout", "start_period", "retries"}:
            self.left((*place, key), UNKNOWN)

    def _deploy(self, value: Any, place: Place) -> None:
        for key, one in value.items():
            where = (*place, key)
            if key == "replicas":
                self.put(("spec", "replicas"), one, where)
            elif key == "resources":
                for group, ours in (("limits", "limits"), ("reservations", "requests")):
                    for name, amount in (one.get(group) or {}).items():
                        inside = (*where, group, name)
                        if name in ("cpus", "memory"):
                            text = str(amount) if name == "cpus" else bytes_of(str(amount))
                            self.made.in_container(("resources", ours, name.removesuffix("s")), text, inside)
                        else:
                            self.left(inside, UNKNOWN)
            else:
                self.left(where, UNKNOWN)

    def _user(self, value: Any, place: Place) -> None:
        user, _, group = str(value).partition(":")
        if not user.isdigit() or (group and not group.isdigit()):
            self.left(place, "Kubernetes requires numeric users.")
            return
        self.made.in_container(("securityContext", "runAsUser"), int(user), place)
        if group:
            self.made.in_container(("securityContext", "runAsGroup"), int(group), place)

    def _read_only(self, value: Any, place: Place) -> None:
        self.made.in_container(("securityContext", "readOnlyRootFilesystem"), bool(value), place)

    def _privileged(self, value: Any, place: Place) -> None:
        self.made.in_container(("securityContext", "privileged"), bool(value), place)

    def _cap_add(self, value: Any, place: Place) -> None:
        self.made.in_container(("securityContext", "capabilities", "add"), list(map(str, value or [])), place)

    def _cap_drop(self, value: Any, place: Place) -> None:
        self.made.in_container(("securityContext", "capabilities", "drop"), list(map(str, value or [])), place)

    def _hostname(self, value: Any, place: Place) -> None:
        self.made.in_pod(("hostname",), value, place)

    def _stop_grace_period(self, value: Any, place: Place) -> None:
        self.made.in_pod(("terminationGracePeriodSeconds",), seconds(value), place)

    def _labels(self, value: Any, place: Place) -> None:
        pairs = value.items() if isinstance(value, dict) else [pair(str(one)) for one in value or []]
        for index, (key, text) in enumerate(pairs):
            where = (*place, key) if isinstance(value, dict) else (*place, index)
            self.put(("spec", "template", "metadata", "annotations", key), str(text or ""), where)
