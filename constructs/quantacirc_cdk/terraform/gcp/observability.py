"""Alarms, in Cloud Monitoring."""

from collections.abc import Sequence

from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.gcp.database import Database
from quantacirc_cdk.terraform.gcp.services import enable
from quantacirc_cdk.terraform.interface.observability import ExistingObservability, ObservabilityProps
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource

_SECONDS = 900
_DATABASE_ALARMS = {
    "cpu": (0.85, "CPU above 85 % for 15 minutes"),
    "memory": (0.9, "less than a tenth of the memory free"),
    "disk": (0.9, "less than a tenth of the disk free: it cannot grow any more"),
}


class Observability(Checked, Construct):
    """A notification channel that mails every owner. Cloud Monitoring encrypts only with Google's keys."""

    def __init__(self, scope: Construct, id: str, props: ObservabilityProps) -> None:
        super().__init__(scope, id)
        self.props = props
        self._name = terraform_name(id)
        self._monitoring = enable(self, "monitoring")
        self.channels = [
            Resource(
                self,
                "google_monitoring_notification_channel",
                terraform_name(self._name, str(index)),
                display_name=f"{props.name}: {owner}",
                type="email",
                labels={"email_address": owner},
                depends_on=self._monitoring,
            )
            for index, owner in enumerate(props.owners, start=1)
        ]

    @staticmethod
    def from_existing(*, name: str, targets: Sequence[str]) -> "ExistingAlarms":
        """Return existing notification channels, with their names in ``targets``."""
        return ExistingAlarms(name=name, targets=targets)

    def watch_database(self, database: Database) -> None:
        """Create alarms for low CPU, memory or disk of ``database``, and for missing metrics."""
        _watch(self, database, self.props.name, [channel.ref("name") for channel in self.channels])


class ExistingAlarms(ExistingObservability):
    """Existing notification channels."""

    def watch_database(self, database: Database) -> None:
        """Create alarms for low CPU, memory or disk of ``database``, and for missing metrics."""
        _watch(database, database, self.name, self.targets)


def _watch(scope: Construct, database: Database, prefix: str, targets: Sequence[str]) -> None:
    props = database.props
    for measure, (threshold, description) in _DATABASE_ALARMS.items():
        name = f"{prefix}-{database.instance.name}-{measure}".replace("_", "-")
        Resource(
            scope,
            "google_monitoring_alert_policy",
            terraform_name(database.instance.name, measure),
            display_name=name,
            combiner="OR",
            severity="WARNING",
            documentation={"content": f"{props.name}: {description}", "mime_type": "text/markdown"},
            conditions=[
                {
                    "display_name": description,
                    "condition_threshold": {
                        "filter": f'resource.type = "cloudsql_database" AND '
                        f'resource.labels.database_id = "{props.account}:{props.name}" AND '
                        f'metric.type = "cloudsql.googleapis.com/database/{measure}/utilization"',
                        "comparison": "COMPARISON_GT",
                        "threshold_value": threshold,
                        "duration": f"{_SECONDS}s",
                        "evaluation_missing_data": "EVALUATION_MISSING_DATA_ACTIVE",
                        "aggregations": [{"alignment_period": "300s", "per_series_aligner": "ALIGN_MEAN"}],
                    },
                }
            ],
            notification_channels=list(targets),
            depends_on=enable(scope, "monitoring"),
        )
