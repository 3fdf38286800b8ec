"""A container image registry on Azure Container Registry."""

import base64
from collections.abc import Mapping

from quantacirc_cdk.contract.names import unique_name
from quantacirc_cdk.contract.registry import AZURE_LENGTH
from quantacirc_cdk.model.regions import has_zones
from quantacirc_cdk.terraform.azure.place import AzureResource, assign, diagnose, key_user, place_of
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.image_registry import ExistingImageRegistry, ImageRegistryProps
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource
from quantacirc_cdk.text.terraform import bare


class ImageRegistry(Checked, Construct):
    """A registry in all zones: encrypted, without admin account and anonymous pulls; removes old and untagged images.

    The nodes pull through a private endpoint. The public name is off, unless ``operator_cidrs`` lists addresses that
    may push and pull there. The purge task runs outside the network; its identity may only read and delete images.
    The first push creates a repository. Azure cannot make all tags of a registry immutable, so deploy by digest.
    Defender scans images if the subscription enables it.
    """

    def __init__(self, scope: Construct, id: str, props: ImageRegistryProps) -> None:
        super().__init__(scope, id)
        self.props = props
        place, name = place_of(self), terraform_name(id)
        key = props.keys.key_id("registry")
        user = key_user(self, key)
        self.registry: Resource = AzureResource(
            self,
            "azurerm_container_registry",
            name,
            name=unique_name(props.name, place.account, AZURE_LENGTH, dashes=False),
            # Other SKUs have no customer-managed keys, zones or private endpoints.
            sku="Premium",
            admin_enabled=False,
            anonymous_pull_enabled=False,
            zone_redundancy_enabled=has_zones(props.region),
            # Layers are served from the registry's own host, so that a firewall does not have to allow all of Blob
            # Storage.
            data_endpoint_enabled=True,
            public_network_access_enabled=f"${{length({bare(place.operators)}) > 0}}",
            network_rule_set=[
                {
                    "default_action": "Deny",
                    "ip_rule": f'${{[for cidr in {bare(place.operators)} : {{ action = "Allow", ip_range = cidr }}]}}',
                }
            ],
            network_rule_bypass_option="AzureServices",
            # Tasks run on Azure's machines, and since June 2025 pass the firewall only with this setting
            # (https://learn.microsoft.com/azure/container-registry/manage-network-bypass-policy-for-tasks).
            network_rule_bypass_for_tasks_enabled=True,
            retention_policy_in_days=props.untagged_days,
            identity={"type": "UserAssigned", "identity_ids": [user.identity_id]},
            # An attribute, not a block, so Terraform requires the complete list.
            encryption=[{"key_vault_key_id": key, "identity_client_id": user.client_id}],
            depends_on=user.ready,
        )
        self.host = self.registry.ref("login_server")
        self.repositories: Mapping[str, Resource] = dict.fromkeys(props.repositories, self.registry)
        task = AzureResource(
            self,
            "azurerm_container_registry_task",
            name,
            name="purge",
            container_registry_id=self.registry.id,
            platform={"os": "Linux"},
            agent_setting={"cpu": 2},
            timer_trigger=[{"name": "daily", "schedule": "0 3 * * *"}],
            encoded_step={"task_content": base64.b64encode(purge_task(props).encode()).decode()},
            # Only the task's own identity passes the firewall, not the registry's default login
            # (https://learn.microsoft.com/azure/container-registry/container-registry-tasks-authentication-managed-identity).
            identity={"type": "SystemAssigned"},
            registry_credential={
                "source": {"login_mode": "None"},
                "custom": [{"login_server": self.host, "identity": "[system]"}],
            },
        )
        for role in ("AcrPull", "AcrDelete"):
            assign(
                self,
                terraform_name(name, "purge", role.removeprefix("Acr").lower()),
                role=role,
                to=task.ref("identity[0].principal_id"),
                on=self.registry.id,
            )
        diagnose(self, name, self.registry, "ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents")
        place.reach(name, self.registry, "registry", required=True)

    @staticmethod
    def from_existing(*, host: str) -> ExistingImageRegistry:
        """Return an existing registry for other constructs; creates nothing."""
        return ExistingImageRegistry(host=host)


def purge_task(props: ImageRegistryProps) -> str:
    """Return the task that keeps the newest ``keep_images`` of each repository (https://aka.ms/acr/purge)."""
    filters = " ".join(f"--filter '{repository}:.*'" for repository in props.repositories)
    return (
        "version: v1.1.0\n"
        "steps:\n"
        f"  - cmd: acr purge {filters} --ago 1d --keep {props.keep_images} --untagged\n"
        "    disableWorkingDirectoryOverride: true\n"
        "    timeout: 3600\n"
    )
