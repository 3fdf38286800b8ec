"""Read the network of a Compose service: ports, names of hosts, dependencies."""

from typing import Any

from quantacirc_cdk.importing.compose.service import LAPTOP, UNKNOWN, Reader, Service
from quantacirc_cdk.importing.compose.values import addresses_in, numbers, pair, port_of, slug
from quantacirc_cdk.model.document import Place

PUBLISHED = "It publishes a port on the host: add a route for connections from outside."
NAMED = "It becomes the name of a Service, if the service has a port."
FIXED = "It is an address in a network of Compose, which no pod has."
DEPENDS = "It becomes `reaches`; pods do not wait for each other."


def _ports(service: Service, value: Any, place: Place) -> None:
    for one, where in service.entries(value, place):
        _, published, inside, protocol = port_of(one)
        if not numbers(inside) or protocol not in ("TCP", "UDP", "SCTP"):
            service.left(where, UNKNOWN)
            continue
        for number in numbers(inside):
            service.made.port(number, protocol, where, number=service.number)
        if published:
            service.left(where, PUBLISHED)


def _depends_on(service: Service, value: Any, place: Place) -> None:
    for one, where in service.entries(list(value or []), place):
        service.depends.append(slug(str(one)))
        how = value[one] if isinstance(value, dict) else None
        if isinstance(how, dict) and how.get("condition") == "service_completed_successfully":
            service.note(
                f"{slug(str(one))} runs to completion before others start: it is a job that you start with "
                f"`kubectl create job --from=cronjob/{slug(str(one))} {slug(str(one))}-1`."
            )
        if not isinstance(value, dict):
            service.left(where, DEPENDS)
    if isinstance(value, dict):
        service.left(place, DEPENDS)


def _links(service: Service, value: Any, place: Place) -> None:
    for one, where in service.entries(value, place):
        other, _, alias = str(one).partition(":")
        service.depends.append(slug(other))
        if alias:
            service.source.aliases.setdefault(alias, slug(other))
        service.left(where, DEPENDS)


def _networks(service: Service, value: Any, place: Place) -> None:
    for name in value or []:
        settings = value[name] if isinstance(value, dict) else None
        aliases = settings.get("aliases") if isinstance(settings, dict) else None
        service.aliases += [str(one) for one in aliases or []]
        service.addresses += addresses_in(settings)
    for inside, _ in list(service.root.find(place).leaves(place)):
        service.left(inside, NAMED if "aliases" in inside[len(place) + 1 :] else LAPTOP)


def _container_name(service: Service, value: Any, place: Place) -> None:
    service.hosts.append(str(value))
    service.left(place, LAPTOP)


def _hostname(service: Service, value: Any, place: Place) -> None:
    service.hosts.append(str(value))
    service.in_pod(("hostname",), str(value), place)


def _mode(service: Service, value: Any, place: Place) -> None:
    if value == "host":
        service.in_pod(("hostNetwork",), True, place)
        service.in_pod(("dnsPolicy",), "ClusterFirstWithHostNet", place)
    elif str(value).startswith("service:"):
        service.note(f"{service.name} is a container of the pods of {str(value)[8:]}, whose network it shares.")
        service.left(place, f"It is a container of the pods of {str(value)[8:]}.")
    else:
        service.left(place, LAPTOP)


def _shared(field: str) -> Reader:
    def read(service: Service, value: Any, place: Place) -> None:
        if value == "host":
            service.in_pod((field,), True, place)
        else:
            service.left(place, UNKNOWN)

    return read


def _extra_hosts(service: Service, value: Any, place: Place) -> None:
    pairs = (
        [(key, text, (*place, key)) for key, text in value.items()]
        if isinstance(value, dict)
        else [
            (*pair(str(one).replace(":", "=", 1) if "=" not in str(one) else str(one)), (*place, index))
            for index, one in enumerate(value or [])
        ]
    )
    aliases: dict[str, list[str]] = {}
    for name, address, where in pairs:
        if address == "host-gateway" or address is None:
            service.left(where, LAPTOP)
        elif str(address).strip("[]") in _fixed(service):
            service.left(where, FIXED)
        else:
            aliases.setdefault(str(address).strip("[]"), []).append(str(name))
    if aliases:
        found = [{"ip": address, "hostnames": names} for address, names in aliases.items()]
        service.in_pod(("hostAliases",), found, place)


def _fixed(service: Service) -> set[str]:
    """Return the addresses of all services in the networks of Compose."""
    networks = [(one, one.node.plain()) for one in service.project.services.values()]
    stated = [(one, data.get("networks")) for one, data in networks if isinstance(data, dict)]
    return {
        address
        for one, named in stated
        for settings in (named.values() if isinstance(named, dict) else ())
        for address in map(one.shell.known, addresses_in(settings))
    }


def _dns(field: str) -> Reader:
    def read(service: Service, value: Any, place: Place) -> None:
        listed = isinstance(value, list)
        fixed = _fixed(service) if field == "nameservers" else ()
        found = []
        for index, one in enumerate(value if listed else [value]):
            where = (*place, index) if listed else place
            if one and one not in fixed:
                found.append(str(one))
            else:
                service.left(where, FIXED if one else LAPTOP)
        if found:
            service.in_pod(("dnsConfig", field), found, place)

    return read


def _dns_opt(service: Service, value: Any, place: Place) -> None:
    pairs = [str(one).partition(":") for one in value or []]
    found = [{"name": name, **({"value": text} if colon else {})} for name, colon, text in pairs]
    service.in_pod(("dnsConfig", "options"), found, place)


READERS: dict[str, Reader] = {
    "ports": _ports,
    "expose": _ports,
    "depends_on": _depends_on,
    "links": _links,
    "networks": _networks,
    "container_name": _container_name,
    "hostname": _hostname,
    "network_mode": _mode,
    "pid": _shared("hostPID"),
    "ipc": _shared("hostIPC"),
    "extra_hosts": _extra_hosts,
    "dns": _dns("nameservers"),
    "dns_search": _dns("searches"),
    "dns_opt": _dns_opt,
}
