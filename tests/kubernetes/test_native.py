"""The JavaScript beside the constructs packs to the same bytes, and the wheel has it."""

import re

from quantacirc_cdk.kubernetes import native


def test_the_package_is_the_same_bytes_every_time() -> None:
    assert native._packed() == native._packed()


def test_the_file_of_a_class_has_its_name() -> None:
    text = native.SOURCE.read_text()
    assert re.findall(r"exports\.(\w+) =", text) == [native.MANIFEST.rpartition(".")[2]]
