import pytest

from tests.running import plain, run_experiment

WHOLE = ("b", "B", "h", "H", "i", "I", "l", "L", "q", "Q")


def test_both_processes_see_the_squares_and_their_sum(start_method: str) -> None:
    ran = run_experiment("shared-memory", start_method=start_method)
    assert ran.status == "done"
    assert ran.shown("p1") == ran.shown("main") == {"result": [1, 4, 9, 16], "square_sum": 30}
    assert ran.output("p1") == ["result in p1: [1, 4, 9, 16]", "square_sum in p1: 30"]
    assert ran.output("main") == ["result in the main program: [1, 4, 9, 16]", "square_sum in the main program: 30"]
    assert ran.found("bad") == []


@pytest.mark.parametrize("type_code", [*WHOLE, "f", "d"])
def test_every_type_code_of_numbers_holds_them(type_code: str) -> None:
    ran = run_experiment("shared-memory", type_code=type_code, start_method="fork")
    assert ran.shown("main") == {"result": [1, 4, 9, 16], "square_sum": 30}
    kind = int if type_code in WHOLE else float
    assert isinstance(ran.shown("main")["square_sum"], kind)
    assert ran.found("bad") == []


@pytest.mark.parametrize(
    ("type_code", "result"),
    [pytest.param("c", "b'HELLO'", id="bytes of text"), pytest.param("u", "'HELLO'", id="characters")],
)
def test_type_codes_of_text_hold_text(type_code: str, result: str, start_method: str) -> None:
    ran = run_experiment("shared-memory", type_code=type_code, start_method=start_method)
    assert ran.shown("p1") == ran.shown("main") == {"result": "HELLO", "last": "O"}
    assert ran.output("main")[0] == f"result in the main program: {result}"


@pytest.mark.parametrize("text", ["grüße 😀", "", "x" * 5000], ids=["beyond ASCII", "empty", "long"])
@pytest.mark.parametrize("type_code", ["c", "u"])
def test_any_text_comes_through(type_code: str, text: str) -> None:
    ran = run_experiment("shared-memory", type_code=type_code, text=text, start_method="fork")
    assert ran.status == "done"
    assert ran.found("bad") == []


def test_a_square_that_does_not_fit_is_said_with_what_became_of_it() -> None:
    ran = run_experiment("shared-memory", type_code="b", numbers=(1, 2, 11, 12))
    assert ran.shown("main") == {"result": [1, 4, 121, -112], "square_sum": 14}
    assert ran.found("bad") == [
        "1 of 4 squares did not fit: 144 became -112.",
        "The squares' sum is 270, and the Value holds 14.",
    ]
    assert "1 B for -128 to 127" in plain(ran.findings[-1].evidence)


def test_a_sum_alone_that_does_not_fit_is_said() -> None:
    ran = run_experiment("shared-memory", type_code="B", numbers=(15, 15))
    assert ran.found("bad") == ["The squares' sum is 450, and the Value holds 194."]


def test_digits_that_a_float_has_no_room_for_are_said() -> None:
    ran = run_experiment("shared-memory", type_code="f", numbers=(4096, 4097))
    assert ran.found("bad")[0] == "1 of 2 squares did not fit: 16785409 became 16785408.0."
