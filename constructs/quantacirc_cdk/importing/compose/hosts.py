"""Find the ports and names by which Compose services reach one another without stating them.

On a network of Compose a service reaches every port of another by its name, container name or alias. A Service of
Kubernetes has the ports and the name that it states.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from quantacirc_cdk.importing.compose.service import Service
from quantacirc_cdk.importing.compose.values import numbers
from quantacirc_cdk.importing.connections import mentions
from quantacirc_cdk.importing.images import short_name
from quantacirc_cdk.importing.source import Data, Item, Source
from quantacirc_cdk.limits.formats import DNS_LABEL
from quantacirc_cdk.model.document import read

_OWN = re.compile(r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):([0-9]{1,5})(?![0-9])")

_PROXIED = ".loadbalancer.server.port"
"""End of Traefik's label for the port to which it sends requests."""


def settle_hosts(source: Source, services: Sequence[Service]) -> None:
    """Add the ports and names that other services use, and report those that cannot be found."""
    texts = {one.slug: list(_texts(source, one)) for one in services}
    for one in services:
        source.reaches.setdefault(one.made.deployment.name, []).extend(one.depends)
        source.texts.setdefault(one.made.deployment.name, []).extend(one.texts)
    for one in services:
        if one.made.deployment.kind == "CronJob":
            continue
        others = [text for other in services if other is not one for text in texts[other.slug]]
        place = ("services", one.name)
        asked = sorted({number for host in _hosts(source, one) for text in others for number in _asked(text, host)})
        for number in asked:
            one.made.port(number, "TCP", place, number=one.number, stated=False)
        needed = any(one.slug in other.depends for other in services) or any(
            _uses(text, host, one) for host in _hosts(source, one) for text in others
        )
        if needed and not one.container.get("ports"):
            _from_image(source, one)
        _name(source, one, others)
        _leave_addresses(source, one, texts)
    silent = [one.name for one in services if one.made.deployment.kind != "CronJob" and not one.container.get("ports")]
    if silent:
        source.notes.append(f"No port is known of {', '.join(silent)}: nothing can connect to them without `ports`.")


def _from_image(source: Source, service: Service) -> None:
    """Add the ports of a service that states none."""
    probe = (service.container.get("readinessProbe") or {}).get("exec") or {}
    checked = [one for word in probe.get("command") or [] for one in _OWN.findall(str(word))]
    labels = service.made.deployment.template["metadata"].get("annotations") or {}
    proxied = [text for key, text in labels.items() if key.endswith(_PROXIED)]
    own = [number for one in [*checked, *proxied] for number in numbers(str(one))]
    image = short_name(str(service.container.get("image")).removeprefix("@built/"))
    found = sorted(set(own)) or _exposed(image)
    where = "its health check" if checked else "its labels" if own else f"the image {image}"
    for number in found:
        service.made.port(number, "TCP", ("services", service.name), number=service.number, stated=False)
    if found:
        listed = ", ".join(map(str, found))
        source.notes.append(f"{service.name} states no port: {listed} is from {where}; check it.")


def _exposed(image: str) -> list[int]:
    """Return the ports of an image, or of one that it is named after, such as ``zulip-postgresql``."""
    return next((ports for name, ports in _exposed_ports().items() if f"-{image}".endswith(f"-{name}")), [])


@cache
def _exposed_ports() -> dict[str, list[int]]:
    """Return the ports that images expose, by the last part of their names."""
    found: Any = read(Path(__file__).with_name("exposed.yaml"), "exposed.yaml").plain()
    return dict(found)


def _name(source: Source, service: Service, others: list[str]) -> None:
    """Add a Service for each other name that texts of other services contain."""
    for host in _hosts(source, service):
        used = any(_uses(text, host, service) for text in others)
        valid = re.fullmatch(DNS_LABEL, host)
        stated = host in service.aliases or (host == service.name and not valid)
        if host == service.made.deployment.name or not (used or stated):
            continue
        if not valid:
            source.notes.append(
                f"The name {host} of a host is not valid in Kubernetes: clients must connect to "
                f"{service.made.deployment.name}. Change it in variables, files, and defaults of images."
            )
        elif not any(item.key == ("Service", host) for item in source.items) and service.container.get("ports"):
            spec: Data = {**service.made.service.data["spec"]}
            data = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": host}, "spec": spec}
            source.items.append(Item(data, service.root, f"service {service.name}"))


def _leave_addresses(source: Source, service: Service, texts: Mapping[str, list[str]]) -> None:
    """Report the services whose texts contain a fixed address of this one, which connect to it."""
    for address in service.addresses:
        written = re.compile(rf"(?<![\w.:]){re.escape(address)}(?!\w|\.\w)")
        users = [name for name, found in texts.items() if name != service.slug and any(map(written.search, found))]
        for name in users:
            source.reaches.setdefault(name, []).append(service.slug)
        if users:
            source.notes.append(
                f"{address} is the address of {service.name} in a network of Compose, which no pod has: name "
                f"{service.slug} in variables and files of {', '.join(users)}."
            )


def _hosts(source: Source, service: Service) -> list[str]:
    linked = [alias for alias, target in source.aliases.items() if target == service.slug]
    return list(dict.fromkeys([*service.hosts, *service.aliases, service.slug, *linked]))


def _asked(text: str, host: str) -> Iterator[int]:
    for found in re.findall(rf"(?<![A-Za-z0-9._-]){re.escape(host)}:([0-9]{{1,5}})(?![0-9])", text):
        yield from numbers(found)


def _uses(text: str, host: str, service: Service) -> bool:
    """Return whether a text names a host of a service."""
    return mentions(text, host, alone=True, ports=[one["containerPort"] for one in service.container.get("ports", [])])


def _words(service: Service) -> Iterator[str]:
    """Yield the texts of a container that are in the project."""
    container = service.container
    yield from (str(one["value"]) for one in container.get("env", []) if "value" in one)
    probe = (container.get("readinessProbe") or {}).get("exec") or {}
    for words in (container.get("command"), container.get("args")):
        yield from map(str, words or [])
        yield " ".join(map(str, words or []))
    yield from (str(word) for word in probe.get("command") or [])


def _texts(source: Source, service: Service) -> Iterator[str]:
    """Yield all texts of a service that can contain names of hosts."""
    yield from _words(service)
    yield from (text for _, text in service.texts)
    names = {one["configMap"]["name"] for one in service.made.pod.get("volumes", []) if "configMap" in one}
    for item in source.of("ConfigMap"):
        if item.name in names:
            yield from map(str, (item.data.get("data") or {}).values())
