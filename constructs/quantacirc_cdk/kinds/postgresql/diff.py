"""Changes of a database in the cluster that its data does not allow."""

from quantacirc_cdk.diff.impact import Rule
from quantacirc_cdk.diff.server_versions import Server, data_rules


def rules() -> tuple[Rule, ...]:
    """Return the rules for a database: each major version has its own data files."""
    return data_rules(
        "postgresql",
        _reads,
        says="PostgreSQL starts only on data files of the same major version: dump and restore them",
        source="https://www.postgresql.org/docs/current/upgrading.html",
    )


def _reads(before: Server, after: Server) -> bool | None:
    return before.version[0] == after.version[0] if before.version and after.version else None
