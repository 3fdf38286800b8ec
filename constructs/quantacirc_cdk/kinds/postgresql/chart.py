"""Chart values of a PostgreSQL database in the chart or an external one."""

from quantacirc_cdk.helm.objects import Manifests
from quantacirc_cdk.helm.rules.stores import StoreKind, StoreRules
from quantacirc_cdk.helm.rules.subject import Subject

_KIND = StoreKind(
    ports=(5432,), keys="`host`, `port`, `database`, `username`, `password`, optionally `ca.crt`", words="PGSSLMODE"
)


def rules(subject: Subject, manifests: Manifests) -> list[StoreRules]:
    """Return the chart values and conditions of a database."""
    return [StoreRules(subject=subject, kind=_KIND, manifests=manifests)]
