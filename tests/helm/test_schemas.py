"""The schemas of the chart's values agree with the rules that the model and the constructs have."""

from typing import Any

import pytest
from jsonschema import Draft7Validator

from quantacirc_cdk.helm import schemas, spec_schemas
from quantacirc_cdk.helm.network_schemas import ROUTE_HOST
from quantacirc_cdk.limits import container_spec, kubernetes, volume_sources
from quantacirc_cdk.limits.pod_spec import workload_refusals
from support.limits import REFUSED, TAKEN, examples


@pytest.mark.parametrize("host", examples(TAKEN, kubernetes.Host))
def test_every_host_of_a_route_is_a_value(host: str) -> None:
    assert Draft7Validator(ROUTE_HOST).is_valid(host)


@pytest.mark.parametrize("host", sorted({*examples(REFUSED, kubernetes.Host)} - {"10.0.0.1", "a.example.", "x" * 64}))
def test_hosts_with_other_characters_are_no_values(host: str) -> None:
    assert not Draft7Validator(ROUTE_HOST).is_valid(host)


def test_the_sources_and_handlers_are_those_of_the_rules() -> None:
    for name, schema in schemas.VOLUME_SOURCES.items():
        assert schema["properties"].keys() <= volume_sources.VOLUME_SOURCES[name]
    assert schemas.VALUE_FROM["properties"].keys() <= {*container_spec.VARIABLE_SOURCES}
    assert [one["required"] for one in schemas.CHECKED["oneOf"]] == [[name] for name in container_spec.CHECKS]


@pytest.mark.parametrize("surge", [None, 0, "0%", 1, "50%"])
@pytest.mark.parametrize("unavailable", [None, 0, "0%", 1, "50%"])
def test_the_schema_of_an_update_agrees_with_the_rule(surge: Any, unavailable: Any) -> None:
    pair = {"maxSurge": surge, "maxUnavailable": unavailable}
    update = {"type": "RollingUpdate", "rollingUpdate": {key: item for key, item in pair.items() if item is not None}}
    for kind, field in (("DaemonSet", "updateStrategy"), ("Deployment", "strategy")):
        item = {"kind": kind, "spec": {field: update}}
        said = [what for what, _ in workload_refusals(item, {}) if "maxSurge" in what]
        schema = spec_schemas.WORKLOAD_SPECS[kind]["properties"][field]
        assert Draft7Validator(schema).is_valid(update) is not bool(said), (kind, said)
