"""What every section of the model has in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """An immutable part of a model; unknown keys and silent conversions are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)
