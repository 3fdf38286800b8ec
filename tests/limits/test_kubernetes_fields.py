"""The fields of each kind are those of the API's own schemas, in every version that the library supports."""

import json

import pytest

from quantacirc_cdk.limits.kubernetes_fields import fields_of
from support.kubernetes.schemas import CORE, NEWEST, OLDEST, SCHEMAS, VERSIONS


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


@pytest.mark.integration
def test_each_specification_has_the_fields_of_all_supported_versions() -> None:
    found: dict[str, set[str]] = {}
    for version in VERSIONS:
        folder = SCHEMAS / f"v{version}.0-local-strict"
        definitions = json.loads((folder / "_definitions.json").read_text())["$defs"]
        for file in folder.glob("*.json"):
            schema = json.loads(file.read_text())
            for kind in schema.get("x-kubernetes-group-version-kind", []):
                api_version = "/".join(filter(None, (kind["group"], kind["version"])))
                if api_version in CORE and "spec" in schema["properties"]:
                    spec = definitions[schema["properties"]["spec"]["$ref"].rpartition("/")[2]]
                    found.setdefault(kind["kind"], set()).update(spec["properties"])
    known = {kind: fields_of("v1", kind, ["spec"]) for kind in found}
    assert {kind: fields for kind, fields in known.items() if fields} == {
        kind: found[kind] for kind, fields in known.items() if fields
    }
    assert len([kind for kind, fields in known.items() if fields]) > 15


@pytest.mark.parametrize(
    ("kind", "path"),
    [("Deployment", "spec.template.spec"), ("CronJob", "spec.jobTemplate.spec.template.spec"), ("Pod", "spec")],
)
def test_pods_have_the_same_fields_wherever_they_are_specified(kind: str, path: str) -> None:
    fields = fields_of("apps/v1", kind, path.split("."))
    assert fields
    assert {"containers", "tolerations", "hostUsers"} <= fields
    assert fields_of("apps/v1", kind, [*path.split("."), "containers"]) is None
