"""A PostgreSQL database in the chart, or one of one's own in its place."""

from quantacirc_cdk.helm.objects import Manifests
from quantacirc_cdk.helm.rules.stores import StoreKind, StoreRules
from quantacirc_cdk.helm.rules.subject import Subject

_KIND = StoreKind(
    ports=(5432,), keys="`host`, `port`, `database`, `username`, `password`, perhaps `ca.crt`", words="PGSSLMODE"
)


def rules(subject: Subject, manifests: Manifests) -> list[StoreRules]:
    """Return the parameters of a database, and what they explain."""
    return [StoreRules(subject=subject, kind=_KIND, manifests=manifests)]
