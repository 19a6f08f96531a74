"""`openapi.yml` as what requests are checked against."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import yaml
from jsonschema import Draft202012Validator, FormatChecker

FILE: Final = Path(__file__).with_name("openapi.yml")
_INTEGER: Final = re.compile(r"-?[0-9]{1,18}")
_FORMATS: Final = FormatChecker(())


class DoesNotFit(Exception):
    """A request is not what the document says; `field` is the place, `detail` what is wrong there."""

    def __init__(self, field: str, detail: str) -> None:
        """Name the place."""
        super().__init__(f"{field}: {detail}")
        self.field = field
        self.detail = detail


@_FORMATS.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    return not isinstance(value, str) or bool(date.fromisoformat(value))


@_FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or moment(value).tzinfo is not None


def moment(text: str) -> datetime:
    """Return a time with a zone as RFC 3339 writes it; raises ValueError."""
    found = datetime.fromisoformat(re.sub("[zZ]$", "+00:00", text))
    if found.tzinfo is None:
        raise ValueError("without a time zone")
    return found


@functools.lru_cache(maxsize=1)
def document() -> Mapping[str, Any]:
    """Return the document."""
    read: Mapping[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return read


@functools.lru_cache(maxsize=1)
def written() -> str:
    """Return the document as JSON."""
    return json.dumps(document(), ensure_ascii=False)


@dataclass(frozen=True)
class Operation:
    """One operation of the document: what it needs, and checks of what comes in.

    Attributes:
        scope: what a token must be for.
        parameters: by place (`path`, `query`) and name the schema; `required` are those that must be there.
    """

    id: str
    path: str
    method: str
    scope: str
    parameters: Mapping[tuple[str, str], Draft202012Validator]
    required: frozenset[tuple[str, str]]
    body: Draft202012Validator | None

    def read(self, place: str, given: Iterable[tuple[str, str]]) -> dict[str, Any]:
        """Return the parameters of a place as values; raises DoesNotFit."""
        values: dict[str, Any] = {}
        for name, text in given:
            validator = self.parameters.get((place, name))
            if validator is None:
                raise DoesNotFit(name, "unknown")
            if name in values:
                raise DoesNotFit(name, "given twice")
            value = int(text) if _is_integer(validator) and _INTEGER.fullmatch(text) else text
            _check(validator, value, name)
            values[name] = value
        missing = [name for where, name in self.required if where == place and name not in values]
        if missing:
            raise DoesNotFit(missing[0], "missing")
        return values

    def read_body(self, value: Any) -> Any:
        """Return the body of a request if it fits; raises DoesNotFit."""
        if self.body is not None:
            _check(self.body, value, "body")
        return value


@functools.lru_cache(maxsize=1)
def operations() -> Mapping[str, Operation]:
    """Return the operations by id."""
    found = {}
    for path, methods in document()["paths"].items():
        for method, told in methods.items():
            parameters = [_resolved(one) for one in told.get("parameters", ())]
            body = told.get("requestBody")
            schema = body["content"]["application/json"]["schema"] if body else None
            found[told["operationId"]] = Operation(
                id=told["operationId"],
                path=path,
                method=method.upper(),
                scope=told["x-scope"],
                parameters={(one["in"], one["name"]): _validator(one["schema"]) for one in parameters},
                required=frozenset((one["in"], one["name"]) for one in parameters if one.get("required")),
                body=None if schema is None else _validator(_resolved(schema)),
            )
    return found


def _resolved(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference within the document."""
    if "$ref" not in told:
        return told
    found: Any = document()
    for step in told["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found  # type: ignore[no-any-return]


def _validator(schema: Mapping[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema, format_checker=_FORMATS)


def _is_integer(validator: Draft202012Validator) -> bool:
    return bool(validator.schema.get("type") == "integer")


def _check(validator: Draft202012Validator, value: Any, name: str) -> None:
    error = next(iter(validator.iter_errors(value)), None)
    if error is not None:
        where = ".".join([name, *map(str, error.absolute_path)])
        raise DoesNotFit(where, str(error.validator))
