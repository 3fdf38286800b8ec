"""A kind of component that this library does not have, as a team would write it: one folder in its project."""

from pathlib import Path

SPEC = '''\
"""The sections of a memcached cache."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from quantacirc_cdk.model.component import Settings, Storing, StoringSettings


class MemcachedSettings(StoringSettings):
    """What an environment says of a cache."""

    max_memory_percent: Annotated[int, Field(ge=1, le=100)] = 75
    """Memory that keys may take, in percent of the limit."""


class Memcached(Storing):
    """A cache that keeps large values on a volume."""

    settings: ClassVar[type[Settings]] = MemcachedSettings
    role: ClassVar[str] = "cache"
    secret_keys: ClassVar[tuple[str, ...]] = ("host", "password", "port")

    kind: Literal["memcached"]
    """A memcached cache."""
    threads: Annotated[int, Field(ge=1, le=16)] = 1
    """Number of threads."""


KIND = Memcached
'''
OFFERS = '''\
"""What a cache offers: its port, told by a Secret."""

from quantacirc_cdk.kubernetes.container import Port
from quantacirc_cdk.kubernetes.generated_secrets import GeneratedSecret
from quantacirc_cdk.kubernetes.system.offers import Endpoint, by_secret, monitoring, pods

PORT = Port(name="memcached", port=11211)
METRICS = Port(name="metrics", port=9150)


def endpoints(context, name):
    return [Endpoint(peer=pods(context, name), ports=(PORT,))]


def told(context, name, client):
    return by_secret(context, name)


def incoming(context, name):
    yield monitoring(context, name, METRICS)


def secrets(context, name):
    fixed = {"host": name, "port": str(PORT.port)}
    return [GeneratedSecret(name=name, random=["password"], fixed=fixed)]
'''
KUBERNETES = '''\
"""The objects of a cache."""

from quantacirc_cdk.kubernetes.stateful_service import StatefulService, StatefulServiceProps
from quantacirc_cdk.kubernetes.system.stores import store_props
from quantacirc_cdk.kubernetes.workload import SecretFiles

from .offers import METRICS, PORT
from .spec import Memcached, MemcachedSettings


def build(scope, context, name):
    threads = context.component(name, Memcached).threads
    percent = context.settings_as(name, MemcachedSettings).max_memory_percent
    props = StatefulServiceProps(
        **store_props(context, name),
        command=["memcached"],
        args=["--threads", str(threads), "--memory-limit", str(percent), "--extended", "ext_path=/data/values:1G"],
        ports=[PORT, METRICS],
        secrets=[SecretFiles(secret=name, path="/etc/secrets/memcached", keys=("password",))],
    )
    StatefulService(scope, name, props)
'''
MONITORING = '''\
"""What is scraped of a cache, and its alert."""

from quantacirc_cdk.kubernetes.monitoring import ServiceMonitorProps
from quantacirc_cdk.kubernetes.monitoring.prometheus_rule import Alert, RuleGroup


def monitors(context, name):
    return [ServiceMonitorProps(identity=context.component_identity(name))]


def rules(context, names):
    alert = Alert(
        name="CacheEvicts",
        expression=f'rate(memcached_items_evicted_total{{namespace="{context.namespace}"}}[5m]) > 0',
        minutes=15,
        severity="warning",
        summary="{{ $labels.pod }} evicts keys.",
        description="The cache is full.",
    )
    return [RuleGroup(name="caches", rules=[alert])]
'''
CHART = '''\
"""A cache in the chart, or one that is there already in its place."""

from quantacirc_cdk.helm.rules.stores import StoreKind, StoreRules


def rules(subject, manifests):
    kind = StoreKind(ports=(11211,), keys="`host`, `port`, `password`", words="MEMCACHED_ONLY_HERE")
    return [StoreRules(subject=subject, kind=kind, manifests=manifests)]
'''
HEALTH = '''\
"""How a cache is: as those see it that use it."""


def look(seen, name):
    return [seen.reached(name)]
'''
DIFF = '''\
"""What a change of a cache does."""

from quantacirc_cdk.diff.impact import Impact, rule


def rules():
    return (
        rule("cache-empties", Impact.DATA_LOSS, "StatefulSet", "spec.template.spec.containers.*.args",
             says="a cache with other arguments begins empty", source="https://docs.memcached.org/"),
    )
'''
FILES = {
    "spec": SPEC,
    "offers": OFFERS,
    "kubernetes": KUBERNETES,
    "monitoring": MONITORING,
    "chart": CHART,
    "health": HEALTH,
    "diff": DIFF,
}


def write_kind(root: Path) -> Path:
    """Write the kind ``memcached`` into a project; return its folder."""
    folder = root / "apps" / "kinds" / "memcached"
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        (folder / f"{name}.py").write_text(text)
    return folder
