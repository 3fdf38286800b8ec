"""Whole outputs: where they come from, what is compared, how it is written."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from quantacirc_cdk.diff import FORMATS, Files, Impact, compare_outputs, read_folder, read_revision
from quantacirc_cdk.errors import OutputError
from support.diff.objects import an, files

BEFORE = files(an("Deployment"), an("PersistentVolumeClaim"), stack={"aws_s3_bucket": {"a": {"bucket": "x"}}})
AFTER = files(an("Deployment", {"spec.template.spec.containers.0.image": "web:2|<b>"}), an("Service"),
              stack={"aws_s3_bucket": {"a": {"bucket": "y"}}})  # fmt: skip


def test_the_worst_comes_first_in_each_place() -> None:
    report = compare_outputs(BEFORE, AFTER)
    assert report.impact == Impact.STATEFUL_DESTROY
    assert [(item.side, item.place, item.name, item.action, item.impact.value) for item in report.objects] == [
        ("kubernetes", "prod", "PersistentVolumeClaim web", "removed", "data-loss"),
        ("kubernetes", "prod", "Deployment web", "changed", "rolling-restart"),
        ("kubernetes", "prod", "Service web", "added", "no-op"),
        ("terraform", "prod-aws", "aws_s3_bucket.a", "changed", "stateful-destroy"),
    ]
    assert [item.name for item in report.reaching([Impact.DATA_LOSS])] == ["PersistentVolumeClaim web"]


def test_the_same_output_differs_in_nothing_whatever_its_files_are_called() -> None:
    renamed = {path.replace("web.k8s", "other"): text for path, text in BEFORE.items()}
    assert compare_outputs(BEFORE, renamed).objects == []
    assert FORMATS["text"](compare_outputs(BEFORE, renamed)) == "before and after: no difference\n"


CHART = {"chart": "oci://r.example/search", "version": "3.2.1", "digest": "sha256:0a", "namespace": "search",
         "wave": -1, "values": {"replicas": 1}}  # fmt: skip


def charts(environment: str = "prod", **changes: object) -> Files:
    text = yaml.safe_dump({"search": {key: one for key, one in {**CHART, **changes}.items() if one is not None}})
    return files(an("Deployment")) | {f"operations/{environment}.charts.yaml": text.encode()}


@pytest.mark.parametrize(
    ("changes", "field", "impact"),
    [
        ({"version": "4.0.0"}, "spec.version", "unavailability"),
        ({"digest": "sha256:0b"}, "spec.digest", "unavailability"),
        ({"values": {"replicas": 3}}, "spec.values.replicas", "unavailability"),
        ({"wave": -2}, "spec.wave", "no-op"),
        ({"clusterWide": "It is an operator."}, "spec.clusterWide", "widens-access"),
    ],
)
def test_a_change_of_a_third_party_chart_is_seen(changes: dict[str, object], field: str, impact: str) -> None:
    document = json.loads(FORMATS["json"](compare_outputs(charts(), charts(**changes))))
    (item,) = document["objects"]
    assert (item["side"], item["place"], item["name"]) == ("kubernetes", "prod", "ChartRelease search")
    assert [(one["field"], one["impact"]) for one in item["changes"]] == [(field, impact)]


def test_a_third_party_chart_that_moves_or_goes_may_lose_its_data() -> None:
    assert compare_outputs(charts(), charts()).objects == []
    gone = compare_outputs(charts(), files(an("Deployment")))
    assert [(item.name, item.action, item.impact) for item in gone.objects] == [
        ("ChartRelease search", "removed", Impact.DATA_LOSS)
    ]
    moved = compare_outputs(charts(), charts(namespace="finder"))
    assert sorted(item.action for item in moved.objects) == ["added", "removed"]
    other = compare_outputs(charts(), charts() | charts("qa", version="4.0.0"))
    assert other.objects == []  # the file of an environment without manifests


@pytest.mark.parametrize("text", ["[1]", "search: 1", "a: b: c", "a: 1\n---\nb: 2"])
def test_a_file_of_charts_that_is_none_is_refused(text: str) -> None:
    broken = files(an("Deployment")) | {"operations/prod.charts.yaml": text.encode()}
    with pytest.raises(OutputError, match=r"operations/prod\.charts\.yaml"):
        compare_outputs(charts(), broken)


def test_a_new_environment_interrupts_nothing() -> None:
    """A policy, a quota or an image policy is in the way of what runs already: in a new environment nothing does."""
    guarded = files(an("Namespace"), an("NetworkPolicy"), an("ResourceQuota"), an("Deployment"))
    assert compare_outputs({}, guarded).impact == Impact.NO_OP
    assert compare_outputs(files(an("Namespace"), an("Deployment")), guarded).impact == Impact.UNAVAILABILITY
    beside = {path.replace("prod", "qa"): text for path, text in guarded.items()}
    assert compare_outputs(guarded, guarded | beside).impact == Impact.NO_OP


def test_json_names_fields_values_rules_and_sources() -> None:
    document = json.loads(FORMATS["json"](compare_outputs(BEFORE, AFTER)))
    assert document["summary"]["data-loss"] == 1
    (change,) = document["objects"][1]["changes"]
    assert change == {
        "field": "spec.template.spec.containers.web.image",
        "impact": "rolling-restart",
        "before": "web:1",
        "after": "web:2|<b>",
        "rule": "deployment-template",
        "says": "a change of the pod template starts a rolling update",
        "source": "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#updating-a-deployment",
    }


def test_markdown_shows_what_matters_and_folds_the_rest() -> None:
    text = FORMATS["markdown"](compare_outputs(BEFORE, AFTER))
    assert "| changed | `aws_s3_bucket.a` | **destroys a stateful resource** |" in text
    assert "<details><summary>1 without interruption</summary>" in text
    assert text.index("Service web") > text.index("<details>")


def test_text_is_the_same_every_time_and_hides_no_value() -> None:
    texts = {FORMATS["text"](compare_outputs(dict(reversed(BEFORE.items())), AFTER)) for _ in range(3)}
    assert len(texts) == 1
    assert "web:1 → web:2|<b>" in texts.pop()


def test_values_cannot_steer_a_terminal() -> None:
    hostile = files(an("ConfigMap", {"data.LEVEL": "\x1b]0;owned\x07"}))
    assert "\x1b" not in FORMATS["text"](compare_outputs(files(an("ConfigMap")), hostile))


def test_one_environment_is_compared_alone() -> None:
    other = {path.replace("prod", "dev"): text for path, text in AFTER.items()}
    assert {item.place for item in compare_outputs({}, AFTER | other, environments=["dev"]).objects} == {
        "dev",
        "dev-aws",
    }
    with pytest.raises(OutputError, match=r'no environment "prd" in the output, expected "prod"'):
        compare_outputs(BEFORE, AFTER, environments=["prd"])


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("kubernetes/prod/a.yaml", b"a: [", "not YAML in after"),
        ("kubernetes/prod/a.yaml", b"- 1", "not a Kubernetes object in after"),
        ("terraform/stacks/prod-aws/cdk.tf.json", b"{", "not JSON in after"),
        ("terraform/stacks/prod-aws/cdk.tf.json", b"[]", "not a Terraform stack in after"),
    ],
)
def test_what_cannot_be_read_is_named(path: str, text: bytes, said: str) -> None:
    with pytest.raises(OutputError, match=rf"{path}(:\d+)?: {said}"):
        compare_outputs({}, {path: text})


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository whose first commit holds ``BEFORE`` and whose working tree holds ``AFTER``."""

    def git(*arguments: str) -> None:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example", *arguments]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "system.yaml").write_text("")
    write(tmp_path / "dist", BEFORE)
    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", "before")
    write(tmp_path / "dist", AFTER)
    return tmp_path


