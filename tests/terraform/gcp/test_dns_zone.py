"""DNS on Google Cloud."""

from pathlib import Path

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.gcp import DnsZone
from quantacirc_cdk.terraform.interface import (
    DnsZoneProps,
)
from support.terraform.stacks import Json, synthesized


def test_the_zone_is_signed_and_logged(prod: dict[str, Json]) -> None:
    zone = prod["google_dns_managed_zone.zone"]
    assert zone["dns_name"] == "quantacirc.example."
    assert zone["dnssec_config"]["state"] == "on"
    assert zone["dnssec_config"] == {"state": "on", "non_existence": "nsec3"}
    assert zone["cloud_logging_config"] == {"enable_logging": True}
    assert zone["visibility"] == "public"
    assert "google_project_service.dns" in zone["depends_on"]


def test_a_zone_that_still_has_records_is_deleted_in_a_disposable_environment_only(
    prod: dict[str, Json], dev: dict[str, Json]
) -> None:
    assert prod["google_dns_managed_zone.zone"]["force_destroy"] is False
    assert dev["google_dns_managed_zone.zone"]["force_destroy"] is True


def test_a_zone_with_a_bad_domain_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PropsError, match="a DNS name"):
        synthesized(tmp_path, lambda scope: DnsZone(scope, "zone", DnsZoneProps(name="z", domain="nowhere")))
