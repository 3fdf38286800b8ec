"""Regions of the three clouds with the number of zones that an environment in a new account can use.

Sources: https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html,
https://cloud.google.com/compute/docs/regions-zones, https://learn.microsoft.com/azure/reliability/regions-list.
"""

from collections.abc import Mapping

AWS: Mapping[str, int] = {
    "af-south-1": 3,
    "ap-east-1": 3,
    "ap-east-2": 3,
    "ap-northeast-1": 3,
    "ap-northeast-2": 4,
    "ap-northeast-3": 3,
    "ap-south-1": 3,
    "ap-south-2": 3,
    "ap-southeast-1": 3,
    "ap-southeast-2": 3,
    "ap-southeast-3": 3,
    "ap-southeast-4": 3,
    "ap-southeast-5": 3,
    "ap-southeast-6": 3,
    "ap-southeast-7": 3,
    "ca-central-1": 3,
    "ca-west-1": 3,
    "eu-central-1": 3,
    "eu-central-2": 3,
    "eu-north-1": 3,
    "eu-south-1": 3,
    "eu-south-2": 3,
    "eu-west-1": 3,
    "eu-west-2": 3,
    "eu-west-3": 3,
    "il-central-1": 3,
    "me-central-1": 3,
    "me-south-1": 3,
    "mx-central-1": 3,
    "sa-east-1": 3,
    "us-east-1": 5,  # and one without EKS
    "us-east-2": 3,
    "us-gov-east-1": 3,
    "us-gov-west-1": 3,
    "us-west-1": 2,
    "us-west-2": 4,
}

GCP: Mapping[str, int] = dict.fromkeys(
    """
    africa-south1 asia-east1 asia-east2 asia-northeast1 asia-northeast2 asia-northeast3 asia-south1 asia-south2
    asia-southeast1 asia-southeast2 australia-southeast1 australia-southeast2 europe-central2 europe-north1
    europe-north2 europe-southwest1 europe-west1 europe-west10 europe-west12 europe-west2 europe-west3
    europe-west4 europe-west6 europe-west8 europe-west9 me-central1 me-central2 me-west1 northamerica-northeast1
    northamerica-northeast2 northamerica-south1 southamerica-east1 southamerica-west1 us-central1 us-east1
    us-east4 us-east5 us-south1 us-west1 us-west2 us-west3 us-west4
    """.split(),
    3,
) | {"us-central1": 4}

AZURE: Mapping[str, int] = dict.fromkeys(
    """
    australiaeast austriaeast belgiumcentral brazilsouth canadacentral centralindia centralus chilecentral eastasia
    eastus eastus2 francecentral germanywestcentral indonesiacentral israelcentral italynorth japaneast japanwest
    koreacentral malaysiawest mexicocentral newzealandnorth northeurope norwayeast polandcentral qatarcentral
    southafricanorth southcentralus southeastasia spaincentral swedencentral switzerlandnorth uaenorth uksouth
    westeurope westus2 westus3
    """.split(),
    3,
) | dict.fromkeys(
    """
    australiacentral australiasoutheast brazilsoutheast canadaeast francesouth germanynorth koreasouth northcentralus
    norwaywest southafricawest southindia swedensouth switzerlandwest uaecentral ukwest westcentralus westindia westus
    """.split(),
    1,
)

REGIONS: Mapping[str, Mapping[str, int]] = {"aws": AWS, "gcp": GCP, "azure": AZURE}
"""Number of zones of each region, by cloud."""


def has_zones(region: str) -> bool:
    """Return whether a region of Azure has availability zones; True for one that only Terraform knows."""
    return AZURE.get(region, 3) > 1


PAIRS: Mapping[str, str] = {
    one: other
    for pair in (
        "australiaeast australiasoutheast",
        "brazilsouth southcentralus",
        "canadacentral canadaeast",
        "centralindia southindia",
        "centralus eastus2",
        "eastasia southeastasia",
        "eastus westus",
        "francecentral francesouth",
        "germanywestcentral germanynorth",
        "japaneast japanwest",
        "koreacentral koreasouth",
        "northcentralus southcentralus",
        "northeurope westeurope",
        "norwayeast norwaywest",
        "southafricanorth southafricawest",
        "swedencentral swedensouth",
        "switzerlandnorth switzerlandwest",
        "uaenorth uaecentral",
        "uksouth ukwest",
        "westus2 westcentralus",
    )
    for one, other in (pair.split(), reversed(pair.split()))
} | {"southcentralus": "northcentralus", "westus3": "eastus"}
"""Paired region for geo-redundant backups (https://learn.microsoft.com/azure/reliability/cross-region-replication-azure).
"""