def write(folder: Path, contents: Files) -> None:
    for path, text in contents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text)


def test_a_revision_is_read_byte_for_byte(repository: Path) -> None:
    assert read_revision(repository, "HEAD", "dist") == BEFORE
    assert read_folder(repository / "dist") == BEFORE | AFTER


def test_a_revision_that_is_not_there_or_an_option_in_disguise_is_refused(repository: Path) -> None:
    for name in ("nowhere", "--all"):
        with pytest.raises(OutputError, match="no Git revision"):
            read_revision(repository, name, "dist")
    with pytest.raises(OutputError, match="has no other/"):
        read_revision(repository, "HEAD", "other")


def test_a_folder_without_a_repository_or_a_commit_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"and so no revision \"HEAD\", expected a folder of output"):
        read_revision(tmp_path, "HEAD", "dist")
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    with pytest.raises(OutputError, match="the Git repository has no commit yet"):
        read_revision(tmp_path, "HEAD", "dist")


def test_long_values_are_shown_from_where_they_differ() -> None:
    long = "a" * 200
    before, after = (files({**an("ConfigMap"), "data": {"f": f"{long} {end}"}}) for end in ("max: 1", "max: 2"))
    text = FORMATS["text"](compare_outputs(before, after))
    assert "aa max: 1 → " in text
    assert "aa max: 2\n" in text


def test_items_of_a_list_are_shown_once_and_the_unchanged_are_counted() -> None:
    rules = [{"to": [{"ipBlock": {"cidr": f"10.{number}.0.0/16"}}]} for number in range(43)]
    report = compare_outputs(files(policy(rules)), files(policy([*rules[1:], {"to": []}])))
    text = FORMATS["text"](report)
    assert '- {"to": [{"ipBlock": {"cidr": "10.0.0.0/16"}}]}' in text
    assert '+ {"to": []}' in text
    assert "42 unchanged" in text
    assert text.count("10.") == 1


def policy(rules: list[dict[str, object]]) -> dict[str, object]:
    return an("NetworkPolicy", {"spec.policyTypes": ["Egress"], "spec.egress": rules})


