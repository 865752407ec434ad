"""JSON Schemas of an instrument and of own indicators, for completion and checks in an editor."""

from typing import Any

from digicit_lib.codebook.definitions import OWN_DEFAULTS, Indicator
from digicit_lib.codebook.indicators import OWN_ID
from digicit_lib.codebook.instrument_files import Instrument


def instrument_schema() -> dict[str, Any]:
    """Every key of an instrument's file; what `extends` another may leave out is not required.

    Examples
    --------
    >>> sorted({"extends", "indicators", "design"} & set(instrument_schema()["properties"]))
    ['design', 'extends', 'indicators']
    """
    schema = Instrument.model_json_schema()
    for name in ("name", "own"):
        schema["properties"].pop(name, None)
    schema["properties"]["extends"] = {"type": "string", "description": "an instrument to start from"}
    for part in ("indicators", "breakdowns"):
        rule = schema["properties"][part]["additionalProperties"]
        schema["properties"][part]["additionalProperties"] = {"anyOf": [rule, {"type": "null"}]}
    whole = [name for name in schema.pop("required") if name not in ("name", "own")]
    schema["anyOf"] = [{"required": whole}, {"required": ["extends"]}]
    return schema


def indicators_schema() -> dict[str, Any]:
    """A file of own indicators: own ids to the catalogue's form, what may be left out left out.

    Examples
    --------
    >>> indicators_schema()["additionalProperties"]
    False
    """
    one = Indicator.model_json_schema()
    shared = one.pop("$defs", {})
    one["properties"].pop("id")
    one["required"] = [name for name in one["required"] if name not in {"id", *OWN_DEFAULTS}]
    return {
        "$defs": shared,
        "type": "object",
        "patternProperties": {f"^{OWN_ID.pattern}$": one},
        "additionalProperties": False,
    }
