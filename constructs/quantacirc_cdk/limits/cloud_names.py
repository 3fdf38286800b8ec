"""Names and ids of resources in the clouds."""

from collections.abc import Iterator
from typing import Annotated

from quantacirc_cdk.limits.rule import matching

CloudResource = Annotated[
    str,
    matching(
        r"[A-Za-z0-9][A-Za-z0-9._()-]{0,127}",
        "the name or id of a resource in the cloud such as vpc-0a1b2c: at most 128 letters, digits and ._()-, with a "
        "letter or digit first",
        source="https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules",
        schema=True,
    ),
]
BottlerocketRelease = Annotated[
    str,
    matching(
        r"[0-9]+\.[0-9]+\.[0-9]+-[0-9a-f]{8}",
        "a release of Bottlerocket such as 1.49.0-713f44ce: its version and 8 hexadecimal digits of its commit",
        source="https://github.com/bottlerocket-os/bottlerocket/releases",
        schema=True,
    ),
]
ResourceGroup = Annotated[
    str,
    matching(
        r"[A-Za-z0-9_().-]{0,89}[A-Za-z0-9_()-]",
        "a resource group of at most 90 letters, digits and _().-, without a dot at the end",
        source="https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftresources",
        schema=True,
    ),
]
BlobContainer = Annotated[
    str,
    matching(
        r"[a-z0-9](-?[a-z0-9]){2,62}",
        "a container such as tfstate: 3 to 63 lower-case letters, digits and single hyphens",
        source="https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftstorage",
        schema=True,
    ),
]
ClusterEndpoint = Annotated[
    str,
    matching(
        r"(https://)?([A-Za-z0-9]([-A-Za-z0-9.]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:[1-9][0-9]{0,4})?",
        "the address of a Kubernetes API such as https://api.example or 203.0.113.7",
        source="https://www.rfc-editor.org/rfc/rfc3986#section-3.2",
    ),
]
ClientId = Annotated[
    str,
    matching(
        r"[0-9A-Fa-f-]{1,36}",
        "a client id such as 44444444-4444-4444-8444-444444444444: hexadecimal digits and hyphens",
        source="https://learn.microsoft.com/entra/identity-platform/app-objects-and-service-principals",
        schema=True,
    ),
]
SecurityGroup = Annotated[
    str,
    matching(
        r"gke-security-groups@[a-z0-9.-]+",
        "the group gke-security-groups of your domain, such as gke-security-groups@shop.example",
        source="https://cloud.google.com/kubernetes-engine/docs/how-to/google-groups-rbac",
        schema=True,
    ),
]
PROJECT_ID = r"[a-z][a-z0-9-]{4,28}[a-z0-9]"
PROJECT_FORM = "6 to 30 lower-case letters, digits and hyphens, a letter first and no hyphen last"
PROJECT = f"the id of a Google Cloud project such as shop-network: {PROJECT_FORM}"
GoogleProject = Annotated[
    str,
    matching(
        PROJECT_ID,
        PROJECT,
        source="https://cloud.google.com/resource-manager/docs/creating-managing-projects",
        schema=True,
    ),
]
BillingAccount = Annotated[
    str,
    matching(
        r"[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}",
        "the id of a billing account such as 012345-567890-ABCDEF: three groups of 6 hexadecimal digits in upper case",
        source="https://cloud.google.com/billing/docs/how-to/find-billing-account-id",
        schema=True,
    ),
]
GpuType = Annotated[
    str,
    matching(
        r"[a-z0-9-]+",
        "the name of a GPU such as nvidia-l4: lower-case letters, digits and hyphens",
        source="https://cloud.google.com/compute/docs/gpus",
        schema=True,
    ),
]
PostgresqlVersion = Annotated[
    str,
    matching(
        r"1[4-8]",
        "a major version from 14 to 18, in quotes",
        source="https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html",
        schema=True,
    ),
]


def too_long(what: str, name: str, longest: int, *, of: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a name that a cloud does not take, and what was expected; ``of`` is what it is made
    of.
    """
    if len(name) > longest:
        said = f'the {what} would be called "{name}", {len(name)} characters'
        yield said, f"at most {longest}; shorten the name of {of}"
