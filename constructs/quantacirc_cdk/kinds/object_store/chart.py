"""An object store in the chart, or one of one's own in its place."""

from quantacirc_cdk.helm.objects import Manifests
from quantacirc_cdk.helm.rules.stores import StoreKind, StoreRules
from quantacirc_cdk.helm.rules.subject import Subject

_KIND = StoreKind(
    ports=(443,),
    keys="`endpoint`, `region`, `bucket`, `access-key-id`, `secret-access-key`",
    words="RCLONE_CONFIG_|ENCRYPTION_FILE|-backup-key",
)


def rules(subject: Subject, manifests: Manifests) -> list[StoreRules]:
    """Return the parameters of an object store, and what they explain."""
    return [StoreRules(subject=subject, kind=_KIND, manifests=manifests)]
