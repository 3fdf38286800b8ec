"""Users of a bus, from the model."""

from collections.abc import Mapping, Sequence

from quantacirc_cdk.kinds.job.spec import Job
from quantacirc_cdk.kubernetes.nats import Client, Delivery, consumers, streams
from quantacirc_cdk.kubernetes.nats.stream import Consumer, Stream
from quantacirc_cdk.model.component import Program
from quantacirc_cdk.model.site import Site, once


def client(site: Site, bus: str, name: str) -> Client | None:
    """Return a component as a user of a bus; None if it does not use the bus."""
    component = site.system.components[name]
    if not isinstance(component, Program) or component.bus_in(site.system) != bus:
        return None
    return Client(
        name=name,
        publishes=tuple(component.publishes),
        consumes=tuple(component.consumes),
        delivery=Delivery(**component.delivery.model_dump()),
    )


@once
def clients(site: Site, bus: str) -> list[Client]:
    """Return the components that publish on a bus or consume from it, sorted by name."""
    found = (client(site, bus, name) for name in sorted(site.system.components))
    return [user for user in found if user]


@once
def carried(site: Site, bus: str) -> tuple[list[Stream], list[Consumer]]:
    """Return the streams of a bus and the consumers of its clients."""
    known = streams(clients(site, bus))
    return known, consumers(clients(site, bus), known)


@once
def consumers_of(site: Site, bus: str) -> Mapping[str, Sequence[Consumer]]:
    """Return the consumers of a bus by client."""
    found: dict[str, list[Consumer]] = {}
    for consumer in carried(site, bus)[1]:
        found.setdefault(consumer.name, []).append(consumer)
    return found


@once
def users(site: Site, bus: str) -> list[Client]:
    """Return all users of a bus: its clients, and the jobs that back it up."""
    keepers = [name for name, job in site.having(Job).items() if job.backs_up == bus]
    others = [user for user in clients(site, bus) if user.name not in keepers]
    return sorted([*others, *(Client(name=name, snapshots=True) for name in keepers)], key=lambda user: user.name)
