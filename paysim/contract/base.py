"""What every model of the contract is made of. Fields that do not apply are absent, never null."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema


class ContractModel(BaseModel):
    """A closed object: unknown fields are errors."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_null(cls, given: Any) -> Any:
        if isinstance(given, dict) and (null := [name for name, value in given.items() if value is None]):
            raise ValueError(f"{null[0]} is null; what does not apply is absent")
        return given


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


# A field that may be absent: `name: Kind | Absent = ABSENT`.
Absent = SkipJsonSchema[None]
ABSENT: Any = Field(default=None, json_schema_extra=_without_default)
