"""Container logs and metrics of an AKS cluster in Azure Monitor."""

import json
from typing import TYPE_CHECKING

from quantacirc_cdk.terraform.azure.place import AzureResource, place_of
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.names import terraform_name

if TYPE_CHECKING:
    from quantacirc_cdk.terraform.azure.cluster import Cluster

_STREAM = "Microsoft-ContainerInsights-Group-Default"
"""Container logs, cluster events and inventory."""
_SETTINGS = {
    "interval": "1m",
    "namespaceFilteringMode": "Exclude",
    "namespaces": ["gatekeeper-system", "azure-arc"],
    "enableContainerLogV2": True,
}


class ContainerLogs(Construct):
    """A data collection rule for the cluster's agent, without which an agent with a managed identity sends nothing.

    Source: https://learn.microsoft.com/azure/azure-monitor/containers/kubernetes-monitoring-enable.
    """

    def __init__(self, scope: Construct, id: str, *, cluster: "Cluster") -> None:
        super().__init__(scope, id)
        props = cluster.props
        name = terraform_name(cluster.cluster.name, "container_logs")
        rule = AzureResource(
            self,
            "azurerm_monitor_data_collection_rule",
            name,
            # The name that Azure's tools expect.
            name=f"MSCI-{props.region}-{props.name}"[:64],
            kind="Linux",
            description=f"Logs of the containers of {props.name}",
            destinations={
                "log_analytics": [
                    {
                        "name": "workspace",
                        "workspace_resource_id": place_of(self).workspace(props.log_retention_days).id,
                    }
                ]
            },
            data_flow=[{"streams": [_STREAM], "destinations": ["workspace"]}],
            data_sources={
                "extension": [
                    {
                        "name": "ContainerInsightsExtension",
                        "extension_name": "ContainerInsights",
                        "extension_json": json.dumps({"dataCollectionSettings": _SETTINGS}, separators=(",", ":")),
                        "streams": [_STREAM],
                    }
                ]
            },
        )
        AzureResource(
            self,
            "azurerm_monitor_data_collection_rule_association",
            name,
            name="ContainerInsightsExtension",
            target_resource_id=cluster.cluster.id,
            data_collection_rule_id=rule.id,
            description="What the cluster's agent collects",
        )
