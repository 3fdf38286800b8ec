"""The audit trail of a project, in Cloud Audit Logs."""

from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.gcp.log_bucket import LogBucket
from quantacirc_cdk.terraform.interface.audit_trail import AuditTrailProps
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

_LOGS = ("activity", "data_access", "policy", "system_event")
_OF_DATA = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")


class AuditTrail(Checked, Construct):
    """Access to the data of all services of the project, logged and kept with all other audit logs in a bucket.

    Google Cloud always logs what administrators change, for 400 days; the bucket keeps it for ``retention_days``.
    The configuration for all services is replaced, that of single services stays
    (https://cloud.google.com/logging/docs/audit/configure-data-access). Raises ``PropsError`` for ``threat_detection``.
    """

    @staticmethod
    def check_props(props: AuditTrailProps) -> None:
        """Raise ``PropsError`` for what Google Cloud refuses."""
        props.check_on("gcp")

    def __init__(self, scope: Construct, id: str, props: AuditTrailProps) -> None:
        super().__init__(scope, id)
        self.props = props
        name = terraform_name(id)
        LogBucket(
            self,
            "logs",
            terraform_name=name,
            name=f"{props.name}-audit-trail",
            description=f"Audit trail of {props.account}",
            filter=" OR ".join(f'log_id("cloudaudit.googleapis.com/{log}")' for log in _LOGS),
            project=props.account,
            region=props.region,
            retention_days=props.retention_days,
            key_id=props.keys.key_id("audit-trail"),
        )
        Resource(
            self,
            "google_project_iam_audit_config",
            name,
            project=props.account,
            service="allServices",
            audit_log_config=[{"log_type": kind} for kind in _OF_DATA],
        )
