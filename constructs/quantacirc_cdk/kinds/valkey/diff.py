"""Risks of changing a cache in the cluster."""

from quantacirc_cdk.diff.fields import FieldChange, look_up
from quantacirc_cdk.diff.impact import Impact, Rule, rule


def rules() -> tuple[Rule, ...]:
    """Return the rules for a cache: its data volume, and its persistence."""
    return (
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
