"""Compare the properties of a source with a synthesis, as flat tables of properties.

List items with an identity are compared by it, not by position: containers, variables and ports by name or number,
mounts by path, each together with its volume, rules of an Ingress by host and path.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from quantacirc_cdk.importing import images
from quantacirc_cdk.importing.source import TEMPLATES, Data
from quantacirc_cdk.limits.quantity import parse_quantity
from quantacirc_cdk.manifests import raw_json
from quantacirc_cdk.model.document import Place

Key = tuple[str, ...]


@dataclass(frozen=True)
class Leaf:
    """One property."""

    value: Any
    place: Place
    """Path in its object."""


DEFAULTS: dict[str, tuple[Any, ...]] = {
    "allowPrivilegeEscalation": (True,),
    "apiVersion": ("v1",),
    "backoffLimit": (6,),
    "concurrencyPolicy": ("Allow",),
    "defaultMode": (420,),
    "dnsPolicy": ("ClusterFirst",),
    "divisor": ("0", 0),
    "enableServiceLinks": (True,),
    "failureThreshold": (3,),
    "hostNetwork": (False,),
    "hostIPC": (False,),
    "hostPID": (False,),
    "initialDelaySeconds": (0,),
    "internalTrafficPolicy": ("Cluster",),
    "externalTrafficPolicy": ("Cluster",),
    "ipFamilyPolicy": ("SingleStack",),
    "medium": ("",),
    "minReadySeconds": (0,),
    "operator": ("Equal",),
    "optional": (False,),
    "parallelism": (1,),
    "completions": (1,),
    "periodSeconds": (10,),
    "progressDeadlineSeconds": (600,),
    "protocol": ("TCP",),
    "readOnly": (False,),
    "recursiveReadOnly": ("Disabled",),
    "restartPolicy": ("Always",),
    "schedulerName": ("default-scheduler",),
    "scheme": ("HTTP",),
    "service": ("",),
    "sessionAffinity": ("None",),
    "subPath": ("",),
    "successThreshold": (1,),
    "suspend": (False,),
    "terminationMessagePath": ("/dev/termination-log",),
    "terminationGracePeriodSeconds": (30,),
    "timeoutSeconds": (1,),
    "type": ("ClusterIP", "RollingUpdate", ""),
    "volumeMode": ("Filesystem",),
    "publishNotReadyAddresses": (False,),
    "hostUsers": (True,),
    "privileged": (False,),
    "paused": (False,),
}
"""Default values of absent fields in the API: https://kubernetes.io/docs/reference/kubernetes-api/."""


@dataclass
class Names:
    """Names by which an object is referenced in the source."""

    main: str = ""
    """Main container of its pods; ``@`` in a key."""
    ports: dict[str, int] = field(default_factory=dict)
    """Numbers of the named ports of the pods of a Service."""
    services: dict[str, dict[str, int]] = field(default_factory=dict)
    """Numbers of the named ports of each Service, for the backends of an Ingress."""
    config_maps: dict[str, str] = field(default_factory=dict)
    """New names of ConfigMaps."""
    data: Data = field(default_factory=dict)
    """Variables that the main container has from its own ConfigMap."""


def leaves(item: Data, names: Names) -> dict[Key, Leaf]:
    """Return the properties of an object, by a key that does not depend on irrelevant names and order."""
    found: dict[Key, Leaf] = {}
    template = TEMPLATES.get(str(item.get("kind")), ("",))
    for key, leaf in _walk(item, (), (), names, template):
        if "env" in key:
            found[key] = leaf  # Of two variables with one name, the last one counts.
        found.setdefault(key, leaf)
    for name, text in names.data.items():
        variable = (*template, "spec", "containers", "@", "env", name)
        found.setdefault((*variable, "name"), Leaf(name, ()))
        found.setdefault((*variable, "value"), Leaf(text, ()))
    return found


def same(one: Any, other: Any, key: Key) -> bool:
    """Return whether two values of a property are equivalent."""
    if one == other and type(one) is type(other):
        return True
    if key[-1:] == ("image",) and isinstance(one, str) and isinstance(other, str):
        return images.whole(one) == images.whole(other)
    if isinstance(one, list) or isinstance(other, list):
        return isinstance(one, list) and isinstance(other, list) and list(map(str, one)) == list(map(str, other))
    if str(one) == str(other):
        return True
    if {"requests", "limits", "sizeLimit", "divisor", "averageValue", "storage"} & set(key):
        try:
            return parse_quantity(str(one)) == parse_quantity(str(other))
        except ValueError:
            return False
    return False


def is_default(leaf: Leaf, key: Key) -> bool:
    """Return whether a property has the API's default value."""
    return leaf.value in (None, [], {}) or any(
        leaf.value == one and type(leaf.value) is type(one) for one in DEFAULTS.get(key[-1], ())
    )


