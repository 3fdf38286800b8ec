"""The Job that makes Secrets, run against an API server that keeps them: created once, completed, never changed."""

import base64
import json
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import CalledProcessError

import pytest

from quantacirc_cdk.kubernetes.generated_secrets import GeneratedSecret, secret_lines
from support.kubernetes.bus import make_certificates, run_script
from support.kubernetes.manifests import Object, find
from support.tools import require

pytestmark = pytest.mark.integration

Secrets = dict[str, dict[str, str]]


class Api(ThreadingHTTPServer):
    """As much of the Kubernetes API as Secrets need; refuses whoever has not the token."""

    def __init__(self, tls: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls / "tls.crt", tls / "tls.key")
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.secrets: Secrets = {}
        self.writes: list[str] = []


class Handler(BaseHTTPRequestHandler):
    server: Api

    def answer(self, status: int, body: Object) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def handle_request(self) -> None:
        if self.headers["Authorization"] != "Bearer the-token":
            self.answer(403, {"message": "secrets is forbidden"})
            return
        path, _, name = self.path.partition("/api/v1/namespaces/shop/secrets")
        assert path == ""
        name = name.lstrip("/")
        if self.command == "GET":
            found = self.server.secrets.get(name)
            data = {key: base64.b64encode(value.encode()).decode() for key, value in (found or {}).items()}
            self.answer(200 if found is not None else 404, {"data": data} if found is not None else {"message": "no"})
            return
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = name or body["metadata"]["name"]
        self.server.writes.append(f"{self.command} {name}")
        self.server.secrets.setdefault(name, {}).update(body["stringData"])
        self.answer(201 if self.command == "POST" else 200, {})

    do_GET = do_POST = do_PATCH = handle_request  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    for program in ("curl", "jq", "openssl"):
        require(program, f"install Debian's package {program}")
    tls = make_certificates(tmp_path, "api localhost\n") / "api"
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "token").write_text("the-token")
    (tmp_path / "credentials" / "ca.crt").write_text((tls / "ca.crt").read_text())
    server = Api(tls)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def run(api: Api, folder: Path, lines: str) -> str:
    """Run the Job's script; return what it says."""
    (folder / "secrets").write_text(lines)
    environment = {
        "API": f"https://localhost:{api.server_port}",
        "CREDENTIALS": str(folder / "credentials"),
        "NAMESPACE": "shop",
        "SECRETS_FILE": str(folder / "secrets"),
        "TMPDIR": str(folder),
    }
    return run_script("create-secrets.sh", folder, environment).stdout


LEDGER = GeneratedSecret(name="ledger", random=["password"], fixed={"host": "ledger", "port": "5432"})


def test_secrets_are_created_once_and_never_changed(api: Api, tmp_path: Path) -> None:
    assert run(api, tmp_path, secret_lines([LEDGER])) == "ledger: written\n"
    first = dict(api.secrets["ledger"])
    assert first | {"password": ""} == {"host": "ledger", "port": "5432", "password": ""}
    assert len(first["password"]) == 49
    assert run(api, tmp_path, secret_lines([LEDGER])) == "ledger: complete\n"
    assert api.secrets["ledger"] == first
    assert api.writes == ["POST ledger"]


@pytest.mark.slow
def test_a_key_that_is_missing_is_added_and_the_others_stay(api: Api, tmp_path: Path) -> None:
    api.secrets["ledger"] = {"host": "elsewhere"}
    run(api, tmp_path, secret_lines([LEDGER]))
    assert api.secrets["ledger"]["host"] == "elsewhere"
    assert api.secrets["ledger"].keys() == {"host", "password", "port"}
    assert api.writes == ["PATCH ledger"]


@pytest.mark.slow
def test_no_two_values_are_alike(api: Api, tmp_path: Path) -> None:
    many = GeneratedSecret(name="many", random=[f"user-{n}" for n in range(5)], fixed={})
    run(api, tmp_path, secret_lines([many]))
    assert len(set(api.secrets["many"].values())) == 5


def test_files_that_belong_together_are_written_together(api: Api, tmp_path: Path) -> None:
    for key in ("ca.crt", "tls.crt"):
        (tmp_path / key).write_text(f"-----BEGIN {key}-----\nnew\n")
    lines = f"tls ca.crt@{tmp_path}/ca.crt tls.crt@{tmp_path}/tls.crt\n"
    api.secrets["tls"] = {"ca.crt": "of another authority"}
    run(api, tmp_path, lines)
    assert api.secrets["tls"] == {key: f"-----BEGIN {key}-----\nnew\n" for key in ("ca.crt", "tls.crt")}
    (tmp_path / "ca.crt").write_text("newer")
    assert run(api, tmp_path, lines) == "tls: complete\n"
    assert "newer" not in api.secrets["tls"].values()


def test_a_refusal_of_the_api_fails_the_job_and_says_why(api: Api, tmp_path: Path) -> None:
    (tmp_path / "credentials" / "token").write_text("another")
    with pytest.raises(CalledProcessError) as caught:
        run(api, tmp_path, secret_lines([LEDGER]))
    assert caught.value.stderr.strip() == "ledger: the API answered 403: secrets is forbidden"


def test_the_certificate_is_good_for_every_name_that_clients_use(
    rendered: Mapping[str, Sequence[Object]], tmp_path: Path
) -> None:
    require("openssl", "install Debian's package openssl")
    lines = find(rendered["local"], "ConfigMap", "create-secrets")["data"]["certificates"]
    made = make_certificates(tmp_path, lines) / "bus-tls"
    assert sorted(path.name for path in made.iterdir()) == ["ca.crt", "tls.crt", "tls.key"]
    hosts = ["bus", "bus.quantacirc.svc.cluster.local", "bus-0.bus-headless", "localhost"]
    for host in hosts:
        verified(made, "-verify_hostname", host, "-purpose", "sslserver")
    verified(made, "-purpose", "sslclient")
    with pytest.raises(CalledProcessError):
        verified(made, "-verify_hostname", "ledger")
    text = subprocess.run(
        ["openssl", "x509", "-noout", "-text", "-in", made / "tls.crt"], capture_output=True, text=True, check=True
    ).stdout
    assert "prime256v1" in text


def verified(made: Path, *options: str) -> None:
    """Have openssl verify a certificate against its authority."""
    command = ["openssl", "verify", "-x509_strict", "-CAfile", made / "ca.crt", *options, made / "tls.crt"]
    subprocess.run(command, capture_output=True, check=True)


def test_no_certificate_is_made_where_the_cluster_has_cert_manager(rendered: Mapping[str, Sequence[Object]]) -> None:
    for name, objects in rendered.items():
        data = find(objects, "ConfigMap", "create-secrets")["data"]
        assert ("certificates" in data) is (name == "local")
        kinds = {item["kind"] for item in objects}
        assert ({"Certificate", "Issuer"} <= kinds) is (name != "local")
