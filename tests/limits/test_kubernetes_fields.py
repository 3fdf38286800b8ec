"""The fields of each kind are those of the API's own schemas, in every version that the library supports."""

import json

import pytest

from quantacirc_cdk.limits.kubernetes_fields import fields_of
from support.kubernetes.schemas import CORE, NEWEST, OLDEST, SCHEMAS


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_each_kind_of_the_core_groups_has_its_fields(version: str) -> None:
    different = {}
    checked = set()
    for file in sorted((SCHEMAS / f"v{version}.0-local-strict").glob("*.json")):
        schema = json.loads(file.read_text())
        for kind in schema.get("x-kubernetes-group-version-kind", []):
            api_version = "/".join(filter(None, (kind["group"], kind["version"])))
            found = fields_of(api_version, kind["kind"])
            if api_version in CORE and found is not None:
                checked.add(kind["kind"])
                fields = schema["properties"].keys() - {"apiVersion", "kind", "status"}
                different |= {kind["kind"]: sorted(fields ^ found)} if fields != found else {}
    assert not different
    assert len(checked) > 25
