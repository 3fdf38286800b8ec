"""What the model takes is taken by the schema of the chart's values."""

import pytest
from jsonschema import Draft7Validator

from quantacirc_cdk.helm.schemas import ROUTE_HOST
from quantacirc_cdk.limits import kubernetes
from support.limits import REFUSED, TAKEN, examples


@pytest.mark.parametrize("host", examples(TAKEN, kubernetes.Host))
def test_every_host_of_a_route_is_a_value(host: str) -> None:
    assert Draft7Validator(ROUTE_HOST).is_valid(host)


@pytest.mark.parametrize("host", sorted({*examples(REFUSED, kubernetes.Host)} - {"10.0.0.1", "a.example.", "x" * 64}))
def test_hosts_with_other_characters_are_no_values(host: str) -> None:
    assert not Draft7Validator(ROUTE_HOST).is_valid(host)
