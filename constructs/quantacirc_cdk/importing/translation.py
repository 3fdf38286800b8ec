"""Translate Kubernetes objects to a system and an environment: workloads become components, other objects are kept."""

import itertools
import re
from collections import Counter

from quantacirc_cdk.importing import images
from quantacirc_cdk.importing.connections import connect
from quantacirc_cdk.importing.containers import Pod, container
from quantacirc_cdk.importing.controllers import controller, scaled
from quantacirc_cdk.importing.malformed import well_formed
from quantacirc_cdk.importing.patching import stripped
from quantacirc_cdk.importing.placement import pod_keys
from quantacirc_cdk.importing.plan import IDENTITY, SIZE, Translation, kind_for
from quantacirc_cdk.importing.selectors import selected, selecting
from quantacirc_cdk.importing.services import served_ports, service, ways_in, with_served_ports
from quantacirc_cdk.importing.source import Data, Item, Source, selects
from quantacirc_cdk.importing.volumes import give_access, give_claims, give_volumes, settle_replicas


def translate(
    source: Source,
    name: str,
    environment: str,
    kinds: frozenset[str],
    objects: frozenset[tuple[str, str]] = frozenset(),
) -> Translation:
    """Return the project for the objects of a source.

    ``kinds`` are the available kinds of component, and ``objects`` the workloads to keep as objects.
    """
    return _Translator(source, name, environment, kinds, objects).run()


def _subject_namespaces(source: Source) -> list[str]:
    """Return the namespaces of the service accounts of the source that its bindings name, the most frequent first."""
    accounts = {item.name for item in source.of("ServiceAccount")}
    found = Counter(
        str(subject["namespace"])
        for item in source.of("ClusterRoleBinding", "RoleBinding")
        for subject in item.data.get("subjects") or []
        if subject.get("namespace") and subject.get("name") in accounts
    )
    return sorted(found, key=lambda one: (-found[one], one))


_CONTAINERS = ("containers", "initContainers")


