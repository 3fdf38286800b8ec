"""Objects of a cache in the cluster."""

from constructs import Construct

from quantacirc_cdk.kinds.valkey.spec import Valkey, ValkeySettings
from quantacirc_cdk.kubernetes.cache import Cache, CacheProps
from quantacirc_cdk.kubernetes.system.context import Context
from quantacirc_cdk.kubernetes.system.stores import store_props


def build(scope: Construct, context: Context, name: str) -> None:
    """Create its StatefulSet and related objects."""
    cache, common = context.component(name, Valkey), store_props(context, name)
    if cache.persistence == "none":
        common["storage"] = None
    props = CacheProps(
        **common,
        secret=name,
        persistence=cache.persistence,
        max_memory_percent=context.settings_as(name, ValkeySettings).max_memory_percent,
        eviction=cache.eviction,
        databases=cache.databases,
        exporter_image=context.image(cache.exporter) if cache.exporter else None,
    )
    Cache(scope, name, props)
