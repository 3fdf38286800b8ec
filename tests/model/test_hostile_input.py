"""Whatever the files hold, the answer is a model or a list of problems: never a traceback."""

import contextlib
import io
import os
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from quantacirc_cdk.cli.main import main
from support.project import ENVIRONMENT, SYSTEM, Project

FRAGMENTS = st.sampled_from(
    r"""
    : - [ ] { } &a *a !!python/object:os.system | > ' " # --- ... %YAML ? <<: null true ~ 1e999 0x - 💥 name kind:
    bus extends: home components: 99999999999999999999999
    """.split()
) | st.sampled_from([": ", "- ", "\t", "\0", "\r", "\u2028", "\ufeff", "\x1b[31m", "\n", "\n  ", "\n      "])


@st.composite
def mutated(draw: st.DrawFn, text: str) -> bytes:
    """Return a valid document with a few places cut out, repeated or overwritten."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 25)))
        text = text[:start] + draw(st.one_of(FRAGMENTS, st.just(""), st.just(text[start:end] * 2))) + text[end:]
    return text.encode("utf-8", "surrogatepass")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
DUMPED = VALUES.map(lambda value: yaml.safe_dump(value, allow_unicode=True).encode("utf-8", "surrogatepass"))


def hostile(valid: str) -> st.SearchStrategy[bytes]:
    return st.one_of(mutated(valid), mutated(valid), st.binary(max_size=200), st.text().map(_encoded), DUMPED)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def answer(system: bytes, environment: bytes) -> tuple[int, str]:
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder))
        project.write_system(system)
        project.write_environment("home", environment)
        errors = io.StringIO()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(errors):
            status = main(["show", "home", "--project", folder])
        return status, errors.getvalue()


@pytest.mark.slow
@settings(max_examples=int(os.environ.get("FUZZ_LOADED", "1000")))
@given(system=hostile(SYSTEM) | st.just(SYSTEM.encode()), environment=hostile(ENVIRONMENT))
def test_hostile_yaml_is_accepted_or_refused_cleanly(system: bytes, environment: bytes) -> None:
    status, errors = answer(system, environment)
    assert status in (0, 2)
    if status == 2:
        assert errors.startswith("error: ")
        assert all(line.startswith("error: ") for line in errors.splitlines())
    assert "Traceback" not in errors


@pytest.mark.slow
@given(environment=hostile(ENVIRONMENT))
def test_a_refusal_always_names_a_file(environment: bytes) -> None:
    status, errors = answer(SYSTEM.encode(), environment)
    assert status == 0 or all(line.startswith("error: apps/environments/") for line in errors.splitlines())
