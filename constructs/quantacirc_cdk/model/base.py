"""Base class of all sections of the model."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Base class of a section of the model: immutable; refuses unknown keys and implicit type conversions."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Return the section itself. pydantic copies a default for each component, but sections are immutable."""
        return self
