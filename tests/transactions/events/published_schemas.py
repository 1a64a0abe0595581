"""The published schemas that events of presets are held against; tests/fixtures say where they were read."""

from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema_rs
import orjson
import xmlschema

FIXTURES = Path(__file__).parents[3] / "tests/fixtures"
CLOUDEVENTS = jsonschema_rs.validator_for(orjson.loads((FIXTURES / "cloudevents.schema.json").read_bytes()))
MESSAGES = {
    "FIToFICstmrCdtTrf": "pacs.008.001.09",
    "PmtRtr": "pacs.004.001.10",
    "FIToFIPmtStsRpt": "pacs.002.001.11",
}


@cache
def schema(message: str) -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(FIXTURES / f"iso20022/{message}.xsd")


def xml(name: str, value: Any, space: str) -> list[ElementTree.Element]:
    """The elements of a name: objects hold elements, lists repeat one, an amount has its currency as attribute."""
    if isinstance(value, list):
        return [element for each in value for element in xml(name, each, space)]
    element = ElementTree.Element(f"{{{space}}}{name}")
    if isinstance(value, dict) and value.keys() == {"Ccy", "Value"}:
        element.set("Ccy", value["Ccy"])
        element.text = value["Value"]
    elif isinstance(value, dict):
        for inner, each in value.items():
            element.extend(xml(inner, each, space))
    else:
        element.text = value
    return [element]
