"""Secrets of whoever runs ``qcdk`` get into no output, no log and no cache.

Canaries stand where people and pipelines keep secrets: in the environment, in Git's configuration and remotes, in the
kubeconfig and other files of the home folder, in the cluster, in Terraform's state. Commands that succeed and that fail
are run, with all that they can say, and everything that they print or leave is searched, also as base64 and inside of
archives.
"""

import base64
import gzip
import json
import shutil
import tarfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml

from cluster.server import Cluster
from support.operations.bakery import Bakery

pytestmark = pytest.mark.slow

VARIABLES = (
    "ANTHROPIC_API_KEY",
    "ARM_CLIENT_SECRET",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "BAKERY_DATABASE_PASSWORD",
    "CI_JOB_TOKEN",
    "COSIGN_PASSWORD",
    "GITHUB_TOKEN",
    "GOOGLE_CREDENTIALS",
    "NPM_TOKEN",
    "OPENAI_API_KEY",
    "PGPASSWORD",
    "QCDK_MISSPELT",
    "QUANTACIRC_DATABASE_PASSWORD",
    "REGISTRY_PASSWORD",
    "TF_VAR_password",
)


def canary(place: str) -> str:
    return f"canary-{place}-Zm9yZ2V0-93f1c7".lower()


@pytest.fixture
def planted(tmp_path: Path) -> Iterator[tuple[Bakery, dict[str, str], set[Path]]]:
    """Return a project with a cluster, the canaries by their place, and the files that have them."""
    with Cluster().running() as cluster:
        bakery = Bakery(tmp_path, cluster).set_up()
        found = {name: canary(name) for name in VARIABLES}
        files = set()

        def write(path: Path, text: str, place: str) -> None:
            found[place] = canary(place)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("CANARY", found[place]))
            files.add(path)

        home = tmp_path
        remote = '[url "https://me:CANARY@git.example/"]\n insteadOf = x:\n'
        write(home / ".gitconfig", f'{remote}[http]\n extraHeader = "Authorization: CANARY"\n', "gitconfig")
        write(home / ".netrc", "machine git.example login me password CANARY\n", "netrc")
        write(home / ".docker" / "config.json", '{"auths": {"registry.example": {"auth": "CANARY"}}}\n', "docker")
        write(home / ".aws" / "credentials", "[default]\naws_secret_access_key = CANARY\n", "aws")
        write(home / ".npmrc", "//registry.example/:_authToken=CANARY\n", "npmrc")
        write(bakery.project.root / ".env", "PASSWORD=CANARY\n", "dotenv")
        stack = bakery.project.root / "dist" / "terraform" / "stacks" / "home-local"
        write(stack / "terraform.tfstate", '{"resources": [{"password": "CANARY"}]}\n', "tfstate")
        config = yaml.safe_load((home / "kubeconfig").read_text())
        config["users"][0]["user"] = {"token": "CANARY"}
        write(home / "kubeconfig", yaml.safe_dump(config), "kubeconfig")
        found["secret"] = canary("secret")
        secret = {"data": {"password": base64.b64encode(found["secret"].encode()).decode()}}
        bakery.environment |= {name: found[name] for name in VARIABLES}
        bakery.environment |= {"GIT_CONFIG_GLOBAL": str(home / ".gitconfig"), "TMPDIR": str(tmp_path / "tmp")}
        bakery.environment |= {"QCDK_CACHE_DIR": str(tmp_path / "cache")}
        (tmp_path / "tmp").mkdir()
        cluster.put({"kind": "Namespace", "metadata": {"name": "bakery"}}, "")
        cluster.put({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "database"}, **secret})
        yield bakery, found, files