class _Translator:
    def __init__(
        self, source: Source, name: str, environment: str, kinds: frozenset[str], objects: frozenset[tuple[str, str]]
    ) -> None:
        self.source, self.kinds, self.objects = source, kinds, objects
        self.images: dict[str, str] = {}
        subjects = [] if source.namespace else _subject_namespaces(source)
        namespace = source.namespace or (subjects[0] if subjects else name)
        self.result = Translation(
            system={"name": name, "sizes": {"default": SIZE}, "images": {}, "components": {}},
            environment={
                "name": environment,
                "target": "local",
                "domain": f"{name}.localhost",
                "namespace": namespace,
                "size": "default",
                "registry": "registry.example",
                "release": {"version": "1.0.0"},
                "cluster": {"kubernetes_version": "1.35", "context": f"kind-{name}"},
                "owners": ["owners@example.com"],
                "components": {},
            },
        )

    def run(self) -> Translation:
        found = self.result
        for item in self.source.items:
            kind = kind_for(item.kind)
            spec = item.template.get("spec", {})
            if kind in self.kinds and item.key not in self.objects and spec.get("containers"):
                stated = [str(one.get("image")) for key in _CONTAINERS for one in spec.get(key) or []]
                wrong = [one for one in stated if not images.is_reference(one)]
                if not wrong:
                    found.components[self.component_name(item)] = item
                found.unnamed += [(item, one) for one in dict.fromkeys(wrong)]
        self.renamed = {
            item.key: f"{item.name}-imported"
            for item in self.source.of("ConfigMap", "NetworkPolicy")
            if item.name in found.components
        }
        found.counterparts |= {key: (key[0], name) for key, name in self.renamed.items()}
        used: set[tuple[str, str]] = set()
        for name, item in found.components.items():
            if item.name != name:
                found.counterparts[item.key] = (item.kind, name)
            with well_formed(item.node, f"{item.kind} {item.name}"):
                used |= {item.key, *self.component(name, item)}
        for item, image in found.unnamed:
            found.notes.append(f"{item.kind} {item.name} stays an object: {image} is not the name of an image.")
        found.environment["components"] = {name: one for name, one in found.environment["components"].items() if one}
        for item in self.source.items:
            if item.key not in used:
                with well_formed(item.node, f"{item.kind} {item.name}"):
                    self.keep(item)
        found.system["images"] = {name: images.parts(reference) for reference, name in self.images.items()}
        connect(self.source, found)
        if not found.environment["components"]:
            del found.environment["components"]
        return found

    def component_name(self, item: Item) -> str:
        plain = re.sub(r"[^a-z0-9]+", "-", item.name.lower()).strip("-")
        plain = (plain if plain[:1].isalpha() else f"c-{plain}")[:52].rstrip("-")
        return plain if plain not in self.result.components else f"{plain[:42]}-{item.kind.lower()}"

    def image(self, reference: str) -> str:
        if reference not in self.images:
            wanted = images.short_name(reference)
            wanted = wanted if wanted[:1].isalpha() else f"i-{wanted}"
            taken = set(self.images.values())
            numbered = (f"{wanted}-{number}" for number in itertools.count(2))
            self.images[reference] = next(
                name for name in (wanted, *itertools.islice(numbered, 9999)) if name not in taken
            )
        return self.images[reference]

    def component(self, name: str, item: Item) -> set[tuple[str, str]]:
        """Add the component of a workload; return the other objects that it includes."""
        template, found = item.template, self.result
        spec = template["spec"]
        labels = (template.get("metadata") or {}).get("labels") or {}
        used: set[tuple[str, str]] = set()
        services = [
            one for one in self.source.of("Service") if selects(one.data.get("spec", {}).get("selector"), labels)
        ]
        main = next((one for one in spec["containers"] if one.get("name") == name), spec["containers"][0])
        found.mains[name] = str(main.get("name"))
        part: Data = {"kind": kind_for(item.kind), "image": self.image(str(main.get("image")))}
        found.system["components"][name] = part
        settings: Data = found.environment["components"].setdefault(name, {})
        own = next((one for one in services if one.name == name), None)
        if own is not None and item.kind != "CronJob":
            used.add(own.key)
            found.services[name] = own
            part.update(service(own.data["spec"], own.data["metadata"]))
        ports = served_ports([own] if own else services, own=own is not None)
        pod = Pod(spec, self.renamed, services=ports)
        part.update(container(with_served_ports(main, spec, ports), pod, main=True))
        for key, place in (("init_containers", "initContainers"), ("side_cars", "containers")):
            others = [one for one in spec.get(place) or [] if one is not main]
            if others:
                part[key] = [self.other(one, pod) for one in others]
        give_volumes(part, spec)
        give_access(self.source, part)
        give_claims(part, item)
        part.update(pod_keys(spec, part))
        extra = {key: str(value) for key, value in labels.items() if key not in IDENTITY}
        part |= {"labels": extra} if extra else {}
        annotations = (template.get("metadata") or {}).get("annotations") or {}
        part |= {"annotations": {key: str(value) for key, value in annotations.items()}} if annotations else {}
        account = spec.get("serviceAccountName") or spec.get("serviceAccount")
        if account and account != name:
            part["service_account"] = account
        elif account:
            used.add(("ServiceAccount", name))
        controller(item, part, settings)
        used |= scaled(self.source, found, name, part)
        settle_replicas(found, name)
        used |= self.disrupted(name, labels)
        used |= ways_in(self.source, found, name, services)
        if item.kind == "CronJob":
            for key in ("ports", "probes", "side_cars"):
                part.pop(key, None)
        return used

    def other(self, spec: Data, pod: Pod) -> Data:
        found = {
            "name": spec.get("name"),
            "image": self.image(str(spec.get("image"))),
            **container(spec, pod, main=False),
        }
        if spec.get("restartPolicy") == "Always":
            found["side_car"] = True
        found.get("security", {}).pop("image_user", None)
        return found

    def disrupted(self, name: str, labels: Data) -> set[tuple[str, str]]:
        found = set()
        for one in self.source.of("PodDisruptionBudget"):
            if selects(((one.data.get("spec") or {}).get("selector") or {}).get("matchLabels"), labels):
                self.result.counterparts.setdefault(one.key, (one.kind, name))
                found.add(one.key)
        return found

    def keep(self, item: Item) -> None:
        """Keep an object, with changed names and labels in its references."""
        if item.kind == "Namespace":
            return
        if item.kind == "Secret":
            keys = sorted({**(item.data.get("data") or {}), **(item.data.get("stringData") or {})})
            self.result.notes.append(f"Create the Secret {item.name} with the keys {', '.join(keys) or '(none)'}.")
            return
        if item.kind == "Ingress" or (
            item.kind == "Service" and (item.data.get("spec") or {}).get("type") == "LoadBalancer"
        ):
            self.result.notes.append(
                f"{item.kind} {item.name} stays an object: add a NetworkPolicy that lets its requests in."
            )
        if item.kind in ("Deployment", "Job", "Pod", "ReplicaSet"):
            self.result.notes.append(
                f"{item.kind} {item.name} stays an object, not a component: add a NetworkPolicy for its connections."
            )
        data = stripped(item.data)
        if item.key in self.renamed:
            data["metadata"]["name"] = self.renamed[item.key]
        data = selecting(self.result, data, item.kind)
        selector = (item.data.get("spec") or {}).get("selector") or {} if item.kind == "Service" else {}
        several = len(selected(self.result, {"matchLabels": selector})) > 1
        if several and IDENTITY & selector.keys() and data["spec"]["selector"] == selector:
            self.result.notes.append(
                f"Service {item.name} selects pods by labels that the library sets: select them by other labels."
            )
        self.result.objects.append(Item(data, item.node))
