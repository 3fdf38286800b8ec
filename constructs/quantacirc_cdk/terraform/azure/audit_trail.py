"""The audit trail of a subscription, in its activity log, and Defender for Containers."""

from quantacirc_cdk.terraform.azure.place import place_of
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.audit_trail import AuditTrailProps
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

# https://learn.microsoft.com/azure/azure-monitor/platform/activity-log-schema#categories
_CATEGORIES = (
    "Administrative",
    "Alert",
    "Autoscale",
    "Policy",
    "Recommendation",
    "ResourceHealth",
    "Security",
    "ServiceHealth",
)


class AuditTrail(Checked, Construct):
    """The activity log of the subscription, in the log workspace of the stack, which keeps all for at least
    ``retention_days``.

    Azure encrypts the workspace with its own keys. With ``threat_detection``, also turns on Microsoft Defender for
    Containers in the subscription; when it is destroyed, the plan is that without charge.
    ``Observability.watch_threats`` tells the owners what it finds.
    """

    @staticmethod
    def check_props(props: AuditTrailProps) -> None:
        """Raise ``PropsError`` for what Azure refuses."""
        props.check_on("azure")

    def __init__(self, scope: Construct, id: str, props: AuditTrailProps) -> None:
        super().__init__(scope, id)
        self.props = props
        name = terraform_name(id)
        Resource(
            self,
            "azurerm_monitor_diagnostic_setting",
            name,
            name=f"{props.name}-audit-trail",
            target_resource_id=f"/subscriptions/{props.account}",
            log_analytics_workspace_id=place_of(self).workspace(props.retention_days).id,
            enabled_log=[{"category": category} for category in _CATEGORIES],
        )
        self.plan: Resource | None = None
        """The plan of Defender, with ``threat_detection``."""
        if props.threat_detection:
            self.plan = Resource(
                self,
                "azurerm_security_center_subscription_pricing",
                name,
                resource_type="Containers",
                tier="Standard",
            )
