"""Text that must be the name of a registered entry, for pydantic."""

from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from paysim.registry import Registry


class OneOf:
    """`Annotated[str, OneOf(REGISTRY)]`: a Literal of the names that are registered when it is used."""

    def __init__(self, registry: Registry[Any]) -> None:
        self.registry = registry

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._known, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "enum": list(self.registry.names)}

    def _known(self, name: str) -> str:
        if name not in self.registry:
            raise PydanticKnownError("literal_error", {"expected": " or ".join(map(repr, self.registry.names))})
        return name
