"""Read what the process of a Compose service is: image, words, variables, user, health check."""

import shlex
from pathlib import Path
from typing import Any

from quantacirc_cdk.importing.compose.health import healthcheck
from quantacirc_cdk.importing.compose.references import for_kubernetes
from quantacirc_cdk.importing.compose.secret import add_variable, referred, secret_key
from quantacirc_cdk.importing.compose.service import BUILD, LAPTOP, UNKNOWN, Reader, Service
from quantacirc_cdk.importing.compose.shell import UNSET, Reference, UnsetError, VariableFile
from quantacirc_cdk.importing.compose.values import pair, seconds, slug
from quantacirc_cdk.importing.images import BUILT, has_registry, short_name
from quantacirc_cdk.model.document import Place

IN_SECRET = "It becomes a key of a Secret that you create: the value can be a password."  # noqa: S105 (no secret)


def _image(service: Service, value: Any, place: Place) -> None:
    built = {
        one.get("image")
        for other in service.project.services.values()
        if isinstance(one := other.node.plain(), dict) and one.get("build")
    }
    if {value, service.data["image"]} & built and not has_registry(str(value)):
        service.container["image"] = f"{BUILT}{short_name(str(value))}"
        service.left(place, BUILD)
    else:
        service.inside(("image",), str(value), place)


def _words(key: str) -> Reader:
    def read(service: Service, value: Any, place: Place) -> None:
        try:
            found = [service.shell.parts(str(one)) for one in (value if isinstance(value, list) else [value])]
        except UnsetError as error:
            service.left(place, error.reason)
            return
        known = {one["name"] for one in service.container.get("env", [])}
        texts = [for_kubernetes(referred(service, parts), known) for parts in found]
        service.inside((key,), shlex.split(texts[0]) if isinstance(value, str) else texts, place)

    return read


def _environment(service: Service, value: Any, place: Place) -> None:
    pairs = (
        [(key, text, (*place, key)) for key, text in value.items()]
        if isinstance(value, dict)
        else [(*pair(str(one)), (*place, index)) for index, one in enumerate(value or [])]
    )
    stated = {str(key) for key, _, _ in pairs}
    for key, text, where in pairs:
        try:
            plain = str(text).lower() if isinstance(text, bool) else service.shell.text(str(text))
        except UnsetError:
            text, plain = (None, "") if text is None else (text, "")
            _from_shell(service, str(key), str(text), where, stated)
            continue
        if text is None:
            _inherited(service, str(key), where)
        else:
            service.made.append(("env",), {"name": key, "value": plain}, where, number=service.number)


def _inherited(service: Service, key: str, where: Place) -> None:
    """Add a variable of the shell, which Compose leaves out if the shell does not have it."""
    needed = key in service.shell.values
    add_variable(service, key, secret_key(service, key, optional=not needed))
    service.left(where, IN_SECRET if needed else UNSET)


def _from_shell(service: Service, name: str, text: str, where: Place, stated: set[str]) -> None:
    """Add a variable whose value contains variables of the shell or of ``.env``."""
    service.texts.append((name, service.shell.known(text)))
    try:
        parts = service.shell.parts(text, unset=True)
    except UnsetError as error:
        service.left(where, error.reason)
        return
    service.left(where, IN_SECRET)
    known = {one["name"] for one in service.container.get("env", [])}
    match parts:
        case [Reference(key)]:
            add_variable(service, name, secret_key(service, key))
        case _:
            value = for_kubernetes(referred(service, parts, stated), known)
            service.container.setdefault("env", []).append({"name": name, "value": value})


def _env_file(service: Service, value: Any, place: Place) -> None:
    for one, where in service.entries(value, place):
        stated = one if isinstance(one, dict) else {"path": one}
        path = service.project.folder(service.root.find(where)) / str(stated.get("path"))
        name = slug(f"env-{Path(str(stated.get('path'))).name.removesuffix('.env').removeprefix('.env')}")
        reference: dict[str, Any] = {"name": name}
        if stated.get("required", True) is False:
            reference["optional"] = True
        service.container.setdefault("envFrom", []).append({"secretRef": reference})
        service.left(where, IN_SECRET)
        if not path.is_file():
            if "optional" not in reference:
                service.note(f"The file {path} of service {service.name} does not exist: create the Secret {name}.")
            continue
        found = VariableFile.read(path)
        service.texts += [(key, service.shell.known(text)) for key, text in found.values.items()]
        keys = sorted({*found.values, *found.inherited})
        command = f"kubectl create secret generic {name} --from-env-file={path}"
        plain = "" if found.plain and not found.inherited else "; first remove quotes and replace variables"
        service.note(f"Create the Secret {name} with the keys {', '.join(keys) or '(none)'}: `{command}`{plain}.")


