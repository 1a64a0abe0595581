"""What every model of the contract is made of. Fields that do not apply are absent, never null."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema


class ContractModel(BaseModel):
    """A closed object: unknown fields are errors."""

    model_config = ConfigDict(extra="forbid")


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


# A field that may be absent: `name: Kind | Absent = ABSENT`.
Absent = SkipJsonSchema[None]
ABSENT: Any = Field(default=None, json_schema_extra=_without_default)
