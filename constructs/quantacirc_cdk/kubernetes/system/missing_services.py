"""Addresses of components that have no Service in an environment, in the texts that components get."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.hosts import hosts, is_host_key
from quantacirc_cdk.manifests import pod_template
from quantacirc_cdk.model.component import Program
from quantacirc_cdk.model.document import Place
from quantacirc_cdk.model.facts import config_map_name
from quantacirc_cdk.model.problems import problem_at

Text = tuple[Place, str, bool]
"""The place of a text in a document, the text, and whether the whole text can be a host."""


def missing_services(context: Context, objects: Iterable[Data]) -> Iterator[Problem]:
    """Yield the variables, arguments and files that name a component as a host, for which there is no Service."""
    found = list(objects)
    names = {
        item["metadata"]["name"]
        for item in found
        if item["kind"] == "Service" and item["metadata"].get("namespace") in (None, context.namespace)
    }
    absent = context.system.components.keys() - names
    data = {item["metadata"]["name"]: item.get("data") or {} for item in found if item["kind"] == "ConfigMap"}
    for item in found if absent else ():
        client = str((item["metadata"].get("labels") or {}).get("app.kubernetes.io/name"))
        component = context.present.get(client)
        template = pod_template(item)
        if template is None or not isinstance(component, Program):
            continue
        reported = set[tuple[Place, str]]()
        for place, text, alone in texts(client, component, template["spec"], data):
            for host in hosts(text, absent - {client}, context.namespace, alone=alone):
                if (place, host.service) not in reported:
                    reported.add((place, host.service))
                    yield from _problem(context, place, host.service)


def texts(name: str, component: Program, pod: Data, data: Mapping[str, Mapping[str, str]]) -> Iterator[Text]:
    """Yield the texts of a component's containers that the model may contain, with their places in it."""
    own: Place = ("components", name)
    places = {name: own}
    for key, others in (("init_containers", component.init_containers), ("side_cars", component.side_cars)):
        places |= {other.name: (*own, key, index) for index, other in enumerate(others)}
    for container in chain(pod.get("initContainers") or (), pod["containers"]):
        place = places.get(container["name"], own)
        for one in container.get("env") or ():
            yield (*place, "environment", one["name"]), str(one.get("value", "")), is_host_key(one["name"])
        for source in container.get("envFrom") or ():
            for key, text in data.get((source.get("configMapRef") or {}).get("name", ""), {}).items():
                yield (*place, "environment", key), text, is_host_key(key)
        for key in ("command", "args"):
            for word in container.get(key) or ():
                yield (*place, key), str(word), False
    for text in data.get(config_map_name(name), {}).values():
        yield (*own, "files"), text, False


def _problem(context: Context, place: Place, service: str) -> Iterator[Problem]:
    """Yield the problem where a document has the text; nothing for a text that follows from the model."""
    provider = context.provider(service)
    where = context.environment.name
    runs = {"embedded": "", "managed": ": it is managed there", "existing": ": it runs elsewhere"}
    what = f"the host {service}, which has no Service in {where}{runs[provider]}"
    keys = context.system.components[service].secret_keys
    expected = f"an address that exists in {where}"
    if provider != "embedded" and "host" in keys:
        secret = context.secret(service)
        expected = f"its address from the keys `host` and `port` of the Secret {secret} (docs/kinds.md), or {expected}"
    for root in (context.source, context.system_source):
        if root is not None and root.depth(place) == len(place):
            yield problem_at(root, place, what, expected)
            return
