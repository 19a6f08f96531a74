from bot.channels.placeholders import expand


def test_an_unset_variable_gives_its_default() -> None:
    assert expand("${A:-sqlite:///x.db}", {}) == "sqlite:///x.db"


def test_an_empty_variable_counts_as_unset() -> None:
    assert expand("${A:-default}", {"A": ""}) == "default"


def test_a_set_variable_wins() -> None:
    assert expand("a ${A:-b} c", {"A": "1"}) == "a 1 c"


def test_a_default_may_hold_a_placeholder() -> None:
    assert expand("${A:-sqlite:///${PLACE:-var}/dojo.db}", {"PLACE": "/srv"}) == "sqlite:////srv/dojo.db"


def test_without_default_an_unset_variable_is_empty() -> None:
    assert expand("[${A}]", {}) == "[]"


def test_nested_values_are_expanded_and_others_left_alone() -> None:
    assert expand({"a": ["${A:-x}", 3], "b": None, "c": True}, {}) == {"a": ["x", 3], "b": None, "c": True}


def test_a_value_that_expands_to_itself_ends() -> None:
    assert "${A" in expand("${A}", {"A": "${A}"})
