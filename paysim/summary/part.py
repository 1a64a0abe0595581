"""What the parts of a summary are made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, InstanceOf, Strict

Count = Annotated[int, Strict(), Field(ge=0)]
Figure = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Text = InstanceOf[str]
"""Text that may hold a path of this system, and so bytes that are not UTF-8; pydantic's own strings refuse those."""


class Part(BaseModel):
    """Keys that a newer writer has added are ignored. What a field means stands below it, see meanings.py."""

    model_config = ConfigDict(extra="ignore", json_schema_serialization_defaults_required=True)
