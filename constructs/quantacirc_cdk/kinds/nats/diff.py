"""Changes of a bus in the cluster that its data does not allow, or that leave messages undelivered."""

from quantacirc_cdk.diff.impact import Rule
from quantacirc_cdk.diff.server_versions import Server, data_rules
from quantacirc_cdk.kinds.nats.diff_streams import STREAM_RULES


def rules() -> tuple[Rule, ...]:
    """Return the rules for a bus: an older minor version may not read the streams of a newer one, and other streams and
    consumers decide who receives the stored messages.
    """
    versions = data_rules(
        "nats",
        _reads,
        says="an older minor version does not read what a newer one has stored, or takes its streams offline: restore "
        "a backup into the older one",
        source="https://docs.nats.io/release-notes/whats_new/whats_new_210#downgrade-warnings",
    )
    return (*versions, *STREAM_RULES)


def _reads(before: Server, after: Server) -> bool | None:
    if len(before.version) < 2 or len(after.version) < 2:
        return None
    return after.version[:2] >= before.version[:2]
