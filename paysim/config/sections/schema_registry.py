"""`output.schema_registry`: the Azure Schema Registry that knows the schema of Avro events, and gives its id."""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from paysim.config.targets import connection_strings
from paysim.config.targets.target import Target

from .base import Fault, Section


def _name(longest: int) -> AfterValidator:
    """A name as Schema Registry takes it, of so many characters at the most."""

    def of_the_form(text: str) -> str:
        if len(text) > longest or not re.fullmatch("[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", text):
            allowed = f"1 to {longest} letters, digits, `.`, `-` and `_`, with a letter or digit at both ends"
            raise ValueError(f'"{text[:60]}" is not {allowed}')
        return text

    return AfterValidator(of_the_form)


class SchemaRegistry(Section):
    fully_qualified_namespace: str = Field(
        description="The namespace with the registry, such as contoso-load.servicebus.windows.net; signed in to with "
        "DefaultAzureCredential. contoso-load/GROUP must be in allowed_targets."
    )
    group: Annotated[str, _name(50)] = Field(description="The schema group.")
    name: Annotated[str, _name(100)] = Field(default="transaction", description="The schema's name in the group.")
    auto_register: bool = Field(
        default=False, description="Whether a schema that the group does not have is registered."
    )

    def faults(self) -> Iterator[Fault]:
        try:
            connection_strings.host_and_port(self.fully_qualified_namespace)
        except ValueError as error:
            yield ("fully_qualified_namespace",), str(error)

    @property
    def target(self) -> Target:
        """What the guard is asked for: the host, and the group in place of a hub."""
        host, port = connection_strings.host_and_port(self.fully_qualified_namespace)
        return Target(host, self.group, port, credential="identity")