def _walk(value: Any, place: Place, key: Key, names: Names, template: Place) -> Iterator[tuple[Key, Leaf]]:
    if place == (*template, "spec") and isinstance(value, dict):
        yield from _pod(value, place, key, names)
    elif key[-1:] == ("service",) and (number := _backend_port(value, names)) is not None:
        yield (*key, "name"), Leaf(value["name"], (*place, "name"))
        yield (*key, "port", "number"), Leaf(number, (*place, "port", "name"))
    elif isinstance(value, dict) and value:
        for name, one in value.items():
            yield from _walk(one, (*place, name), (*key, str(name)), names, template)
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        yield from _list(value, place, key, names, template)
    else:
        yield key, Leaf(_resolved(value, key, names), place)


def _backend_port(value: Any, names: Names) -> int | None:
    """Return the number of the port that a backend of an Ingress names; None if it names none."""
    port = value.get("port") if isinstance(value, dict) else None
    title = port.get("name") if isinstance(port, dict) else None
    return names.services.get(str(value.get("name")), {}).get(title) if isinstance(title, str) else None


def _list(value: list[Any], place: Place, key: Key, names: Names, template: Place) -> Iterator[tuple[Key, Leaf]]:
    seen: Counter[str] = Counter()
    for index, one in enumerate(value):
        identity = _item(one, index, key)
        seen[identity] += 1
        again = f"#{seen[identity]}" if key[-1] in ("paths", "rules") and seen[identity] > 1 else ""
        yield from _walk(one, (*place, index), (*key, f"{identity}{again}"), names, template)


def _item(one: Any, index: int, key: Key) -> str:
    """Return the identity of a list item."""
    if not isinstance(one, dict):
        return str(index)
    if key[-1] == "ports":
        protocol = one.get("protocol", "TCP")
        number = one.get("containerPort", one.get("port"))
        return f"{number}/{protocol}"
    if key[-1] == "paths" and isinstance(one.get("path"), str):
        return f"{'Exact' if one.get('pathType') == 'Exact' else 'Prefix'} {one['path']}"
    if key[-1] == "rules" and "host" in one:
        return str(one["host"])
    if key[-1] in ("from", "to"):  # Peers of a NetworkPolicy, in any order.
        return raw_json(one)
    for name in ("name", "ip", "key", "topologyKey"):
        if key[-1] != "envFrom" and isinstance(one.get(name), str) and key[-1] != "tolerations":
            return str(one[name])
    return str(index)


def _resolved(value: Any, key: Key, names: Names) -> Any:
    if key[-1] == "targetPort" and isinstance(value, str):
        return names.ports.get(value, value)
    if key[-1] == "name" and key[-2:-1] in (("configMapKeyRef",), ("configMapRef",), ("configMap",)):
        return names.config_maps.get(str(value), value)
    return value


def _pod(spec: Data, place: Place, key: Key, names: Names) -> Iterator[tuple[Key, Leaf]]:
    volumes = {one.get("name"): (index, one) for index, one in enumerate(spec.get("volumes") or [])}
    mounted: set[str] = set()
    for field_name, value in spec.items():
        if field_name == "volumes":
            continue
        if field_name not in ("containers", "initContainers"):
            yield from _walk(value, (*place, field_name), (*key, field_name), names, ("",))
            continue
        for index, one in enumerate(value or []):
            name = "@" if field_name == "containers" and one.get("name") == names.main else str(one.get("name"))
            yield from _container(
                one, (*place, field_name, index), (*key, field_name, name), names, volumes, (*place, "volumes"), mounted
            )
    for name, (index, volume) in volumes.items():
        if name not in mounted:
            yield from _walk(volume, (*place, "volumes", index), (*key, "volumes", str(name)), names, ("",))


def _container(
    spec: Data,
    place: Place,
    key: Key,
    names: Names,
    volumes: dict[Any, tuple[int, Data]],
    at: Place,
    mounted: set[str],
) -> Iterator[tuple[Key, Leaf]]:
    numbers = {one.get("name"): one.get("containerPort") for one in spec.get("ports") or []}
    for field_name, value in spec.items():
        if field_name == "name":
            continue  # The main container has the name of its component; other containers keep theirs.
        if field_name == "volumeMounts":
            for index, mount in enumerate(value or []):
                path = str(mount.get("mountPath")).rstrip("/") or "/"
                where, inside = (*place, field_name, index), (*key, field_name, path)
                number, volume = volumes.get(mount.get("name"), (0, {}))
                mounted.add(mount.get("name"))
                files = "configMap" in volume or "secret" in volume
                more = {one: item for one, item in mount.items() if one != "name" and not (files and one == "readOnly")}
                yield from _walk(more, where, inside, names, ("",))
                source = {one: item for one, item in volume.items() if one != "name"}
                for found, leaf in _walk(source, (*at, number), (*inside, "source"), names, ("",)):
                    yield found, leaf
            continue
        for found, leaf in _walk(value, (*place, field_name), (*key, field_name), names, ("",)):
            if found[-1] == "port" and isinstance(leaf.value, str) and field_name != "ports":
                leaf = Leaf(numbers.get(leaf.value, leaf.value), leaf.place)
            yield found, leaf
