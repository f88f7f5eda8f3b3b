"""Whether a bundle is a Tabular Data Package: datapackage.json against JSON Schemas, and every cell
against the Table Schema in it. Standard library only; of JSON Schema what our schemas use."""
import csv
import datetime
import json
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}


def load(name):
    with open(os.path.join(HERE, "schemas", name), encoding="utf-8") as f:
        return json.load(f)


def check(value, schema, root, path="$"):
    """Yields what is wrong with a value."""
    if "$ref" in schema:
        schema = root["definitions"][schema["$ref"].rsplit("/", 1)[-1]]
    if "type" in schema and not isinstance(value, TYPES[schema["type"]]):
        yield f"{path}: {value!r} is no {schema['type']}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is not one of {schema['enum']}"
    if isinstance(value, str):
        if len(value) < schema.get("minLength", 0):
            yield f"{path}: is too short"
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{path}: {value!r} is not {schema['pattern']}"
    if isinstance(value, list):
        yield from check_list(value, schema, root, path)
    if isinstance(value, dict):
        yield from check_object(value, schema, root, path)


def check_list(value, schema, root, path):
    if len(value) < schema.get("minItems", 0):
        yield f"{path}: has too few items"
    if schema.get("uniqueItems") and len(set(map(json.dumps, value))) != len(value):
        yield f"{path}: items are not unique"
    for i, item in enumerate(value):
        yield from check(item, schema.get("items", {}), root, f"{path}[{i}]")


def check_object(value, schema, root, path):
    properties = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    if len(value) < schema.get("minProperties", 0):
        yield f"{path}: is empty"
    yield from (f"{path}: {name} is missing"
                for name in schema.get("required", []) if name not in value)
    for name, item in value.items():
        if name in properties:
            yield from check(item, properties[name], root, f"{path}.{name}")
        elif not schema.get("additionalProperties", True) and not any(
                re.search(p, name) for p in patterns):
            yield f"{path}: {name} is not allowed"


def is_typed(cell, kind):
    try:
        if kind == "integer":
            int(cell)
        elif kind == "boolean":
            return cell in ("true", "false")
        elif kind == "date":
            datetime.date.fromisoformat(cell)
        elif kind in ("array", "object"):
            return isinstance(json.loads(cell), TYPES[kind])
    except ValueError:
        return False
    return True


def check_cell(cell, field):
    constraints = field.get("constraints", {})
    if cell == "":
        return "is required" if constraints.get("required") else None
    if not is_typed(cell, field["type"]):
        return f"is no {field['type']}"
    if "enum" in constraints and cell not in constraints["enum"]:
        return "is not in the enum"
    if "pattern" in constraints and not re.fullmatch(constraints["pattern"], cell):
        return "is not of the pattern"
    return None


def read_rows(directory, resource):
    with open(os.path.join(directory, resource["path"]), encoding=resource["encoding"],
              newline="") as f:
        return list(csv.DictReader(f, strict=True))


def check_table(resource, tables):
    rows, schema, name = tables[resource["name"]], resource["schema"], resource["name"]
    for n, row in enumerate(rows):
        if list(row) != [f["name"] for f in schema["fields"]]:
            yield f"{name}: columns {list(row)}"
            return
        for field in schema["fields"]:
            wrong = check_cell(row[field["name"]], field)
            if wrong:
                yield f"{name}:{n + 2} {field['name']}: {row[field['name']]!r} {wrong}"
    for field in schema["fields"]:
        if field.get("constraints", {}).get("unique"):
            if len({r[field["name"]] for r in rows}) != len(rows):
                yield f"{name}: {field['name']} is not unique"
    for key in schema.get("foreignKeys", []):
        to = tables[key["reference"]["resource"] or name]
        there = {r[key["reference"]["fields"]] for r in to} | {""}
        yield from (f"{name}: {r['id']} {key['fields']}: {r[key['fields']]} does not exist"
                    for r in rows if r[key["fields"]] not in there)


def problems(directory):
    """What is wrong with the bundle in a folder: an empty list when nothing is."""
    with open(os.path.join(directory, "datapackage.json"), encoding="utf-8") as f:
        package = json.load(f)
    schema, table_schema = load("data-package.json"), load("table-schema.json")
    found = list(check(package, schema, schema))
    for resource in package["resources"]:
        found += check(resource["schema"], table_schema, table_schema, "$." + resource["name"])
    if found:
        return found
    tables = {r["name"]: read_rows(directory, r) for r in package["resources"]}
    files = {n for n in os.listdir(directory) if n.endswith(".csv")}
    if files != {r["path"] for r in package["resources"]}:
        found.append(f"files {files}")
    for resource in package["resources"]:
        found += check_table(resource, tables)
    return found