def test_the_place_of_an_environments_state_belongs_to_the_environment() -> None:
    path = "terraform/stacks/prod-aws-bootstrap/cdk.tf.json"
    before, after = (
        {path: json.dumps({"resource": {"aws_s3_bucket": {"state": {"bucket": x}}}}).encode()} for x in "ab"
    )
    (changed,) = compare_outputs(BEFORE | before, BEFORE | after, environments=["prod"]).objects
    assert (changed.place, changed.impact) == ("prod-aws-bootstrap", Impact.STATEFUL_DESTROY)


def test_a_change_of_karpenter_s_pools_is_seen() -> None:
    def pools(cpu: str) -> Files:
        pool = {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "general"}}
        text = yaml.safe_dump({**pool, "spec": {"limits": {"cpu": cpu}}})
        return files(an("Deployment")) | {"operations/prod.karpenter.yaml": text.encode()}

    (item,) = json.loads(FORMATS["json"](compare_outputs(pools("8"), pools("16"))))["objects"]
    assert (item["place"], item["name"]) == ("prod", "NodePool general")
    assert [one["field"] for one in item["changes"]] == ["spec.limits.cpu"]


def lock(version: str, *hashes: str) -> str:
    listed = "".join(f'    "{one}",\n' for one in hashes)
    return f'provider "registry.example/acme/queue" {{\n  version = "{version}"\n  hashes = [\n{listed}  ]\n}}\n'


def locked(text: str | None, accepts: str = "~> 1.4") -> Files:
    stack = {
        "terraform": {"required_providers": {"queue": {"source": "registry.example/acme/queue", "version": accepts}}}
    }
    made = {"terraform/stacks/prod-aws/cdk.tf.json": json.dumps(stack).encode()}
    return made | ({"terraform/stacks/prod-aws/.terraform.lock.hcl": text.encode()} if text is not None else {})


ALL = [f"zh:{number}" for number in range(5)]


@pytest.mark.parametrize(
    ("before", "after", "name", "rules", "impact"),
    [
        (locked(None), locked(lock("1.4.0", *ALL)), "lock.acme/queue", ["provider-pinned"], "no-op"),
        (locked(lock("1.4.0", *ALL)), locked(lock("1.5.0", *ALL)), "lock.acme/queue", ["provider-version"], "in-place"),
        (locked(lock("1.4.0", *ALL)), locked(lock("1.4.0", *ALL, "h1:a=")), "lock.acme/queue", ["provider-packages"],
         "no-op"),
        (locked(lock("1.4.0", *ALL)), locked(lock("1.4.0", *ALL, "zh:9")), "lock.acme/queue",
         ["provider-other-packages"], "widens-access"),
    ],
)  # fmt: skip
def test_a_change_of_a_lock_file_is_seen(before: Files, after: Files, name: str, rules: list[str], impact: str) -> None:
    document = json.loads(FORMATS["json"](compare_outputs(before, after)))
    (item,) = document["objects"]
    assert (item["side"], item["place"], item["name"]) == ("terraform", "prod-aws", name)
    assert [one["rule"] for one in item["changes"]] == rules
    assert {one["impact"] for one in item["changes"]} == {impact}


def test_a_lock_file_that_goes_or_does_not_fit_is_named() -> None:
    gone = compare_outputs(locked(lock("1.4.0", *ALL)), locked(None))
    assert {item.name: [one.rule.id for one in item.findings] for item in gone.objects} == {
        "lock.acme/queue": ["provider-unpinned"],
        "lock.stack": ["provider-lock-incomplete"],
    }
    moved = compare_outputs(locked(lock("1.4.0", *ALL)), locked(lock("1.4.0", *ALL), accepts=">= 1.5"))
    (said,) = [one.note for item in moved.objects if item.name == "lock.stack" for one in item.findings]
    assert said == "acme/queue is locked at 1.4.0, and the stack requires >= 1.5"
    assert said in " ".join(FORMATS["text"](moved).split())
    new = compare_outputs(files(an("Deployment")), files(an("Deployment")) | locked(None))
    assert "lock.stack" in {item.name for item in new.objects}
    # A stack that never had one is not named again and again.
    text = locked(None)["terraform/stacks/prod-aws/cdk.tf.json"]
    more = {"terraform/stacks/prod-aws/cdk.tf.json": text[:-1] + b', "output": {"a": {"value": 1}}}'}
    assert [item.name for item in compare_outputs(locked(None), more).objects] == ["output.a"]
    destroyed = compare_outputs(locked(lock("1.4.0", *ALL)), files(an("Deployment")))
    assert [item.name for item in destroyed.objects if item.name.startswith("lock")] == []


def _route(backends: object) -> Files:
    route = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "web"},
        "spec": {"rules": [{"backendRefs": backends}]},
    }
    return {"kubernetes/prod/HTTPRoute.web.yaml": yaml.safe_dump(route).encode()}


def test_an_object_without_the_form_of_its_kind_is_refused_with_its_place() -> None:
    changes = compare_outputs(_route(["a"]), _route(["b", 3]))
    with pytest.raises(OutputError) as refused:
        FORMATS["text"](changes)
    assert str(refused.value.problems[0]).startswith("prod: HTTPRoute web: an object without the form of its kind (")
