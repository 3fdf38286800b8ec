"""Names of kinds, permissions, resources and settings in the Kubernetes API."""

import re
from typing import Annotated

from quantacirc_cdk.limits.formats import HUGE_PAGES, NAME_OF_KEY, SUBDOMAIN
from quantacirc_cdk.limits.rule import Rule, matching

_API = "https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/"
_CONVENTIONS = (
    "https://github.com/kubernetes/community/blob/main/contributors/devel/sig-architecture/api-conventions.md"
)
_RESOLVER = "https://man7.org/linux/man-pages/man5/resolv.conf.5.html"

ObjectKind = Annotated[
    str, matching(r"[A-Z][A-Za-z0-9]{0,62}", "a kind such as Deployment", source=_CONVENTIONS, schema=True)
]
ApiVersion = Annotated[
    str,
    matching(
        r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?v[0-9][a-z0-9]*",
        "an API version such as v1 or networking.k8s.io/v1",
        source=_CONVENTIONS,
        schema=True,
    ),
]
Verb = Annotated[
    str,
    matching(
        r"[a-z]+",
        "a verb such as get, in lower case and without wildcards",
        source="https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb",
        schema=True,
    ),
]
ResourceName = Annotated[
    str,
    matching(
        r"[a-z0-9][-a-z0-9./]*",
        "the plural of a kind such as pods or pods/log, without wildcards",
        source="https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources",
        schema=True,
    ),
]
ExtendedResource = Annotated[
    str,
    matching(
        f"{SUBDOMAIN}/{NAME_OF_KEY}|{HUGE_PAGES}",
        "an extended resource such as nvidia.com/gpu, or huge pages such as hugepages-2Mi",
        source="https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#extended-resources",
        schema=True,
    ),
]
AppProtocol = Annotated[
    str,
    matching(
        r"[A-Za-z0-9./-]+",
        "an application protocol of at most 63 characters such as http or kubernetes.io/h2c",
        source="https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol",
        longest=63,
        schema=True,
    ),
]
Sysctl = Annotated[
    str,
    matching(
        r"[a-z0-9._/-]+",
        "a kernel parameter such as net.core.somaxconn",
        source="https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/",
        schema=True,
    ),
]
ResolverOption = Annotated[
    str, matching(r"[a-z0-9-]+", "an option of the resolver such as ndots", source=_RESOLVER, schema=True)
]
ResolverValue = Annotated[
    str,
    matching(r"[A-Za-z0-9._-]*", "the value of an option such as 2, or none", source=_RESOLVER, schema=True),
]
TriggerType = Annotated[
    str,
    matching(
        r"[a-z0-9-]+",
        "a type of trigger such as kafka",
        source="https://keda.sh/docs/latest/scalers/",
        schema=True,
    ),
]
_GROUP = "[A-Za-z0-9][-A-Za-z0-9_.:@/]{0,252}"
GroupName = Annotated[
    str,
    Rule(
        lambda text: (
            None
            if re.fullmatch(_GROUP, text) and not text.startswith("system:")
            else "the name of a group such as shop:operators or ops@shop.example, of at most 253 characters, without "
            "the prefix system: of Kubernetes' own groups, such as all users"
        ),
        source="https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects",
        schema={"pattern": f"^{_GROUP}$", "not": {"pattern": "^system:"}},
    ),
]
DataPath = Annotated[
    str, matching(r"/[-A-Za-z0-9._/]+", "an absolute path such as /var/lib/data", source=_API, schema=True)
]
