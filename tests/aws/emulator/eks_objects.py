"""The objects of an EKS cluster that moto lacks, each stored as the API returns it.

Each belongs to a cluster, which must exist; what exists already and what does not is refused as by EKS
(https://docs.aws.amazon.com/eks/latest/APIReference/).
"""

from datetime import UTC, datetime
from typing import Any

from moto.eks.models import Cluster, Nodegroup
from moto.moto_api._internal import mock_random

Json = dict[str, Any]
_VERSIONS = {
    "aws-ebs-csi-driver": "v1.41.0-eksbuild.1",
    "coredns": "v1.12.0-eksbuild.1",
    "eks-pod-identity-agent": "v1.3.5-eksbuild.2",
    "kube-proxy": "v{version}.0-eksbuild.2",
    "vpc-cni": "v1.20.0-eksbuild.1",
}
"""Add-ons there are, each with its default version for a version of Kubernetes."""


def default_version(addon: str, kubernetes: str) -> str:
    return _VERSIONS[addon].format(version=kubernetes)


def addon_versions(query: dict[str, list[str]]) -> Json:
    """Return the versions of an add-on: of each only the default one."""
    (addon,), (kubernetes,) = query["addonName"], query["kubernetesVersion"]
    if addon not in _VERSIONS:
        raise Refused(400, "InvalidParameterException", f"Addon {addon} is not supported")
    version = default_version(addon, kubernetes)
    compatible = {"clusterVersion": kubernetes, "platformVersions": ["*"], "defaultVersion": True}
    versions = [{"addonVersion": version, "architecture": ["amd64", "arm64"], "compatibilities": [compatible]}]
    return {"addons": [{"addonName": addon, "type": "networking", "addonVersions": versions}]}


class Refused(Exception):  # noqa: N818  what the API calls an exception
    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status, self.kind = status, kind


def missing(what: str) -> Refused:
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
            "addonVersion": body.get("addonVersion") or default_version(name, self.cluster.version),
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
            raise missing(f"addon {name}")
        return {"addon": self.addons[name]}

    def delete_addon(self, name: str) -> Json:
        gone = self.addon(name)["addon"]
        for arn in gone["podIdentityAssociations"]:
            self.identities.pop(arn.rpartition("/")[2], None)
        del self.addons[name]
        return {"addon": {**gone, "status": "DELETING"}}

    def list_addons(self) -> Json:
        return {"addons": list(self.addons)}

    def update_addon(self, name: str, body: Json) -> Json:
        addon = self.addon(name)["addon"]
        given = {key: body[key] for key in ("addonVersion", "configurationValues") if key in body}
        addon |= given | {"modifiedAt": _times()["modifiedAt"]}
        if "podIdentityAssociations" in body:
            for arn in addon["podIdentityAssociations"]:
                self.identities.pop(arn.rpartition("/")[2], None)
            associations = [self.create_identity(one | {"namespace": "kube-system"}) for one in _given(body)]
            addon["podIdentityAssociations"] = [one["association"]["associationArn"] for one in associations]
        return self._updated("AddonUpdate")

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
            raise missing(f"access entry for {principal}")
        return {"accessEntry": self.entries[principal]}

    def delete_entry(self, principal: str) -> Json:
        self.entry(principal)
        del self.entries[principal], self.policies[principal]
        return {}

    def list_entries(self) -> Json:
        return {"accessEntries": list(self.entries)}

    def update_entry(self, principal: str, body: Json) -> Json:
        entry = self.entry(principal)["accessEntry"]
        given = {key: body[key] for key in ("kubernetesGroups", "username") if key in body}
        entry |= given | {"modifiedAt": _times()["modifiedAt"]}
        return {"accessEntry": entry}

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
            raise missing(f"policy {policy} of {principal}")
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
            raise missing(f"association {id}")
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
            raise missing(f"node group {name}")
        group: Nodegroup = self.cluster.nodegroups[name]
        if template := body.get("launchTemplate"):
            group.launch_template = {**(group.launch_template or {}), **template}
        if _minor(body.get("version") or group.version) > _minor(self.cluster.version):
            raise _invalid(f"Nodegroup Kubernetes version {body['version']} is newer than the cluster's")
        group.version = body.get("version") or group.version
        group.release_version = body.get("releaseVersion") or group.release_version
        return self._updated("VersionUpdate")

    # The control plane

    def update_cluster(self, body: Json) -> Json:
        """Upgrade as EKS does: by one minor version, and never back."""
        before, after = _minor(self.cluster.version), _minor(body["version"])
        if after != before + 1:
            raise _invalid(f"Unsupported Kubernetes minor version update from {self.cluster.version} to 1.{after}")
        self.cluster.version = body["version"]
        return self._updated("VersionUpdate")

    # Changes

    def _updated(self, kind: str) -> Json:
        key = _uuid()
        self.updates[key] = {"id": key, "status": "Successful", "type": kind, "params": [], "errors": []}
        return {"update": self.updates[key]}

    def update(self, id: str) -> Json:
        if id not in self.updates:
            raise missing(f"update {id}")
        return {"update": self.updates[id]}


def _invalid(message: str) -> Refused:
    return Refused(400, "InvalidParameterException", message)


def _minor(version: str) -> int:
    return int(version.split(".")[1])


def _given(body: Json) -> list[Json]:
    return list(body.get("podIdentityAssociations") or [])


def _uuid() -> str:
    return str(mock_random.uuid4())


def _times() -> Json:
    now = datetime.now(UTC).timestamp()
    return {"createdAt": now, "modifiedAt": now}
