"""Flow logs of a virtual network."""

from quantacirc_cdk.terraform.azure.place import AzureResource, place_of
from quantacirc_cdk.terraform.azure.storage import StorageAccount
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.network import NetworkProps
from quantacirc_cdk.terraform.names import terraform_name as join
from quantacirc_cdk.terraform.resource import Resource


class FlowLogs(Construct):
    """Logs of all traffic of a network in a separate storage account, and traffic analytics in the log workspace.

    Uses the region's network watcher that Azure creates in every subscription.
    """

    def __init__(
        self, scope: Construct, id: str, *, network: Resource, props: NetworkProps, terraform_name: str
    ) -> None:
        super().__init__(scope, id)
        name = join(terraform_name, "flow_logs")
        store = StorageAccount(
            self,
            "store",
            terraform_name=name,
            name=f"{props.name}-flow-logs",
            key_id=props.log_key_id,
            replication="LRS",
            noncurrent_days=1,
            # The watcher writes with the account's key
            # (https://learn.microsoft.com/azure/network-watcher/vnet-flow-logs-overview).
            shared_keys=True,
        )
        workspace = place_of(self).workspace()
        AzureResource(
            self,
            "azurerm_network_watcher_flow_log",
            name,
            name=f"{props.name}-flow-logs",
            resource_group_name="NetworkWatcherRG",
            network_watcher_name=f"NetworkWatcher_{props.region}",
            target_resource_id=network.id,
            storage_account_id=store.account.id,
            enabled=True,
            version=2,
            retention_policy={"enabled": True, "days": props.flow_log_retention_days},
            traffic_analytics={
                "enabled": True,
                "workspace_id": workspace.ref("workspace_id"),
                "workspace_region": props.region,
                "workspace_resource_id": workspace.id,
                "interval_in_minutes": 60,
            },
        )
