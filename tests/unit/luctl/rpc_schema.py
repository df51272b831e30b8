# SPDX-License-Identifier: MIT
#
# Checks values against schemas/agent-rpc.json, for the part of JSON Schema that it
# uses: type, enum, pattern, properties, required, additionalProperties, items, $ref.
import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[3]
DOCUMENT = json.loads((ROOT / "schemas/agent-rpc.json").read_text())
METHODS = DOCUMENT["methods"]
KNOWN = {"type", "enum", "pattern", "properties", "required", "additionalProperties", "items",
         "$ref"}
TYPES = {"string": str, "object": dict, "array": list, "boolean": bool, "null": type(None)}


def is_type(value, name):
    if name in ("integer", "number"):
        wanted = int if name == "integer" else (int, float)
        return isinstance(value, wanted) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def faults(value, schema, path="$"):
    """Yields one line for each place where `value` does not fit."""
    assert schema.keys() <= KNOWN, f"schema uses {schema.keys() - KNOWN}"
    if "$ref" in schema:
        schema = DOCUMENT["definitions"][schema["$ref"].rpartition("/")[2]]
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(is_type(value, t) for t in types):
        yield f"{path} is {value!r}, not {' or '.join(types)}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path} is {value!r}, not one of {schema['enum']}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{path} is {value!r}, which does not match {schema['pattern']}"
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        for key in schema.get("required", []):
            if key not in value:
                yield f"{path}.{key} is missing"
        for key, inner in value.items():
            if key in properties:
                yield from faults(inner, properties[key], f"{path}.{key}")
            elif schema.get("additionalProperties", True) is False:
                yield f"{path}.{key} is unknown"
    if isinstance(value, list) and "items" in schema:
        for i, inner in enumerate(value):
            yield from faults(inner, schema["items"], f"{path}[{i}]")


def request_faults(method, params):
    if method not in METHODS:
        return [f"no method {method}"]
    return list(faults(params, METHODS[method]["params"], method))


def result_faults(method, result):
    return list(faults(result, METHODS[method]["result"], method))


def notification_faults(method, name, params):
    if name not in METHODS[method].get("notifications", []):
        return [f"{method} notifies {name}"]
    return list(faults(params, DOCUMENT["notifications"][name], name))
