"""One synthesis of an example system, shared by all checks of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from quantacirc_cdk.given import given
from quantacirc_cdk.importing.comparison import Leaf, Names, leaves, same
from quantacirc_cdk.limits.quantity import parse_quantity
from quantacirc_cdk.model import Project, load_project
from support.command import qcdk
from support.kubernetes.manifests import Object, of_kind, pod_templates, read_folder
from support.tools import ROOT

Fact = tuple[str, str, str, object]
"""Kind and name of an object, a path, and the value there. ``@`` is the main container; items of lists are found by
their name, ports by number and protocol; ``~1`` is a slash within a step."""
POD = "spec/template/spec"
MAIN = f"{POD}/containers/@"


@dataclass(frozen=True)
class Synthesized:
    """An example and what was written of it."""

    project: Project
    dist: Path

    @classmethod
    def of(cls, name: str, out: Path) -> "Synthesized":
        root = ROOT / "examples" / "systems" / name
        done = qcdk("synth", "--project", root, "--out", out)
        assert done.returncode == 0, done.stdout + done.stderr
        return cls(load_project(root), out)

    def objects(self, environment: str) -> list[Object]:
        return list(read_folder(self.dist / "kubernetes" / environment))

    def missing(self, environment: str, facts: list[Fact]) -> list[Fact]:
        """Return the facts that do not come out."""
        objects = {(one["kind"], one["metadata"]["name"]): one for one in self.objects(environment)}
        tables: dict[tuple[str, str], dict[tuple[str, ...], Leaf]] = {}
        none = {"": ""}  # selects no pod
        for (kind, name), item in objects.items():
            data = (
                objects.get(("ConfigMap", name), {}).get("data", {})
                if {"template", "jobTemplate"} & item.get("spec", {}).keys()
                else {}
            )
            numbers = {
                port["name"]: port["containerPort"]
                for _, template in pod_templates(list(objects.values()))
                if kind == "Service"
                and item["spec"].get("selector", none).items() <= template["metadata"]["labels"].items()
                for container in template["spec"]["containers"]
                for port in container.get("ports", [])
            }
            tables[kind, name] = leaves(item, Names(main=name, ports=numbers, data=data))

        def comes_out(fact: Fact) -> bool:
            kind, name, path, value = fact
            key = tuple(step.replace("~1", "/") for step in path.split("/"))
            if "ports" in key:  # a port is one step: 8080/TCP
                index = key.index("ports") + 1
                key = (*key[:index], "/".join(key[index : index + 2]), *key[index + 2 :])
            leaf = tables.get((kind, name), {}).get(key)
            return leaf is not None and same(value, leaf.value, key)

        return [fact for fact in facts if not comes_out(fact)]


def dead_ends(objects: list[Object]) -> Iterator[str]:
    """Yield what would keep a pod from becoming ready: ports, Secrets, ConfigMaps and claims that are not there."""
    names = {(one["kind"], one["metadata"]["name"]) for one in objects}
    templates = [template for _, template in pod_templates(objects)]
    for service in (one for one in of_kind(objects, "Service") if "selector" in one["spec"]):
        chosen = [one for one in templates if service["spec"]["selector"].items() <= one["metadata"]["labels"].items()]
        ports = {port.get("name") for one in chosen for each in _containers(one) for port in each.get("ports", [])}
        missing = {port["targetPort"] for port in service["spec"]["ports"]} - ports
        if missing:
            yield f"Service {service['metadata']['name']} leads to {missing}"
    for template in templates:
        for container in _containers(template):
            ports = {one.get(key) for one in container.get("ports", []) for key in ("name", "containerPort")}
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                for way in ("httpGet", "grpc", "tcpSocket"):
                    asked = container.get(probe, {}).get(way, {}).get("port")
                    if asked is not None and asked not in ports:
                        yield f"{container['name']}: {probe} asks {asked}"
            for source in container.get("envFrom", []):
                reference = source.get("configMapRef", {})
                if reference and not reference.get("optional") and ("ConfigMap", reference["name"]) not in names:
                    yield f"{container['name']}: no ConfigMap {reference['name']}"
        for volume in template["spec"].get("volumes", []):
            claim = volume.get("persistentVolumeClaim", {}).get("claimName")
            config_map = volume.get("configMap", {})
            if claim and ("PersistentVolumeClaim", claim) not in names:
                yield f"no claim {claim}"
            if config_map and not config_map.get("optional") and ("ConfigMap", config_map["name"]) not in names:
                yield f"no ConfigMap {config_map['name']}"


def _containers(template: Object) -> list[Object]:
    return [*template["spec"]["containers"], *template["spec"].get("initContainers", [])]


def over_quota(objects: list[Object]) -> list[str]:
    """Return the amounts that the Deployments request beyond the quota of their namespace."""
    (quota,) = of_kind(objects, "ResourceQuota")
    wrong = []
    for amount in ("cpu", "memory"):
        used = sum(
            parse_quantity(container["resources"]["requests"][amount])
            for item in of_kind(objects, "Deployment")
            for container in item["spec"]["template"]["spec"]["containers"]
        )
        if used > parse_quantity(quota["spec"]["hard"][f"requests.{amount}"]):
            wrong.append(f"{amount}: {used}")
    return wrong


def foreign_secrets(objects: list[Object]) -> set[str]:
    """Return the Secrets that pods need and that nothing in the namespace makes: people create them."""
    found = given(objects, "").items()
    return {one.name for one, need in found if one.kind == "Secret" and not need.optional}
