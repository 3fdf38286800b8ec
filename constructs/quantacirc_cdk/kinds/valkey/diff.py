"""What a change of a cache in the cluster does."""

from quantacirc_cdk.diff.fields import FieldChange, look_up
from quantacirc_cdk.diff.impact import Impact, Rule, rule


def rules() -> tuple[Rule, ...]:
    """Return what is particular to a cache: the volume of its data, and what it keeps."""
    return (
        rule(
            "cache-forgets",
            Impact.DATA_LOSS,
            "StatefulSet",
            "spec.template.spec.containers.*.args",
            when=_forgets,
            says="it no longer keeps what it holds: the next start is empty",
            source="https://valkey.io/topics/persistence/",
        ),
    )


def _forgets(change: FieldChange) -> bool:
    """Whether a server that kept its data keeps it no more."""
    return _keeps(change.old) and not _keeps(change.new)


def _keeps(item: dict[str, object]) -> bool:
    return bool(look_up(item, "spec", "volumeClaimTemplates"))