def forms(text: str) -> set[bytes]:
    """Return how a text can stand in a file: as it is, in an address, and as base64 at each of three offsets."""
    found = {text.encode(), quote(text, safe="").encode()}
    for offset in range(3):
        encoded = base64.b64encode(b"x" * offset + text.encode())
        found.add(encoded[4 if offset else 0 : len(encoded) // 4 * 4 - 4])
    return found


def pieces(path: Path) -> Iterator[bytes]:
    """Yield the content of a file, and of what it contains."""
    data = path.read_bytes()
    yield data
    if tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            yield from (file.read() for one in archive if (file := archive.extractfile(one)))
    elif data[:2] == b"\x1f\x8b":
        yield gzip.decompress(data)


def leaked(data: bytes, canaries: dict[str, str]) -> set[str]:
    """Return the places whose secrets are in some bytes."""
    return {place for place, text in canaries.items() if any(form in data for form in forms(text))}


def commands(bakery: Bakery) -> Iterator[tuple[str, ...]]:
    """Yield commands, those that fail included: on the cluster with its small chart, then on the whole output."""
    yield from (("deploy", "home", "--yes"), ("health", "home"), ("deploy", "home", "--yes"))
    yield from (("rollback", "home", "--yes"), ("deploy", "home", "--yes", "--timeout", "soon"), ("deploy", "away"))
    shutil.rmtree(bakery.chart)
    yield from (("validate",), ("synth", "--force"), ("synth",), ("synth", "--check"), ("show", "home"), ("list",))
    yield from (("explain", "components"), ("parity",), ("graph", "home"), ("diff",), ("diff", "--against", "nothing"))
    yield from (("report", "--since", "HEAD"), ("package", "--provenance", str(bakery.root / "provenance.json")))
    yield from (("doctor",), ("doctor", "--for", "home"), ("deploy", "home", "--yes"), ("wire", "home", "-"))
    yield from (("release", "home", "--images", "none.json"), ("promote", "home", "away"))


def test_no_command_prints_or_leaves_a_secret(planted: tuple[Bakery, dict[str, str], set[Path]]) -> None:
    bakery, canaries, files = planted
    project = bakery.project.root
    bakery.commit("first")
    remote = f"https://me:{canaries['gitconfig']}@git.example/bakery.git"
    assert bakery.run("git", "remote", "add", "origin", remote).returncode == 0
    statuses: dict[str, list[int]] = defaultdict(list)
    for words in commands(bakery):
        done = bakery.run(*bakery.command("--debug", "--verbose", *words))
        statuses[words[0]].append(done.returncode)
        print(words, done.returncode, (done.stderr or done.stdout)[-150:])
        said = (done.stdout + done.stderr).encode()
        assert leaked(said, canaries) == set(), (words, done.stdout, done.stderr)
        assert done.returncode != 70, (words, done.stderr)
    assert statuses["deploy"] == [0, 0, 2, 2, 2]
    assert [statuses[name][0] for name in ("health", "rollback", "synth", "package", "report")] == [0] * 5
    found = {}
    left = [path for path in bakery.root.rglob("*") if path.is_file() and path not in files]
    for path in left:
        inside = path.relative_to(bakery.root).parts
        if ".git" not in inside and (names := set().union(*(leaked(piece, canaries) for piece in pieces(path)))):
            found["/".join(inside)] = names
    assert found == {}
    assert any(path.is_relative_to(bakery.root / "cache") for path in left)
    assert any(path.suffix == ".tgz" for path in left)
    assert len([path for path in left if path.is_relative_to(project / "dist")]) > 30
    in_cluster = json.dumps([bakery.cluster.list(kind) for kind in ("ConfigMap", "Deployment", "Lease")])
    assert leaked(in_cluster.encode(), canaries) == set()


@pytest.mark.parametrize("how", ["plain", "base64", "url", "archive", "gzip"])
def test_a_secret_is_found_in_every_form(tmp_path: Path, how: str) -> None:
    text = canary("somewhere")
    said = {"base64": base64.b64encode(f"a{text}b".encode()), "url": quote(text, safe="").encode()}
    data = b"before " + said.get(how, text.encode()) + b" after"
    file = tmp_path / "file"
    file.write_bytes(gzip.compress(data) if how == "gzip" else data)
    if how == "archive":
        with tarfile.open(tmp_path / "archive", "w:gz") as archive:
            archive.add(file)
        file = tmp_path / "archive"
    assert set().union(*(leaked(piece, {"somewhere": text}) for piece in pieces(file))) == {"somewhere"}
