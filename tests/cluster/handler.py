"""The API over HTTP: which request means what."""

import copy
import json
import re
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import yaml

from cluster import discovery, patches, protobuf, websocket
from cluster.refusal import Refused
from cluster.resources import Resource
from cluster.store import Json, selected

if TYPE_CHECKING:
    from cluster.server import Cluster

_PATH = re.compile(
    r"/(?:api/(?P<core>v1)|apis/(?P<group>[^/]+)/(?P<version>[^/]+))"
    r"(?:/namespaces/(?P<namespace>[^/]+)(?=/[^/]))?/(?P<plural>[^/]+)(?:/(?P<name>[^/]+)(?:/(?P<sub>.+))?)?"
)
OPENAPI_V2 = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
REPLICAS = {"f:spec": {"f:replicas": {}}}
REASONS = {"401": "Unauthorized", "403": "Forbidden", "409": "Conflict", "422": "Invalid", "429": "TooManyRequests"}


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    api: "Cluster"
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *arguments: Any) -> None:
        pass

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

    def _serve(self) -> None:
        body = self._body()
        request = f"{self.command} {self.path}"
        self.api.requests.append(request)
        fault = next((fault for fault in list(self.api.faults) if fault.strikes(request)), None)
        if fault and fault.does == "hang":
            lifted = self.api.lifted
            lifted.wait(600)
        if fault and fault.does in ("hang", "close"):
            self.close_connection = True
            self.connection.close()
            return
        try:
            if fault:
                raise Refused(int(fault.does), REASONS.get(fault.does, "InternalError"), "an injected fault")
            self._route(body)
        except Refused as refused:
            self._answer(refused.status(), refused.code)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":  # as `kubectl delete --raw` sends it
            chunks = []
            while size := int(self.rfile.readline().partition(b";")[0], 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(chunks)
        length = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(length) if length else b""

    def _answer(self, document: Any, code: int = 200) -> None:
        self._send(json.dumps(document).encode(), "application/json", code)

    def _send(self, data: bytes, kind: str, code: int = 200) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _route(self, body: bytes) -> None:
        url = urlsplit(self.path)
        self.query = {name: values[-1] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        resources, path = self.api.served, url.path.rstrip("/")
        fixed: dict[str, Any] = {
            "/version": lambda: discovery.version(self.api.minor),
            "/api": discovery.core_versions,
            "/apis": lambda: discovery.groups(resources),
            "/openapi/v3": lambda: discovery.openapi_index(resources),
            "/api/v1": lambda: discovery.group_resources(resources, "v1"),
        }
        if path.startswith("/test/"):
            self._steer(*path.split("/")[2:])
        elif path in fixed:
            self._answer(fixed[path]())
        elif path == "/openapi/v2":
            self._send(discovery.openapi_v2(resources), OPENAPI_V2)
        elif path.startswith("/openapi/v3/"):
            self._answer(discovery.openapi(resources, path.removeprefix("/openapi/v3/")))
        elif (found := discovery.group_resources(resources, path.removeprefix("/apis/"))) and path.startswith("/apis/"):
            self._answer(found)
        else:
            self._objects(path, _decoded(body, self.headers.get("Content-Type", "")))

    def _steer(self, action: str, *values: str) -> None:
        """Let a test that is no Python decide what happens from now on."""
        if action == "slow":
            self.api.slow_down(float(values[0]))
        elif action == "break":
            self.api.break_down(rf"^{values[1]} (?!/test/)", values[0])
        else:
            self.api.mend()
        self._answer({})

    def _objects(self, path: str, body: Any) -> None:
        match = _PATH.fullmatch(path)
        if match is None:
            raise Refused(404, "NotFound", "the server could not find the requested resource")
        group, version = match["group"] or "", match["core"] or match["version"]
        resource = next(
            (
                one
                for one in self.api.served
                if (one.group, one.version, one.plural) == (group, version, match["plural"])
            ),
            None,
        )
        if resource is None:
            raise Refused(404, "NotFound", "the server could not find the requested resource")
        namespace, name, sub = match["namespace"] or "", match["name"] or "", match["sub"] or ""
        self._allow(resource, bool(name))
        if resource.kind == "SelfSubjectAccessReview":
            asked = body["spec"]["resourceAttributes"]
            allowed = f"{asked['verb']} {asked['resource']}" not in self.api.forbidden
            self._answer({**body, "status": {"allowed": allowed}}, 201)
        elif sub == "exec":
            self._exec(name)
        elif sub.startswith("proxy"):
            self._proxy(f"{name}{sub.removeprefix('proxy')}")
        elif self.command == "GET" and name:
            self._answer(self._managed(self.api.store.get(resource, namespace, name), resource, namespace, name))
        elif self.command == "GET" and self.query.get("watch") in ("true", "1"):
            self._watch(resource, namespace)
        elif self.command == "GET":
            items = self.api.store.list(
                resource, namespace, self.query.get("labelSelector", ""), self.query.get("fieldSelector", "")
            )
            self._answer(
                {
                    "kind": f"{resource.kind}List",
                    "apiVersion": resource.api_version,
                    "metadata": {"resourceVersion": str(self.api.store.version)},
                    "items": items,
                }
            )
        else:
            self._change(resource, namespace, name, sub, body)

    def _allow(self, resource: Resource, named: bool) -> None:
        """Refuse what is forbidden, as an authorizer does before anybody looks at the object."""
        reads = "get" if named else "watch" if self.query.get("watch") in ("true", "1") else "list"
        verb = {"GET": reads, "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}[self.command]
        if f"{verb} {resource.plural}" in self.api.forbidden:
            said = f'User "ann" cannot {verb} resource "{resource.plural}"'
            raise Refused(403, "Forbidden", f"{resource.title} is forbidden: {said}")

    def _proxy(self, place: str) -> None:
        answer = self.api.answers.get(place)
        if answer is None:
            raise Refused(503, "ServiceUnavailable", "no endpoints available for service")
        self._answer(answer)

    def _exec(self, pod: str) -> None:
        """Answer a command in a pod with what the test has put under its name."""
        found = self.api.answers.get(f"{pod}/exec")
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", websocket.accept(self.headers["Sec-WebSocket-Key"]))
        self.send_header("Sec-WebSocket-Protocol", websocket.PROTOCOL)
        self.end_headers()
        for frame in websocket.answer(json.dumps(found), "" if found else "no such command"):
            self.wfile.write(frame)
        self.close_connection = True

    def _change(self, resource: Resource, namespace: str, name: str, sub: str, body: Any) -> None:
        store, dry_run = self.api.store, self.query.get("dryRun") == "All"
        if self.command == "POST":
            if resource.kind == "Service":
                body["spec"].setdefault("clusterIP", f"10.96.0.{len(store.objects) % 250}")
            self._answer(store.create(resource, namespace, body, dry_run=dry_run), 201)
        elif self.command == "DELETE":
            if not name:
                gone = store.list(resource, namespace, self.query.get("labelSelector", ""))
                for item in gone:
                    store.delete(resource, namespace, item["metadata"]["name"])
                self._answer({"kind": "Status", "apiVersion": "v1", "status": "Success"})
            else:
                conditions = (body or {}).get("preconditions") or {}
                wanted = str(conditions.get("resourceVersion") or "")
                item = (
                    store.get(resource, namespace, name) if dry_run else store.delete(resource, namespace, name, wanted)
                )
                self._answer(item)
        elif self.command == "PUT":
            self._answer(store.update(resource, namespace, name, body, dry_run=dry_run, status=sub == "status"))
        else:
            self._answer(*self._patched(resource, namespace, name, sub, body, dry_run))

    def _patched(
        self, resource: Resource, namespace: str, name: str, sub: str, body: Any, dry_run: bool
    ) -> tuple[Json, int]:
        store, kind = self.api.store, self.headers.get("Content-Type", "")
        with store.changed:
            if kind.startswith("application/apply-patch"):
                key = (*store.key(resource, namespace, name), self.query.get("fieldManager", ""))
                before = self.api.applied.get(key)
                others = self._owners(key, body, dry_run=dry_run)
                if not dry_run:
                    self.api.applied[key] = copy.deepcopy(body)
                try:
                    old = store.get(resource, namespace, name)
                except Refused:
                    if resource.kind == "Service":
                        body["spec"].setdefault("clusterIP", f"10.96.0.{len(store.objects) % 250}")
                    return store.create(resource, namespace, body, dry_run=dry_run), 201
                merged = patches.apply(old, body, before, others)
                return store.update(resource, namespace, name, merged, dry_run=dry_run), 200
            old = store.get(resource, namespace, name)
            if kind.startswith("application/json-patch"):
                new = patches.json_patch(old, body)
            elif kind.startswith("application/strategic"):
                new = patches.strategic_merge(old, body)
            else:
                new = patches.merge_patch(old, body)
            if "resourceVersion" not in (body.get("metadata") or {} if isinstance(body, dict) else {}):
                new["metadata"].pop("resourceVersion", None)
            done = store.update(resource, namespace, name, new, dry_run=dry_run, status=sub == "status")
            if not dry_run and (done.get("spec") or {}).get("replicas") != (old.get("spec") or {}).get("replicas"):
                manager = self.query.get("fieldManager") or self.headers.get("User-Agent", "").partition("/")[0]
                self.api.owns_replicas(store.key(resource, namespace, name), manager)
            return done, 200

    def _managed(self, item: Json, resource: Resource, namespace: str, name: str) -> Json:
        """Return an object with the fields that each manager has applied."""
        key = self.api.store.key(resource, namespace, name)
        entries = [
            {"manager": manager, "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": patches.fields(applied)}
            for (*place, manager), applied in list(self.api.applied.items())
            if tuple(place) == key
        ]
        if scaled := self.api.scaled.get(key):
            entries.append({"manager": scaled, "operation": "Update", "fieldsType": "FieldsV1", "fieldsV1": REPLICAS})
        return {**item, "metadata": {**item["metadata"], "managedFields": entries}} if entries else item

    def _owners(self, key: tuple[str, ...], body: Json, *, dry_run: bool) -> list[Json]:
        """Return what other managers own of an object; refuse what one has set to something else, unless forced."""
        owners = {other: owned for other, owned in self.api.applied.items() if other[:-1] == key[:-1] and other != key}
        if scaler := self.api.scaled.get(key[:-1]):
            number = self.api.store.objects[key[:-1]]["spec"]["replicas"]
            owners[*key[:-1], f"{scaler} (Update)"] = {"spec": {"replicas": number}}
        found = []
        for other, owned in owners.items():
            taken = [one for one in patches.conflicts(body, owned) if one.startswith(".spec")]
            if taken and self.query.get("force") != "true":
                said = f'Apply failed with {len(taken)} conflict: conflict with "{other[-1]}": {taken[0]}'
                raise Refused(409, "Conflict", said)
            for path in taken:
                owned = patches.given_up(owned, path)
            if not dry_run and other in self.api.applied:
                self.api.applied[other] = owned
            elif not dry_run and taken:
                del self.api.scaled[key[:-1]]
            found.append(owned)
        return found

    def _watch(self, resource: Resource, namespace: str) -> None:
        store = self.api.store
        labels, fields = self.query.get("labelSelector", ""), self.query.get("fieldSelector", "")
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        seen = int(self.query.get("resourceVersion") or 0)
        if self.query.get("sendInitialEvents") == "true" or not seen:
            with store.changed:
                seen = store.version
                items = store.list(resource, namespace, labels, fields)
            for item in items:
                self._event("ADDED", item)
            if self.query.get("sendInitialEvents") == "true":
                mark = {"resourceVersion": str(seen), "annotations": {"k8s.io/initial-events-end": "true"}}
                self._event("BOOKMARK", {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": mark})
        until = time.monotonic() + float(self.query.get("timeoutSeconds") or 300)
        while not self.api.stopping.is_set() and time.monotonic() < until:
            with store.changed:
                new = [event for event in store.events if event[0] > seen]
                if not new:
                    store.changed.wait(0.5)
                    continue
            for number, event, kind, item in new:
                seen = number
                if (
                    kind == resource
                    and namespace in ("", item["metadata"].get("namespace"))
                    and selected(item, labels, fields)
                ):
                    self._event(event, item)
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, event: str, item: Json) -> None:
        data = json.dumps({"type": event, "object": item}).encode() + b"\n"
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()


def _decoded(body: bytes, kind: str) -> Any:
    if not body:
        return None
    if body.startswith(protobuf.MAGIC):
        return protobuf.decode(body)
    return yaml.safe_load(body) if "yaml" in kind else json.loads(body)
