"""What moto's EKS lacks: add-ons, access entries, Pod Identity associations, and fields that it takes and forgets."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from moto.ec2.models import ec2_backends
from moto.eks import urls
from moto.eks.models import Cluster, EKSBackend, Nodegroup, eks_backends
from moto.eks.responses import EKSResponse

from aws.emulator.eks_objects import Extras, Json, Refused, addon_versions, missing


def _extras(account: str, region: str, name: str) -> Extras:
    cluster = eks_backends[account][region].clusters.get(name)
    if cluster is None:
        raise missing(f"cluster for name: {name}")
    if not hasattr(cluster, "extras"):
        cluster.extras = Extras(cluster, account, region)  # type: ignore[attr-defined]
    extras: Extras = cluster.extras  # type: ignore[attr-defined]
    return extras


_ROUTES: list[tuple[str, str, Callable[..., Json]]] = [
    ("POST", r"addons", lambda extras, body, query: extras.create_addon(body)),
    ("GET", r"addons", lambda extras, body, query: extras.list_addons()),
    ("POST", r"addons/(.+)/update", lambda extras, body, query, name: extras.update_addon(name, body)),
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
    ("GET", r"access-entries", lambda extras, body, query: extras.list_entries()),
    ("POST", r"access-entries/(.+)", lambda extras, body, query, who: extras.update_entry(who, body)),
    ("GET", r"access-entries/(.+)", lambda extras, body, query, who: extras.entry(who)),
    ("DELETE", r"access-entries/(.+)", lambda extras, body, query, who: extras.delete_entry(who)),
    ("POST", r"pod-identity-associations", lambda extras, body, query: extras.create_identity(body)),
    ("GET", r"pod-identity-associations", lambda extras, body, query: extras.list_identities(query)),
    ("GET", r"pod-identity-associations/(.+)", lambda extras, body, query, key: extras.identity(key)),
    ("POST", r"pod-identity-associations/(.+)", lambda extras, body, query, key: extras.update_identity(key, body)),
    ("POST", r"node-groups/(.+)/update-version", lambda extras, body, query, name: extras.update_version(name, body)),
    ("POST", r"updates", lambda extras, body, query: extras.update_cluster(body)),
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


def serve_addon_versions(request: Any, full_url: str, headers: Any) -> tuple[int, dict[str, Any], str]:
    """Answer which versions of an add-on there are."""
    return 200, {"Content-Type": "application/json"}, json.dumps(addon_versions(parse_qs(urlsplit(full_url).query)))


_PATHS = ("addons", "access-entries", "pod-identity-associations", "node-groups/[^/]+/update-version", "updates")


def install() -> None:
    """Add the operations to moto."""
    for kind in _PATHS:
        urls.url_paths[f"{{0}}/clusters/(?P<name>[^/]+)/(?P<rest>{kind}.*)$"] = serve
    urls.url_paths["{0}/addons/supported-versions$"] = serve_addon_versions
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
