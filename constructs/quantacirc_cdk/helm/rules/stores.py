"""An external store in place of the chart's, and what depends on it in other objects."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from quantacirc_cdk.helm import schemas
from quantacirc_cdk.helm.expression import Expression, any_of, equals, negated, value
from quantacirc_cdk.helm.insertions import InPlaceOf, Insertion, Presence, Spot
from quantacirc_cdk.helm.merge import Condition
from quantacirc_cdk.helm.node import Choice, Insert
from quantacirc_cdk.helm.objects import EVERYTHING, Manifests, Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import EACH, Path, places, shown
from quantacirc_cdk.helm.rules.store_access import Store
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.helm.trees import texts, values_of
from quantacirc_cdk.manifests import POD_TEMPLATES, Data, pod_template

ADDRESS: dict[str, Any] = {"type": "string", "pattern": r"^([a-z][a-z0-9+.-]*://[^\s/]+)?$", "maxLength": 253}
CONTAINERS = ("containers", "initContainers")

Explains = Callable[[tuple[Any, ...], Any], bool]


def mentions(*names: str) -> Explains:
    """Return a test whether a value contains one of these names."""
    pattern = re.compile(rf"(?<![\w.-])({'|'.join(map(re.escape, names))})(?![\w-])")
    return lambda _, node: any(map(pattern.search, texts(node)))


def says(words: str) -> Explains:
    """Return a test whether a pattern matches a place, or a key, text or number of its value."""
    pattern = re.compile(words)
    return lambda path, node: bool(pattern.search(shown(path)) or any(map(pattern.search, texts(node))))


@dataclass(frozen=True, kw_only=True)
class StoreKind:
    """Properties of a kind of store."""

    ports: tuple[int, ...]
    """Its ports outside the cluster; the first one is the usual one."""
    keys: str
    """Keys of a Secret with its address and credentials, for descriptions."""
    words: str
    """Pattern of settings elsewhere that depend on whether clients use a Secret or a cloud identity."""


@dataclass(frozen=True, kw_only=True)
class StoreRules:
    """A store that an environment has in the cluster or outside."""

    subject: Subject
    kind: StoreKind
    manifests: Manifests
    clients: tuple[str, ...] = ()
    """It, and components that reach it and no other store of its kind."""
    keys: Sequence[str] = ()
    """Secrets that exist for it besides its own one: keys that encrypt backups."""

    @property
    def _existing(self) -> str:
        return f"{self.subject.values}.existingSecret"

    @property
    def _by_secret(self) -> Expression:
        """Whether clients use a Secret instead of a cloud identity."""
        return any_of(value(f"{self.subject.values}.enabled"), value(self._existing))

    def parameters(self) -> Iterator[Parameter]:
        """Yield the Secret of an existing store, and its address if it is configured separately."""
        name = self.subject.name
        insertions = list(in_place_of_secret(self.manifests, name))
        if _any(self.manifests, self._fetched):
            insertions.append(Presence(on=self._fetched, inverse=True))
        if not insertions:
            return
        yield Parameter(
            path=self._existing,
            description=(
                f"Existing Secret with its credentials in the keys {self.kind.keys}; with `enabled: false`, "
                "the Secret of an external store. Empty for the generated or copied one."
            ),
            schema=schemas.NAME,
            default="",
            known=dict.fromkeys(self.manifests, ""),
            insertions=insertions,
        )
        address = rf"https?://{re.escape(name)}:[0-9]+"
        said = (text for _, pod in _pods(self.manifests) for text in values_of(_variables(pod), "value"))
        if any(re.fullmatch(address, text) for text in said if isinstance(text, str)):
            yield Parameter(
                path=f"{self.subject.values}.endpoint",
                description="Address of an external store, for jobs that do not read it from its Secret.",
                schema=ADDRESS,
                default="",
                known=dict.fromkeys(self.manifests, ""),
                insertions=list(in_variables(address)),
                example="https://s3.example",
            )

    @property
    def _fetched(self) -> Match:
        """Its Secret, as External Secrets fetches it from a cloud."""
        return Match(kinds=("ExternalSecret",), names=(self.subject.name,))

    def insertions(self) -> Mapping[str, list[Insertion]]:
        """Return more insertions by parameter: the Secret of a store in the cluster is fetched from nowhere."""
        if not _any(self.manifests, self._fetched):
            return {}
        return {f"{self.subject.values}.enabled": [Presence(on=self._fetched, inverse=True, told=False)]}

    @property
    def store(self) -> Store:
        """The store, for the network policies of its clients."""
        return Store(enabled=value(f"{self.subject.values}.enabled"), ports=self.kind.ports)

    def conditions(self) -> Iterator[Condition]:
        """Yield the conditions for what depends on whether it is in the cluster."""
        inside = value(f"{self.subject.values}.enabled")
        reason = f"{self.subject.name} is in the cluster or external"
        pods = Match(kinds=tuple(POD_TEMPLATES))
        named = mentions(self.subject.name)
        if self.keys:
            yield Condition(when=self._by_secret, explains=mentions(*self.keys), reason=reason)
        yield Condition(when=self._by_secret, on=pods, explains=named, reason=reason)
        yield Condition(when=inside, explains=named, reason=reason)
        about = Match(components=self.clients)
        yield Condition(when=self._by_secret, on=about, explains=says(self.kind.words), reason=reason, certain=False)


@dataclass(frozen=True, kw_only=True)
class SecretVolume:
    """A Secret in a volume that replaces the ConfigMap of the same name."""

    on: Match
    path: Path
    name: str

    def insert(self, spot: Spot) -> list[Any]:
        """Insert the Secret with the ConfigMap as its default; nothing is removed."""
        said = spot.parameter.expression
        for container, key in places(spot.tree, self.path):
            volume = container[key]
            if isinstance(volume, dict) and volume.get("configMap") == {"name": self.name}:
                volume["configMap"] = Choice(negated(said), volume["configMap"])
                volume["secret"] = Choice(said, {"defaultMode": 0o440, "secretName": Insert(said)})
        return []


def in_place_of_secret(manifests: Manifests, name: str) -> Iterator[Insertion]:
    """Yield the places where pods use the Secret with a name: in volumes and environment variables."""
    as_secret, as_part, as_config, as_variable = set[str](), set[str](), set[str](), set[str]()
    for kind, pod in _pods(manifests):
        for volume in pod.get("volumes") or []:
            parts = volume.get("projected", {}).get("sources", [])
            if volume.get("secret", {}).get("secretName") == name:
                as_secret.add(kind)
            elif any(one.get("secret", {}).get("name") == name for one in parts):
                as_part.add(kind)
            elif volume.get("configMap") == {"name": name}:
                as_config.add(kind)
        if any(secret.get("name") == name for secret in values_of(_variables(pod), "secretKeyRef")):
            as_variable.add(kind)
    for kind, template in POD_TEMPLATES.items():
        on = Match(kinds=(kind,))
        if kind in as_part:
            path: Path = (*template, "spec", "volumes", EACH, "projected", "sources", EACH, "secret", "name")
            yield InPlaceOf(on=on, path=path, style="text", where=re.escape(name))
        if kind in as_secret:
            path = (*template, "spec", "volumes", EACH, "secret", "secretName")
            yield InPlaceOf(on=on, path=path, style="text", where=re.escape(name))
        elif kind in as_config:
            yield SecretVolume(on=on, path=(*template, "spec", "volumes", EACH), name=name)
        for containers in CONTAINERS if kind in as_variable else ():
            path = (*template, "spec", containers, EACH, "env", EACH, "valueFrom", "secretKeyRef", "name")
            yield InPlaceOf(on=on, path=path, style="text", where=re.escape(name))


def in_variables(address: str) -> Iterator[Insertion]:
    """Yield the places of an address, a pattern, in environment variables."""
    for kind, template in POD_TEMPLATES.items():
        for containers in CONTAINERS:
            path: Path = (*template, "spec", containers, EACH, "env", EACH, "value")
            yield InPlaceOf(on=Match(kinds=(kind,)), path=path, style="text", where=address)


def _pods(manifests: Manifests) -> Iterator[tuple[str, Data]]:
    """Yield the kind of each object that creates pods, and their ``spec``."""
    for objects in manifests.values():
        for key, item in objects.items():
            template = pod_template(item)
            if template is not None:
                yield key.kind, template["spec"]


def _variables(pod: Data) -> list[Any]:
    """Return the environment variables of all containers."""
    return [one for containers in CONTAINERS for each in pod.get(containers) or [] for one in each.get("env") or []]


def _any(manifests: Manifests, match: Match) -> bool:
    return any(match(key) for objects in manifests.values() for key in objects)


TARGETS = {"local": "an existing cluster", "aws": "AWS", "gcp": "Google Cloud", "azure": "Azure"}


def target_parameter(targets: Mapping[str, str]) -> Parameter:
    """Return the parameter for the target of environments."""
    said = ", ".join(f"`{name}` for {what}" for name, what in TARGETS.items())
    return Parameter(
        path="target",
        description=f"Target, which determines the cloud services that the components use: {said}.",
        schema={"enum": list(TARGETS)},
        known=targets,
        reason="environments have different targets",
    )


@dataclass(frozen=True, kw_only=True)
class Particular:
    """Properties that differ between clouds."""

    on: Match = EVERYTHING
    words: str = field(default="")


PARTICULARS = (
    Particular(on=Match(kinds=tuple(POD_TEMPLATES)), words="RCLONE_CONFIG_"),
    Particular(on=Match(kinds=("ExternalSecret",)), words=r"remoteRef"),
    Particular(on=Match(kinds=("SecretStore",)), words=r"^spec\.provider"),
    Particular(on=Match(kinds=("StorageClass",)), words=r"^provisioner|is-default-class|^metadata\.annotations"),
)


def target_conditions(targets: Mapping[str, str]) -> Iterator[Condition]:
    """Yield the conditions for what depends on the target: names and endpoints of a cloud's services."""
    for name in TARGETS:
        for particular in PARTICULARS if name in targets.values() else ():
            yield Condition(
                when=equals(value("target"), name),
                on=particular.on,
                explains=says(particular.words),
                reason=f"only in {TARGETS[name]}, or everywhere else",
            )
