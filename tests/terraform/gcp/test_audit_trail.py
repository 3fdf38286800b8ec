"""The audit trail on Google Cloud."""

from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform import Stack
from quantacirc_cdk.terraform.gcp import AuditTrail, Observability
from quantacirc_cdk.terraform.interface import AuditTrailProps
from support.terraform.stacks import Json, resources, synthesized
from support.terraform.switched import Keys

PROPS: dict[str, Any] = {"name": "shop-prod", "region": "europe-west3", "account": "shop-prod", "keys": Keys()}


def trail(tmp_path: Path, **changes: Any) -> dict[str, Json]:
    props = AuditTrailProps(**PROPS | changes)
    return resources(synthesized(tmp_path, lambda scope: AuditTrail(scope, "audit-trail", props)))


def test_access_to_the_data_of_every_service_is_logged(tmp_path: Path) -> None:
    found = trail(tmp_path)["google_project_iam_audit_config.audit_trail"]
    assert (found["project"], found["service"]) == ("shop-prod", "allServices")
    kinds = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"]
    assert found["audit_log_config"] == [{"log_type": kind} for kind in kinds]


def test_all_audit_logs_are_kept_in_an_encrypted_bucket(tmp_path: Path) -> None:
    found = trail(tmp_path, retention_days=400)
    bucket = found["google_logging_project_bucket_config.audit_trail"]
    assert (bucket["bucket_id"], bucket["retention_days"]) == ("shop-prod-audit-trail", 400)
    assert bucket["cmek_settings"]["kms_key_name"].endswith("audit-trail")
    kept = found["google_logging_project_sink.audit_trail"]["filter"]
    for log in ("activity", "data_access", "policy", "system_event"):
        assert f'log_id("cloudaudit.googleapis.com/{log}")' in kept


def test_threats_are_found_by_the_organization(tmp_path: Path) -> None:
    with pytest.raises(PropsError, match="threat detection, which on Google Cloud is of the organization"):
        trail(tmp_path, threat_detection=True)


def test_so_nobody_is_told_of_them(tmp_path: Path) -> None:
    def declare(scope: Stack) -> None:
        made = AuditTrail(scope, "audit-trail", AuditTrailProps(**PROPS))
        Observability.from_existing(name="shop-prod", targets=["channel"]).watch_threats(made)

    with pytest.raises(PropsError, match="shop-prod: threat detection, which on Google Cloud is of the organization"):
        synthesized(tmp_path, declare)
