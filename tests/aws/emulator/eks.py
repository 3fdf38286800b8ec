"""What moto's EKS lacks: add-ons, access entries, Pod Identity associations, and fields it takes but does not return.

Each object is stored as the API returns it and belongs to a cluster, which must exist; what exists already and what
does not is refused as by EKS (https://docs.aws.amazon.com/eks/latest/APIReference/).
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from moto.ec2.models import ec2_backends
from moto.eks import urls
from moto.eks.models import Cluster, EKSBackend, Nodegroup, eks_backends
from moto.eks.responses import EKSResponse
from moto.moto_api._internal import mock_random

Json = dict[str, Any]
_VERSIONS = {
    "aws-ebs-csi-driver": "v1.41.0-eksbuild.1",
    "coredns": "v1.12.0-eksbuild.1",
    "eks-pod-identity-agent": "v1.3.5-eksbuild.2",
    "kube-proxy": "v1.34.0-eksbuild.2",
    "vpc-cni": "v1.20.0-eksbuild.1",
}
"""Add-ons there are, each with its default version."""


class Refused(Exception):  # noqa: N818  what the API calls an exception
    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status, self.kind = status, kind


def _missing(what: str) -> Refused:
    return Refused(404, "ResourceNotFoundException", f"No {what} found")


def _exists(what: str) -> Refused:
    return Refused(409, "ResourceInUseException", f"{what} already exists")


class Extras:
    """The objects of one cluster."""

    def __init__(self, cluster: Cluster, account: str, region: str) -> None:
        self.cluster, self.prefix = cluster, f"arn:aws:eks:{region}:{account}"
        self.addons: dict[str, Json] = {}
        self.entries: dict[str, Json] = {}
        self.policies: dict[str, dict[str, Json]] = {}
        self.identities: dict[str, Json] = {}
        self.updates: dict[str, Json] = {}

    def arn(self, *parts: str) -> str:
        return f"{self.prefix}:" + "/".join((parts[0], self.cluster.name, *parts[1:]))

    # Add-ons

    def create_addon(self, body: Json) -> Json:
        name = body["addonName"]
        if name not in _VERSIONS:
            raise Refused(400, "InvalidParameterException", f"Addon {name} is not supported")
        if name in self.addons:
            raise _exists(f"Addon {name}")
        associations = [self.create_identity(one | {"namespace": "kube-system"}) for one in _given(body)]
        self.addons[name] = {
            "addonName": name,
            "clusterName": self.cluster.name,
            "status": "ACTIVE",
            "addonVersion": body.get("addonVersion") or _VERSIONS[name],
            "health": {"issues": []},
            "addonArn": self.arn("addon", name, _uuid()),
            **_times(),
            "tags": body.get("tags", {}),
            "configurationValues": body.get("configurationValues"),
            "podIdentityAssociations": [one["association"]["associationArn"] for one in associations],
        }
        return {"addon": self.addons[name]}

    def addon(self, name: str) -> Json:
        if name not in self.addons:
            raise _missing(f"addon {name}")
        return {"addon": self.addons[name]}

    def delete_addon(self, name: str) -> Json:
        gone = self.addon(name)["addon"]
        for arn in gone["podIdentityAssociations"]:
            self.identities.pop(arn.rpartition("/")[2], None)
        del self.addons[name]
        return {"addon": {**gone, "status": "DELETING"}}

    # Access entries

    def create_entry(self, body: Json) -> Json:
        principal = body["principalArn"]
        if principal in self.entries:
            raise _exists(f"An access entry for {principal}")
        self.entries[principal] = {
            "clusterName": self.cluster.name,
            "principalArn": principal,
            "kubernetesGroups": body.get("kubernetesGroups", []),
            "accessEntryArn": self.arn("access-entry", principal.rpartition("/")[2], _uuid()),
            **_times(),
            "tags": body.get("tags", {}),
            "username": body.get("username") or principal,
            "type": body.get("type") or "STANDARD",
        }
        self.policies[principal] = {}
        return {"accessEntry": self.entries[principal]}

    def entry(self, principal: str) -> Json:
        if principal not in self.entries:
            raise _missing(f"access entry for {principal}")
        return {"accessEntry": self.entries[principal]}

    def delete_entry(self, principal: str) -> Json:
        self.entry(principal)
        del self.entries[principal], self.policies[principal]
        return {}

    def associate(self, principal: str, body: Json) -> Json:
        self.entry(principal)
        now = _times()
        policy = {
            "policyArn": body["policyArn"],
            "accessScope": {"namespaces": [], **body["accessScope"]},
            "associatedAt": now["createdAt"],
            "modifiedAt": now["modifiedAt"],
        }
        self.policies[principal][body["policyArn"]] = policy
        return {"clusterName": self.cluster.name, "principalArn": principal, "associatedAccessPolicy": policy}

    def associated(self, principal: str) -> Json:
        self.entry(principal)
        policies = list(self.policies[principal].values())
        return {"clusterName": self.cluster.name, "principalArn": principal, "associatedAccessPolicies": policies}

    def disassociate(self, principal: str, policy: str) -> Json:
        self.entry(principal)
        if self.policies[principal].pop(policy, None) is None:
            raise _missing(f"policy {policy} of {principal}")
        return {}

    # Pod Identity

    def create_identity(self, body: Json) -> Json:
        namespace, account = body["namespace"], body["serviceAccount"]
        if any((one["namespace"], one["serviceAccount"]) == (namespace, account) for one in self.identities.values()):
            raise _exists(f"Association of {namespace}/{account}")
        key = "a-" + mock_random.get_random_string(17, lower_case=True)
        self.identities[key] = {
            "clusterName": self.cluster.name,
            "namespace": namespace,
            "serviceAccount": account,
            "roleArn": body["roleArn"],
            "associationArn": self.arn("podidentityassociation", key),
            "associationId": key,
            "tags": body.get("tags", {}),
            **_times(),
        }
        return {"association": self.identities[key]}

    def identity(self, id: str) -> Json:
        if id not in self.identities:
            raise _missing(f"association {id}")
        return {"association": self.identities[id]}

    def list_identities(self, query: dict[str, list[str]]) -> Json:
        wanted = {key: values[0] for key, values in query.items() if key in ("namespace", "serviceAccount")}
        found = [one for one in self.identities.values() if all(one[key] == wanted[key] for key in wanted)]
        return {"associations": found}

    def update_identity(self, id: str, body: Json) -> Json:
        association = self.identity(id)["association"]
        association |= {"roleArn": body["roleArn"], "modifiedAt": _times()["modifiedAt"]}
        return {"association": association}

    def delete_identity(self, id: str) -> Json:
        gone = self.identity(id)
        del self.identities[id]
        return gone

    # Node groups

    def update_version(self, name: str, body: Json) -> Json:
        if name not in self.cluster.nodegroups:
            raise _missing(f"node group {name}")
        group: Nodegroup = self.cluster.nodegroups[name]
        if template := body.get("launchTemplate"):
            group.launch_template = {**(group.launch_template or {}), **template}
        group.version = body.get("version") or group.version
        key = _uuid()
        self.updates[key] = {"id": key, "status": "Successful", "type": "VersionUpdate", "params": [], "errors": []}
        return {"update": self.updates[key]}

    def update(self, id: str) -> Json:
        if id not in self.updates:
            raise _missing(f"update {id}")
        return {"update": self.updates[id]}


def _given(body: Json) -> list[Json]:
    return list(body.get("podIdentityAssociations") or [])


def _uuid() -> str:
    return str(mock_random.uuid4())


def _times() -> Json:
    now = datetime.now(UTC).timestamp()
    return {"createdAt": now, "modifiedAt": now}


def _extras(account: str, region: str, name: str) -> Extras:
    cluster = eks_backends[account][region].clusters.get(name)
    if cluster is None:
        raise _missing(f"cluster for name: {name}")
    if not hasattr(cluster, "extras"):
        cluster.extras = Extras(cluster, account, region)  # type: ignore[attr-defined]
    extras: Extras = cluster.extras  # type: ignore[attr-defined]
    return extras


_ROUTES: list[tuple[str, str, Callable[..., Json]]] = [
    ("POST", r"addons", lambda extras, body, query: extras.create_addon(body)),
    ("GET", r"addons/(.+)", lambda extras, body, query, name: extras.addon(name)),
    ("DELETE", r"addons/(.+)", lambda extras, body, query, name: extras.delete_addon(name)),
    ("POST", r"access-entries", lambda extras, body, query: extras.create_entry(body)),
    ("POST", r"access-entries/(.+)/access-policies", lambda extras, body, query, who: extras.associate(who, body)),
    ("GET", r"access-entries/(.+)/access-policies", lambda extras, body, query, who: extras.associated(who)),
    (
        "DELETE",
        r"access-entries/(.+)/access-policies/(.+)",
        lambda extras, body, query, who, policy: extras.disassociate(who, policy),
    ),
    ("GET", r"access-entries/(.+)", lambda extras, body, query, who: extras.entry(who)),
    ("DELETE", r"access-entries/(.+)", lambda extras, body, query, who: extras.delete_entry(who)),
    ("POST", r"pod-identity-associations", lambda extras, body, query: extras.create_identity(body)),
    ("GET", r"pod-identity-associations", lambda extras, body, query: extras.list_identities(query)),
    ("GET", r"pod-identity-associations/(.+)", lambda extras, body, query, key: extras.identity(key)),
    ("POST", r"pod-identity-associations/(.+)", lambda extras, body, query, key: extras.update_identity(key, body)),
    ("POST", r"node-groups/(.+)/update-version", lambda extras, body, query, name: extras.update_version(name, body)),
    ("GET", r"updates/(.+)", lambda extras, body, query, key: extras.update(key)),
    ("DELETE", r"pod-identity-associations/(.+)", lambda extras, body, query, key: extras.delete_identity(key)),
]


def serve(request: Any, full_url: str, headers: Any) -> tuple[int, dict[str, Any], str]:
    """Answer a request below ``/clusters/NAME/``."""
    response = EKSResponse()
    response.setup_class(request, full_url, headers)
    path = unquote(urlsplit(full_url).path).removeprefix("/clusters/")
    name, _, rest = path.partition("/")
    for method, pattern, answer in _ROUTES:
        match = re.fullmatch(pattern, rest)
        if match and method == request.method:
            body = json.loads(request.data or b"{}")
            try:
                extras = _extras(response.current_account, response.region, name)
                found = answer(extras, body, parse_qs(urlsplit(full_url).query), *match.groups())
            except Refused as refused:
                error = {"x-amzn-ErrorType": refused.kind}
                return refused.status, error, json.dumps({"message": str(refused)})
            return 200, {"Content-Type": "application/json"}, json.dumps(found)
    return 404, {}, json.dumps({"message": f"the emulator has no {request.method} {rest}"})


_PATHS = ("addons", "access-entries", "pod-identity-associations", "node-groups/[^/]+/update-version", "updates")


def install() -> None:
    """Add the operations to moto."""
    for kind in (
        "addons",
        "access-entries",
        "pod-identity-associations",
        "node-groups/[^/]+/update-version",
        "updates",
    ):
        urls.url_paths[f"{{0}}/clusters/(?P<name>[^/]+)/(?P<rest>{kind}.*)$"] = serve
    _return_fields_of_clusters()
    _return_fields_of_node_groups()


def _return_fields_of_clusters() -> None:
    create_response, create, delete = EKSResponse.create_cluster, EKSBackend.create_cluster, EKSBackend.delete_cluster

    def create_with_fields(self: EKSResponse) -> Any:
        result = create_response(self)
        cluster = self.eks_backend.clusters[self._get_param("name")]
        access = self._get_param("accessConfig") or {}
        # EKS does not return bootstrapClusterCreatorAdminPermissions either.
        cluster.access_config = {"authenticationMode": access.get("authenticationMode", "CONFIG_MAP")}  # type: ignore[attr-defined]
        cluster.upgrade_policy = self._get_param("upgradePolicy") or {"supportType": "EXTENDED"}  # type: ignore[attr-defined]
        return result

    def create_with_security_group(self: EKSBackend, **given: Any) -> Cluster:
        cluster = create(self, **given)
        ec2 = ec2_backends[self.account_id][self.region_name]
        config = cluster.resources_vpc_config
        subnet = ec2.get_subnet(config["subnetIds"][0])
        group = ec2.create_security_group(
            f"eks-cluster-sg-{cluster.name}", "EKS created security group", vpc_id=subnet.vpc_id
        )
        cluster.resources_vpc_config = {
            "endpointPublicAccess": True,
            "endpointPrivateAccess": False,
            "publicAccessCidrs": ["0.0.0.0/0"],
            **config,
            "vpcId": subnet.vpc_id,
            "clusterSecurityGroupId": group.id,
        }
        return cluster

    def delete_with_security_group(self: EKSBackend, name: str) -> Cluster:
        cluster = delete(self, name)
        ec2 = ec2_backends[self.account_id][self.region_name]
        ec2.delete_security_group(group_id=cluster.resources_vpc_config["clusterSecurityGroupId"])
        return cluster

    EKSResponse.create_cluster = create_with_fields  # type: ignore[method-assign]
    EKSBackend.create_cluster = create_with_security_group  # type: ignore[assignment, method-assign]
    EKSBackend.delete_cluster = delete_with_security_group  # type: ignore[method-assign]


def _return_fields_of_node_groups() -> None:
    create = EKSResponse.create_nodegroup

    def create_with_fields(self: EKSResponse) -> Any:
        result = create(self)
        cluster = self.eks_backend.clusters[self._get_param("name")]
        group: Nodegroup = cluster.nodegroups[self._get_param("nodegroupName")]
        group.update_config = self._get_param("updateConfig") or {"maxUnavailable": 1}
        if group.launch_template:
            group.disk_size = None  # type: ignore[assignment]  the template's, which EKS does not repeat
            group.remote_access = None  # type: ignore[assignment]
        return result

    EKSResponse.create_nodegroup = create_with_fields  # type: ignore[method-assign]
