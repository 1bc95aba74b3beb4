"""What holds for every config: the two validators agree, and a check never raises, invents or hides anything."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from tests.property.documents import ANYTHING, INVOLVED, LEAVES, documents, near_conflicts, sound, written

from hpc.check import check
from hpc.checks.values import has_type
from hpc.diagnostics import in_file_order
from hpc.fix import ConfigText, apart, examine, fix
from hpc.rules import all_rules, schema_rules
from hpc.source import Document, Format
from hpc_schema import properties, schema
from hpc_schema.validator import FIELDS, RULES, is_valid

SLOW_MACHINE = settings(deadline=None, max_examples=200)
REFERENCE = Draft7Validator(schema())
FORMATS: tuple[Format, ...] = ("json", "jsonc", "yaml", "toml")


def exact(values: object) -> bool:
    """Whether every value has a type of its field to the letter, which is more than JSON Schema asks."""
    return not isinstance(values, dict) or all(
        has_type(value, properties()[key]) for key, value in values.items() if key in properties()
    )


@settings(deadline=None, max_examples=2000)
@given(documents(wrong=True) | documents(wrong=False) | near_conflicts() | ANYTHING)
def test_the_generated_validator_agrees_with_jsonschema(values: object) -> None:
    assert is_valid(values) == (REFERENCE.is_valid(values) and exact(values))


@settings(deadline=None, max_examples=1000)
@given(documents(wrong=True))
def test_each_generated_field_agrees_with_jsonschema(values: dict[str, object]) -> None:
    for key, value in values.items():
        if key in properties():
            subschema = properties()[key]
            assert FIELDS[key](value) == (has_type(value, subschema) and Draft7Validator(subschema).is_valid(value))


ENTRIES = LEAVES | st.fixed_dictionaries({}, optional={"path": LEAVES, "weight": LEAVES, "x": LEAVES})


@settings(deadline=None, max_examples=1000)
@given(st.sampled_from(["train_data", "eval_data", "report_to"]), st.lists(ENTRIES | st.just("mlflow"), max_size=3))
def test_each_generated_list_agrees_with_jsonschema(name: str, value: list[object]) -> None:
    numbers = [item["weight"] for item in value if isinstance(item, dict) and "weight" in item]
    sound_numbers = all(has_type(number, {"type": "number"}) for number in numbers)
    assert FIELDS[name](value) == (sound_numbers and Draft7Validator(properties()[name]).is_valid(value))


@settings(deadline=None, max_examples=1000)
@given(near_conflicts() | documents(wrong=False))
def test_each_generated_rule_agrees_with_jsonschema(values: dict[str, object]) -> None:
    for block in schema()["allOf"]:
        if "x-rule" in block:
            code = block["x-rule"]["code"]
            blocks = [other for other in schema()["allOf"] if other.get("x-rule", {}).get("code") == code]
            assert all(part(values) for part in RULES[code]) == all(
                Draft7Validator(other).is_valid(values) for other in blocks
            )


@SLOW_MACHINE
@given(documents(wrong=True))
def test_a_check_finds_errors_exactly_where_the_schema_does(config: dict[str, object]) -> None:
    codes = {d.code for d in check(written(config)).diagnostics if d.severity == "error"}
    stated = {rule.code for rule in schema_rules()}
    assert any(all_rules()[code].kind == "field" or code in stated for code in codes) == (
        not (exact(config) and REFERENCE.is_valid(config))
    )


@SLOW_MACHINE
@given(documents(wrong=False))
def test_sound_fields_give_relations_only(config: dict[str, object]) -> None:
    assert {all_rules()[d.code].kind for d in check(written(config)).diagnostics} <= {"conflict", "effect", "disk"}


@SLOW_MACHINE
@given(documents(wrong=True), st.sampled_from(FORMATS))
def test_diagnostics_are_in_order_whole_and_inside_the_text(config: dict[str, object], format_: Format) -> None:
    document = _document(config, format_)
    found = check(document, portal=True).diagnostics
    assert found == in_file_order(found)
    for diagnostic in found:
        assert diagnostic.span is not None
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(document.text)
        assert diagnostic.message
        assert diagnostic.help


@SLOW_MACHINE
@given(documents(wrong=True))
def test_every_format_gets_the_same_diagnostics(config: dict[str, object]) -> None:
    assume(config)
    said = [
        [(d.code, d.pointer, d.message) for d in check(_document(config, format_)).diagnostics] for format_ in FORMATS
    ]
    assert said[1:] == said[:1] * 3


@settings(deadline=None, max_examples=500)
@given(near_conflicts(), st.sampled_from([*INVOLVED, "eval_data"]), st.data())
def test_nothing_only_follows_from_a_wrong_value(config: dict[str, object], name: str, data: st.DataObject) -> None:
    """What is said of the other fields beside a wrong value holds whatever the right one is."""
    said = _apart_from(written({**config, name: {"nobody": "knows"}}), name)
    right = _apart_from(written({**config, name: data.draw(sound(name))}), name)
    assert said <= right


@SLOW_MACHINE
@given(documents(wrong=True), st.sampled_from(FORMATS))
def test_each_fix_takes_diagnostics_away_and_adds_none(config: dict[str, object], format_: Format) -> None:
    document = _document(config, format_)
    source = ConfigText(document.file, format_, document.text)
    found, _ = examine(source, [], portal=True)
    fixed = fix(source, [], portal=True)
    rest = [(d.code, d.pointer) for d in fixed.diagnostics]
    assert len(rest) == len(found) - fixed.applied
    assert fixed.applied == len(apart(d.fix for d in found if d.fix))
    assert fix(ConfigText(document.file, format_, fixed.text), [], portal=True).text == fixed.text


@SLOW_MACHINE
@given(documents(wrong=True))
def test_one_fix_alone_takes_one_diagnostic_away(config: dict[str, object]) -> None:
    from hpc.edit import apply

    document = written(config)
    found = check(document).diagnostics
    for diagnostic in found:
        if diagnostic.fix:
            after, _ = examine(
                ConfigText("config.json", "json", apply(document.text, diagnostic.fix.edits)), [], portal=False
            )
            assert len(after) == len(found) - 1


def _document(config: dict[str, object], format_: Format) -> Document:
    assume(config or format_ == "json")  # an empty text is no config
    try:
        return written(config, format_)
    except ValueError:  # TOML has no null
        assume(False)
        raise


def _apart_from(document: Document, name: str) -> set[tuple[str, str]]:
    return {(d.code, d.pointer) for d in check(document).diagnostics if d.pointer != f"/{name}"}
