"""Refuse elements whose fields have another form than their format gives them."""

from collections.abc import Iterator
from contextlib import contextmanager

from quantacirc_cdk.errors import ModelError, Problem
from quantacirc_cdk.model.document import Node


@contextmanager
def well_formed(node: Node, what: str) -> Iterator[None]:
    """Turn errors of code that reads the element ``what`` at ``node`` into a ``ModelError`` with its line."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        said = f"{what} has a field of another form than its format: {type(error).__name__}: {error}"
        raise ModelError(Problem(file=node.file, line=node.line, what=said, expected="fields of its format")) from error
