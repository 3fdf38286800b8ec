"""``qcdk set``: one value changes, everything else stays, and nothing invalid is written."""

from collections.abc import Callable

import pytest

from quantacirc_cdk.cli.main import main
from quantacirc_cdk.model import load_project
from support.project import Project


def test_a_value_changes_and_the_comments_stay(project: Callable[[], Project]) -> None:
    made = project()
    made.replace_in_environment("home", "domain: bakery.example", "domain: bakery.example  # ours")
    before = made.environment_file("home").read_text()
    arguments = [
        "set",
        "--environment",
        "home",
        "--project",
        str(made.root),
        "domain=shop.example",
        "replicas={ min: 1, max: 4 }",
    ]
    assert main(arguments) == 0
    after = made.environment_file("home").read_text()
    assert "domain: shop.example  # ours\n" in after
    assert after.replace("shop.example", "bakery.example").startswith(before.rstrip("\n"))
    assert load_project(made.root).environments["home"].replicas.max == 4


def test_an_invalid_value_leaves_the_file_and_exits_2(
    project: Callable[[], Project], capsys: pytest.CaptureFixture[str]
) -> None:
    made = project()
    before = made.system_file.read_bytes()
    assert main(["set", "--project", str(made.root), "components.shop.kind=servce"]) == 2
    assert "apps/system.yaml:" in capsys.readouterr().err
    assert made.system_file.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["domain=a.example", "domain=b.example"], "domain: given beside domain"),
        (["replicas={ min: 1, max: 4 }", "replicas.min=2"], "replicas.min: given beside replicas"),
        (["replicas.min=2", "replicas="], "replicas: given beside replicas.min"),
    ],
)
def test_a_key_is_changed_once(
    project: Callable[[], Project], words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = project()
    before = made.environment_file("home").read_bytes()
    assert main(["set", "--project", str(made.root), "--environment", "home", *words]) == 2
    assert capsys.readouterr().err == f"error: {said}, expected each key once, and none with a key inside it\n"
    assert made.environment_file("home").read_bytes() == before


@pytest.mark.parametrize("word", ["domain", "=x", "domain=[", "a..b=1", "owners[0]=a@b.example", "domain=a\nb: c"])
def test_what_is_no_assignment_is_refused(project: Callable[[], Project], word: str) -> None:
    made = project()
    before = made.environment_file("home").read_bytes()
    assert main(["set", "--project", str(made.root), "--environment", "home", word]) == 2
    assert made.environment_file("home").read_bytes() == before


def test_a_key_with_dots_is_found(project: Callable[[], Project]) -> None:
    made = project()
    made.replace_in_environment("home", "owners:", 'tags: { "a.b": old }\nowners:')
    assert main(["set", "--project", str(made.root), "--environment", "home", "tags.a.b=new"]) == 0
    assert load_project(made.root).environments["home"].tags == {"a.b": "new"}


def test_a_new_key_with_dots_is_in_quotes(project: Callable[[], Project]) -> None:
    made = project()
    words = ['components.shop.labels."app.example/team"=bread', 'components.shop.labels."a.b"=c']
    assert main(["set", "--project", str(made.root), *words]) == 0
    shop = load_project(made.root).system.components["shop"]
    assert shop.labels == {"app.example/team": "bread", "a.b": "c"}


def test_a_misspelt_key_is_not_removed(project: Callable[[], Project], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["set", "--project", str(project().root), "components.shop.exposd="]) == 2
    assert 'components.shop.exposd: no such key, expected "exposed"' in capsys.readouterr().err


def test_a_key_of_the_file_that_the_model_does_not_know_is_removed(project: Callable[[], Project]) -> None:
    made = project()
    before = made.system_file.read_text()
    made.system_file.write_text(before.rstrip("\n") + "\nnope: 1\n")
    assert main(["set", "--project", str(made.root), "nope="]) == 0
    assert "nope" not in made.system_file.read_text()


def test_a_key_without_a_value_is_removed(project: Callable[[], Project]) -> None:
    made = project()
    assert main(["set", "--project", str(made.root), "components.shop.exposed="]) == 0
    assert "exposed" not in made.system_file.read_text()


def test_check_writes_nothing(project: Callable[[], Project]) -> None:
    made = project()
    before = made.system_file.read_bytes()
    assert main(["set", "--check", "--project", str(made.root), "components.shop.exposed=false"]) == 1
    assert made.system_file.read_bytes() == before
    assert main(["set", "--check", "--project", str(made.root), "components.shop.exposed=true"]) == 0


def test_mounted_files_of_the_project_are_found(project: Callable[[], Project]) -> None:
    made = project()
    (made.root / "config").mkdir()
    (made.root / "config" / "menu.txt").write_text("bread\n")
    word = "components.shop.files={ /etc/menu.txt: config/menu.txt }"
    assert main(["set", "--project", str(made.root), word]) == 0
    assert main(["set", "--project", str(made.root), "components.shop.exposed=false"]) == 0


def test_an_unknown_environment_is_named(project: Callable[[], Project], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["set", "--project", str(project().root), "--environment", "hoem", "size=small"]) == 2
    assert 'expected "home"' in capsys.readouterr().err


def test_the_environment_is_the_first_word(project: Callable[[], Project]) -> None:
    made = project()
    assert main(["set", "--project", str(made.root), "home", "domain=shop.example", "size=small"]) == 0
    found = load_project(made.root).environments["home"]
    assert (found.domain, found.size) == ("shop.example", "small")


def test_an_environment_alone_sets_nothing(project: Callable[[], Project], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["set", "--project", str(project().root), "home"]) == 2
    assert "nothing to set in apps/environments/home.yaml, expected KEY=VALUE" in capsys.readouterr().err


def test_a_misspelt_environment_is_told_the_nearest(
    project: Callable[[], Project], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["set", "--project", str(project().root), "hoem", "size=small"]) == 2
    assert 'no environment "hoem", expected "home"' in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../../../victim", "../system", "sub/home", "/etc/x", "home.yaml", ""])
@pytest.mark.parametrize(
    "command",
    [
        ["set", "--check", "--environment", "{}", "domain=x.example"],
        ["set", "--environment", "{}", "domain=x.example"],
        ["pin", "--env", "{}"],
        ["add", "component", "z", "--kind", "service", "--image", "a/b:1", "--in", "{}", "size=small"],
    ],
)
def test_an_environment_is_a_name_and_no_path(
    project: Callable[[], Project], command: list[str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = project()
    victim = made.root.parent / "victim.yaml"
    victim.write_text("domain: theirs\n")
    before = {path: path.read_bytes() for path in made.root.parent.rglob("*.yaml")}
    words = [name if word == "{}" else word for word in command]
    assert main([*words, "--project", str(made.root)]) == 2
    assert "no environment" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in made.root.parent.rglob("*.yaml")} == before
