"""Types of texts and numbers in the model, based on the table of limits."""

from typing import Annotated

from pydantic import Field

from quantacirc_cdk.limits import cloud_names, formats, image, kubernetes
from quantacirc_cdk.limits.rule import matching

Name = kubernetes.ServiceName
"""A name usable as a Kubernetes Service name: an RFC 1035 label."""
DnsName = formats.DnsName
HostName = kubernetes.HostName
Cidr = formats.Cidr
AddressRange = formats.AddressRange
Quantity = kubernetes.Quantity
Bytes = kubernetes.Bytes
Subject = formats.Subject
Cron = kubernetes.Schedule
Digest = image.Digest
SemVer = formats.SemVer
Version = formats.Version
EnvVarName = formats.VariableName
EnvVarPrefix = Annotated[
    str,
    matching(r"[A-Z][A-Z0-9_]*_", "a prefix such as APP_", source="upper case, to distinguish it from other variables"),
]
Email = formats.Email
Registry = image.Registry
Repository = image.Repository
Tag = image.Tag
Port = formats.PortNumber
Percent = Annotated[int, Field(ge=1, le=100)]
HttpPath = Annotated[
    str,
    matching(
        r"(?!.*(//|/\.{1,2}(/|$)))/[-A-Za-z0-9._~/]*",
        "a path that starts with a slash, of letters, digits and -._~/, without //, /. and /..",
        source="https://www.rfc-editor.org/rfc/rfc3986#section-2.3",
    ),
]
"""HttpPath: unreserved characters only, which proxies, probes and shells do not change."""
TimeZone = kubernetes.TimeZone
KubernetesVersion = kubernetes.KubernetesVersion
CloudResource = cloud_names.CloudResource
"""Name or id of a cloud resource: `vpc-0a1b2c`, `shared-network`."""
