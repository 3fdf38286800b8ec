"""Base class of all sections of the model."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from quantacirc_cdk.documented import field_docs


class Section(BaseModel):
    """Base class of a section of the model: immutable; refuses unknown keys and implicit type conversions."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Add the docstrings of the fields. pydantic would read the source of every section when it is imported."""
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for name, text in field_docs(cls).items():
            info = cls.model_fields.get(name)
            if info is not None and (key := info.alias or name) in properties:
                properties[key] = {"description": text, **properties[key]}
        return schema

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Return the section itself. pydantic copies a default for each component, but sections are immutable."""
        return self
