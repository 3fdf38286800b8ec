"""Names that the cluster and its cloud share, so that neither depends on the other's existence.

Terraform writes a secret under a name, and an ExternalSecret reads that name. Terraform trusts a service account, and
pods run as it. ``contract_of`` derives all these names from the model, and both sides use it. Each side compares its
declarations with the contract (``disagreements``): synthesis fails for a name that only one side has.

``qcdk wire`` records values that exist only after an apply in the environment's ``wired`` section.
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
