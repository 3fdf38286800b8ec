"""The names that the cluster and its cloud agree on, so that neither waits for the other to exist.

Terraform writes a secret under a name, and an ExternalSecret reads that name; Terraform trusts a service account, and
pods run as it. ``contract_of`` derives all such names from the model, and both sides take them from it. Each side
checks what it declares against the contract (``disagreements``): a name that only one side has fails synthesis.

What truly is known only after an apply is recorded by ``qcdk wire`` in the environment's ``wired`` section.
"""

from quantacirc_cdk.contract.agreement import Side, agree, disagreements
from quantacirc_cdk.contract.contract import Contract, contract_of
from quantacirc_cdk.contract.identities import IdentityBinding
from quantacirc_cdk.contract.managed import Managed
from quantacirc_cdk.contract.names import unique_name
from quantacirc_cdk.contract.outputs import OUTPUTS, Output, wired_values
from quantacirc_cdk.contract.registry import RegistryBinding
from quantacirc_cdk.contract.secrets import SecretBinding
from quantacirc_cdk.contract.stores import SecretStoreBinding
from quantacirc_cdk.contract.volumes import VolumesBinding, volumes_of

__all__ = [
    "OUTPUTS",
    "Contract",
    "IdentityBinding",
    "Managed",
    "Output",
    "RegistryBinding",
    "SecretBinding",
    "SecretStoreBinding",
    "Side",
    "VolumesBinding",
    "agree",
    "contract_of",
    "disagreements",
    "unique_name",
    "volumes_of",
    "wired_values",
]
