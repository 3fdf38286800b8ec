"""A kind's functions that are no hooks, and hooks that it lacks, are reported with their place."""

import re
from collections.abc import Callable

import pytest

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.kinds.hooks import HOOKS
from quantacirc_cdk.model import load_project
from support.memcached import SPEC, write_kind
from support.project import Project
from support.tools import ROOT

pytestmark = pytest.mark.integration

CACHE = """\
components:
  mc:
    kind: memcached
    image: memcached
    storage: { size: 1Gi, path: /data }
"""
IMAGE = "images:\n  memcached: { registry: docker.io, repository: library/memcached, tag: '1.6' }\n"
BUILD = "\n\ndef kubernetes_build(scope, context, name):\n    pass\n"


def cached(project: Project, *, one_file: str | None = None) -> Project:
    """Return a project with a cache, of the kind in a folder or in one file."""
    if one_file is None:
        write_kind(project.root)
    else:
        folder = project.root / "apps" / "kinds"
        folder.mkdir(parents=True)
        (folder / "memcached.py").write_text(one_file)
    project.replace_in_system("images:\n", IMAGE)
    project.replace_in_system("components:\n", CACHE)
    return project


def problems(project: Project) -> list[str]:
    with pytest.raises(ModelError) as caught:
        load_project(project.root)
    return [str(problem) for problem in caught.value.problems]


def test_a_kind_that_creates_nothing_in_the_cluster_is_refused_at_its_component(project: Callable[[], Project]) -> None:
    found = cached(project(), one_file=SPEC)
    line = (found.root / "apps" / "system.yaml").read_text().splitlines().index("    kind: memcached") + 1
    what = "a memcached, which has no objects in a cluster"
    expected = "the function `kubernetes_build` in apps/kinds/memcached.py"
    assert problems(found) == [f"apps/system.yaml:{line}: components.mc.kind: {what}, expected {expected}"]


def test_so_is_one_in_a_folder(project: Callable[[], Project]) -> None:
    found = cached(project())
    (found.root / "apps" / "kinds" / "memcached" / "kubernetes.py").unlink()
    (said,) = problems(found)
    assert said.endswith("expected the function `build` in apps/kinds/memcached/kubernetes.py")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("offers_tld", '"offers_told"'),
        ("ofers_told", '"offers_told"'),
        ("kubernetes_biuld_", '"kubernetes_build"'),
        ("diff_colours", "one of diff_risks, diff_rules"),
        ("cloud_gcp_creat", '"cloud_gcp_create"'),
    ],
)
def test_a_function_of_a_kind_of_one_file_that_is_no_hook_is_reported_with_the_nearest(
    name: str, expected: str, project: Callable[[], Project]
) -> None:
    text = f"{SPEC}\n\ndef {name}(*_):\n    pass\n"
    line = text.splitlines().index(f"def {name}(*_):") + 1
    said = f'apps/kinds/memcached.py:{line}: the function "{name}" is no hook of a kind, expected {expected}'
    assert problems(cached(project(), one_file=text)) == [f'{said}, or "_{name}" for a helper']


def test_a_function_of_its_own_is_none_of_ours(project: Callable[[], Project]) -> None:
    own = "\n\ndef _offers_tld():\n    pass\n\n\ndef grow(size):\n    return size\n"
    assert load_project(cached(project(), one_file=SPEC + BUILD + own).root)


def test_a_misspelt_function_in_a_folder_is_reported_if_the_hook_is_missing(project: Callable[[], Project]) -> None:
    found = cached(project())
    offers = found.root / "apps" / "kinds" / "memcached" / "offers.py"
    assert "def told(" in offers.read_text()
    offers.write_text(offers.read_text().replace("def told(", "def tld("))
    (said,) = problems(found)
    assert re.fullmatch(
        r'apps/kinds/memcached/offers.py:\d+: the function "tld" is no hook of a kind, expected "told".*', said
    )
    offers.write_text(
        offers.read_text() + "\n\ndef told(context, name, client):\n    return tld(context, name, client)\n"
    )
    assert load_project(found.root)


def test_a_module_in_a_folder_that_is_not_python_is_named(project: Callable[[], Project]) -> None:
    found = cached(project())
    (found.root / "apps" / "kinds" / "memcached" / "offers.py").write_text("def\n")
    (said,) = problems(found)
    assert 'the kind "memcached" is not Python' in said


