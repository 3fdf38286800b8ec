"""Risks of changing a cache in the cluster."""

from quantacirc_cdk.diff.fields import FieldChange, look_up
from quantacirc_cdk.diff.impact import Impact, Rule, rule
from quantacirc_cdk.diff.server_versions import Server, data_rules

REDIS_ONLY = 12
"""Format of Redis 7.4 and later, which Valkey refuses."""
_FORMATS = {
    "redis": (((7, 4), REDIS_ONLY), ((7, 2), 11), ((7, 0), 10), ((5,), 9), ((4,), 8), ((3, 2), 7)),
    "valkey": (((9,), 80), ((7, 2), 11)),
}
"""Version of RDB files, which both kinds of persistence write, by the first version of a server
(https://github.com/valkey-io/valkey/blob/9.0/src/rdb.h, https://github.com/redis/redis/blob/8.0/src/rdb.h).
"""


def rules() -> tuple[Rule, ...]:
    """Return the rules for a cache: its data volume, its persistence, and the version of its files."""
    return (
        *data_rules(
            "cache",
            _reads,
            says="a server does not start on RDB files of a later format: of Valkey 9 with Valkey 8, or of Redis 7.4 "
            "with Valkey",
            source="https://valkey.io/topics/migration/",
        ),
        rule(
            "cache-forgets",
            Impact.DATA_LOSS,
            "StatefulSet",
            "spec.template.spec.containers.*.args",
            when=_forgets,
            says="persistence is disabled: the next restart loses all data",
            source="https://valkey.io/topics/persistence/",
        ),
    )


def _forgets(change: FieldChange) -> bool:
    """Return whether a change disables persistence."""
    return _keeps(change.old) and not _keeps(change.new)


def _keeps(item: dict[str, object]) -> bool:
    return bool(look_up(item, "spec", "volumeClaimTemplates"))


def _reads(before: Server, after: Server) -> bool | None:
    if before == after:
        return True
    written, known = _format(before), _format(after)
    if written is None or known is None:
        return None
    return written <= known and not (written == REDIS_ONLY and after.name == "valkey")


def _format(server: Server) -> int | None:
    """Return the version of a server's RDB files; None if its tag does not say it, such as ``redis:7``."""
    formats = _FORMATS.get(server.name, ())
    version = server.version if len(server.version) > 1 or server.version not in ((7,), (3,)) else ()
    return next((number for first, number in formats if version and version >= first), None)
