"""The section about changes since a revision: the verdict, widened access, and a row for each change."""

import json
from xml.etree.ElementTree import Element

import yaml

from quantacirc_cdk.diff import Files, compare_outputs
from quantacirc_cdk.report.web.changes import changes_section
from support.diff.objects import an


def output(version: str, public: bool) -> Files:
    deployment = an("Deployment", {"spec.template.spec.containers.0.image": f"web:{version}<b>"})
    stack = {"resource": {"aws_db_instance": {"ledger": {"publicly_accessible": public}}}}
    return {
        "kubernetes/dev/a.yaml": yaml.safe_dump(deployment).encode(),
        "terraform/stacks/prod-aws/cdk.tf.json": json.dumps(stack).encode(),
    }


def section() -> Element:
    return changes_section(compare_outputs(output("1", False), output("2", True), names=("main", "the sources")))


def rows(table: str) -> dict[str, str | None]:
    """Return the text of each row of a table, with the environments that show it."""
    found = section().find(f".//table[@id='{table}']/tbody")
    assert found is not None
    return {" ".join("".join(row.itertext()).split()): row.get("data-environments") for row in found}


def test_the_heading_names_the_revision_and_the_intro_is_the_verdict() -> None:
    assert section().findtext("h2") == "Changes since main"
    intro = section().findtext("p") or ""
    assert intro.startswith("Deployment web in dev restarts, a few pods at a time; access is widened in 1 object.")


def test_a_row_belongs_to_its_environment_and_shows_its_values_as_text() -> None:
    (restart, update) = rows("changes-table").items()
    assert restart[0].startswith("rolling restart")
    assert "web:1<b> → web:2<b>" in restart[0]
    assert restart[1] == "dev"
    assert (update[0].startswith("updated in place"), update[1]) == (True, "prod")


def test_widened_access_has_a_table_with_what_is_allowed() -> None:
    ((text, environments),) = rows("access-table").items()
    assert "publicly_accessiblefalse → true" in text
    assert environments == "prod"


def test_without_changes_the_section_says_so() -> None:
    same = compare_outputs(output("1", False), output("1", False), names=("main", "the sources"))
    assert "The output is the same." in "".join(changes_section(same).itertext())