def test_a_kind_that_cannot_be_loaded_is_reported_at_its_line(project: Callable[[], Project]) -> None:
    text = SPEC.replace("KIND = Memcached", "KIND = Memcachd")
    line = text.splitlines().index("KIND = Memcachd") + 1
    (said,) = problems(cached(project(), one_file=text))
    assert said.startswith(f'apps/kinds/memcached.py:{line}: the kind "memcached" cannot be loaded: NameError: ')


def test_a_hook_with_other_arguments_is_reported_at_its_line(project: Callable[[], Project]) -> None:
    text = SPEC + BUILD + "\n\ndef offers_endpoints(context):\n    return []\n"
    line = text.splitlines().index("def offers_endpoints(context):") + 1
    what = 'the function "offers_endpoints" does not take the arguments of its hook'
    assert problems(cached(project(), one_file=text)) == [
        f"apps/kinds/memcached.py:{line}: {what}, expected (context, name)"
    ]


@pytest.mark.parametrize(
    ("body", "at", "said"),
    [
        ('return ["x"]', 0, "`offers_endpoints` returns 'x' in home, expected any number of `Endpoint`"),
        ("return 5", 0, "`offers_endpoints` failed: TypeError: 'int' object is not iterable"),
        ("return context.nothing", 1, "`offers_endpoints` failed: AttributeError: "),
    ],
)
def test_a_wrong_hook_is_reported_at_its_place(
    body: str, at: int, said: str, project: Callable[[], Project], capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"{SPEC}{BUILD}\n\ndef offers_endpoints(context, name):\n    {body}\n"
    made = cached(project(), one_file=text)
    made.replace_in_system("    reaches: [shop]\n", "    reaches: [shop, mc]\n")
    line = text.splitlines().index("def offers_endpoints(context, name):") + 1 + at
    assert main(["synth", "--project", str(made.root), "--only", "kubernetes"]) == 2
    errors = [one for one in capsys.readouterr().err.splitlines() if one.startswith("error:")]
    assert errors
    assert len(errors) == 1
    assert errors[0].startswith(f"error: apps/kinds/memcached.py:{line}: {said}")


@pytest.mark.parametrize(
    "statements",
    [
        "from quantacirc_cdk.kinds.valkey.offers import endpoints as offers_endpoints",
        "from functools import partial\n\noffers_endpoints = partial(lambda port, context, name: [], 11211)",
    ],
)
def test_a_hook_may_be_imported_or_made_by_a_call(statements: str, project: Callable[[], Project]) -> None:
    made = cached(project(), one_file=f"{SPEC}{BUILD}\n\n{statements}\n")
    made.replace_in_system("    reaches: [shop]\n", "    reaches: [shop, mc]\n")
    assert main(["synth", "--project", str(made.root), "--only", "kubernetes"]) == 0


def test_a_hook_of_others_is_reported_at_the_statement_that_imports_it(
    project: Callable[[], Project], capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"{SPEC}{BUILD}\n\nfrom os.path import join as offers_endpoints\n"
    made = cached(project(), one_file=text)
    made.replace_in_system("    reaches: [shop]\n", "    reaches: [shop, mc]\n")
    line = text.splitlines().index("from os.path import join as offers_endpoints") + 1
    assert main(["synth", "--project", str(made.root), "--only", "kubernetes"]) == 2
    assert f"error: apps/kinds/memcached.py:{line}: `offers_endpoints` failed: TypeError: " in capsys.readouterr().err


def test_every_hook_is_documented_and_every_one_that_is_called_is_known() -> None:
    text = (ROOT / "docs" / "kinds.md").read_text()
    rows = [row.split("|")[1] for row in text.splitlines() if row.startswith("| `")]
    listed = {name for row in rows for name in re.findall(r"`([a-z]+\.[a-z.]+)\(", row)}
    general = {re.sub(r"^cloud\.(aws|azure|gcp)", "cloud.stack", hook) for hook in HOOKS}
    assert listed == general
    for name, parameters in re.findall(r"`([a-z]+\.[a-z.]+)\(([^)]*)\)`", "".join(rows)):
        assert HOOKS[name].parameters == parameters
    sources = [path.read_text() for path in (ROOT / "constructs" / "quantacirc_cdk").rglob("*.py")]
    calls = {
        name for one in sources for name in re.findall(r'\b(?:called|hook|by_hook)\(\w[^"()]*, f?"([a-z.]+)"', one)
    }
    assert "kubernetes.beside" in calls
    assert calls <= set(HOOKS)
