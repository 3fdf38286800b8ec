"""Chart values of an object store in the chart or an external one."""

from quantacirc_cdk.helm.objects import Manifests
from quantacirc_cdk.helm.rules.stores import StoreKind, StoreRules
from quantacirc_cdk.helm.rules.subject import Subject

_KIND = StoreKind(
    ports=(443,),
    keys="`endpoint`, `region`, `bucket`, `access-key-id`, `secret-access-key`",
    words="RCLONE_CONFIG_|ENCRYPTION_FILE",
)


def rules(subject: Subject, manifests: Manifests) -> list[StoreRules]:
    """Return the chart values and conditions of an object store."""
    return [StoreRules(subject=subject, kind=_KIND, manifests=manifests)]
