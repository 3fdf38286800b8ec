"""Chart values of a PostgreSQL database in the chart or an external one."""

from collections.abc import Mapping
from dataclasses import replace

from quantacirc_cdk.helm.objects import Key, Manifests
from quantacirc_cdk.helm.rules.stores import StoreKind, StoreRules
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.kinds.postgresql.spec import READ_HOSTS
from quantacirc_cdk.manifests import Data

_KIND = StoreKind(
    ports=(5432,), keys="`host`, `port`, `database`, `username`, `password`, optionally `ca.crt`", words="PGSSLMODE"
)
_READ = replace(_KIND, keys=_KIND.keys.replace("`host`,", f"`host`, `{READ_HOSTS}`,"))


def rules(subject: Subject, manifests: Manifests) -> list[StoreRules]:
    """Return the chart values and conditions of a database."""
    kind = _READ if any(_reads(subject.name, objects) for objects in manifests.values()) else _KIND
    return [StoreRules(subject=subject, kind=kind, manifests=manifests)]


def _reads(name: str, objects: Mapping[Key, Data]) -> bool:
    """Return whether the Secret of a database, copied or generated, has the hosts to read from."""
    for key, item in objects.items():
        if key.kind == "ExternalSecret" and key.name == name:
            return any(one["secretKey"] == READ_HOSTS for one in item["spec"].get("data", []))
        if key.kind == "ConfigMap":
            lines = item.get("data", {}).get("secrets", "").splitlines()
            if any(line.startswith(f"{name} ") and f" {READ_HOSTS}=" in line for line in lines):
                return True
    return False
