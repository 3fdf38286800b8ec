"""The marker: which files belong to ``qcdk synth``, also after a merge."""

import subprocess
from pathlib import Path

import pytest

from quantacirc_cdk.synth.ownership import MARKER, is_terraforms, listing_text, read_listing, sha256, write_listing
from support.tools import require

ONE, TWO, THREE = ("1" * 64, "2" * 64, "3" * 64)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    names = [
        "a",
        "a/b c",
        "back\\slash",
        "new\nline",
        "carriage\rreturn",
        "line\u2028separator",
        "  spaces  ",
        "*star",
        "\udcff",
    ]
    listing = {name: frozenset([ONE]) for name in names}
    write_listing(tmp_path, listing)
    assert read_listing(tmp_path) == listing


def test_sha256sum_checks_it(tmp_path: Path) -> None:
    for name in ("a", "back\\slash", "new\nline"):
        (tmp_path / name).write_text(name)
    write_listing(tmp_path, {name: frozenset([sha256(tmp_path / name)]) for name in ("a", "back\\slash", "new\nline")})
    command = [require("sha256sum", "install coreutils"), "--check", "--strict", MARKER]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "a").write_text("other")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 1


def test_paths_that_leave_the_folder_are_skipped(tmp_path: Path) -> None:
    names = ["/etc/passwd", "../x", "a/../../x", "a//b", "./a", ".", "", MARKER, "terraform.tfstate", "good"]
    (tmp_path / MARKER).write_text("".join(f"{ONE}  {name}\n" for name in names))
    assert read_listing(tmp_path) == {"good": {ONE}}


def test_a_marker_that_is_no_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "list").write_text(f"{ONE}  a\n")
    (tmp_path / MARKER).symlink_to(tmp_path / "list")
    assert read_listing(tmp_path) == {}


def test_a_marker_in_the_middle_of_a_merge_lists_what_both_sides_do(tmp_path: Path) -> None:
    (tmp_path / MARKER).write_text(
        f"<<<<<<< ours\n{ONE}  a\n\n{ONE}  b\n=======\n{TWO}  a\n>>>>>>> theirs\n\n{THREE} *c\r\nnonsense\n"
    )
    assert read_listing(tmp_path) == {"a": {ONE, TWO}, "b": {ONE}, "c": {THREE}}


def test_git_merges_changes_of_neighbouring_files(tmp_path: Path) -> None:
    names = [f"kubernetes/{number}" for number in range(6)]
    base = {name: frozenset([ONE]) for name in names}
    ours = base | {names[1]: frozenset([TWO]), names[3]: frozenset([TWO])}
    theirs = base | {names[2]: frozenset([THREE]), names[4]: frozenset([THREE])}
    for name, listing in {"base": base, "ours": ours, "theirs": theirs}.items():
        (tmp_path / name).write_text(listing_text(listing))
    command = ["git", "merge-file", "ours", "base", "theirs"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "ours").rename(tmp_path / MARKER)
    expected = {
        name: {TWO if number in (1, 3) else THREE if number in (2, 4) else ONE} for number, name in enumerate(names)
    }
    assert read_listing(tmp_path) == expected


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/dev/zero")
    assert [sha256(tmp_path / "link"), sha256(tmp_path / "none"), sha256(tmp_path), sha256(Path("/dev/zero"))] == [
        ""
    ] * 4


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("stacks/prod-aws/terraform.tfstate", True),
        ("stacks/prod-aws/terraform.tfstate.backup", True),
        ("stacks/prod-aws/terraform.prod-aws.tfstate", True),
        ("stacks/prod-aws/.terraform.tfstate.lock.info", True),
        ("stacks/prod-aws/.terraform.lock.hcl", True),
        ("stacks/prod-aws/.terraform/modules/modules.json", True),
        ("stacks/prod-aws/terraform.tfstate.d/x/terraform.tfstate", True),
        ("stacks/prod-aws/next.tfplan", True),
        ("stacks/prod-aws/cdk.tf.json", False),
        ("modules/aws/main.tf.json", False),
        ("kubernetes/dev/Secret.tfstate.k8s.yaml", False),
    ],
)
def test_terraform_s_files_are_known_by_their_names(name: str, expected: bool) -> None:
    assert is_terraforms(name) == expected