def _user(service: Service, value: Any, place: Place) -> None:
    user, _, group = str(value).partition(":")
    user, group = ("0" if one == "root" else one for one in (user, group))
    if not user.isdigit() or (group and not group.isdigit()):
        service.left(place, "Kubernetes requires numeric users.")
        return
    service.inside(("securityContext", "runAsUser"), int(user), place)
    if group:
        service.inside(("securityContext", "runAsGroup"), int(group), place)


def _plain(*target: str) -> Reader:
    def read(service: Service, value: Any, place: Place) -> None:
        service.inside(target, value, place)

    return read


def _capabilities(key: str) -> Reader:
    def read(service: Service, value: Any, place: Place) -> None:
        names = [str(one).upper().removeprefix("CAP_") for one in value or []]
        service.inside(("securityContext", "capabilities", key), names, place)

    return read


def _security_opt(service: Service, value: Any, place: Place) -> None:
    for index, one in enumerate(value or []):
        key, _, said = str(one).replace("=", ":", 1).partition(":")
        where = (*place, index)
        if key == "no-new-privileges" and said in ("", "true"):
            service.inside(("securityContext", "allowPrivilegeEscalation"), False, where)
        elif (key, said) == ("seccomp", "unconfined"):
            service.inside(("securityContext", "seccompProfile", "type"), "Unconfined", where)
        else:
            service.left(where, UNKNOWN)


def _pull_policy(service: Service, value: Any, place: Place) -> None:
    policy = {"always": "Always", "missing": "IfNotPresent", "if_not_present": "IfNotPresent", "never": "Never"}
    if value in policy:
        service.inside(("imagePullPolicy",), policy[value], place)
    else:
        service.left(place, BUILD if value == "build" else LAPTOP)


def _grace(service: Service, value: Any, place: Place) -> None:
    service.in_pod(("terminationGracePeriodSeconds",), seconds(value), place)


def _hook(field: str) -> Reader:
    """Return the reader of a hook: Kubernetes has one of a kind, which runs as the container."""

    def read(service: Service, value: Any, place: Place) -> None:
        only = value[0] if isinstance(value, list) and len(value) == 1 else None
        if not isinstance(only, dict) or only.keys() != {"command"}:
            service.left(place, UNKNOWN)
            return
        words = only["command"]
        command = shlex.split(words) if isinstance(words, str) else [str(one) for one in words]
        service.inside(("lifecycle", field, "exec", "command"), command, place)

    return read


def _groups(service: Service, value: Any, place: Place) -> None:
    groups = [str(one) for one in value or []]
    if all(one.isdigit() for one in groups):
        service.in_pod(("securityContext", "supplementalGroups"), [int(one) for one in groups], place)
    else:
        service.left(place, "Kubernetes requires numeric groups.")


def _sysctls(service: Service, value: Any, place: Place) -> None:
    pairs = value.items() if isinstance(value, dict) else [pair(str(one)) for one in value or []]
    found = [{"name": str(key), "value": str(text)} for key, text in pairs]
    service.in_pod(("securityContext", "sysctls"), found, place)


READERS: dict[str, Reader] = {
    "image": _image,
    "command": _words("args"),
    "entrypoint": _words("command"),
    "working_dir": _plain("workingDir"),
    "environment": _environment,
    "env_file": _env_file,
    "healthcheck": healthcheck,
    "user": _user,
    "read_only": _plain("securityContext", "readOnlyRootFilesystem"),
    "privileged": _plain("securityContext", "privileged"),
    "cap_add": _capabilities("add"),
    "cap_drop": _capabilities("drop"),
    "security_opt": _security_opt,
    "tty": _plain("tty"),
    "stdin_open": _plain("stdin"),
    "pull_policy": _pull_policy,
    "stop_grace_period": _grace,
    "group_add": _groups,
    "post_start": _hook("postStart"),
    "pre_stop": _hook("preStop"),
    "sysctls": _sysctls,
}
