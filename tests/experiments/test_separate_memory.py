from tests.running import run_experiment


def test_each_process_shows_and_prints_a_list_of_its_own(start_method: str) -> None:
    ran = run_experiment("separate-memory", start_method=start_method)
    assert ran.status == "done"
    assert ran.shown("p1") == {"result": [1, 4, 9, 16]}
    assert ran.shown("main") == {"result": []}
    assert ran.output("p1") == ["result in p1: [1, 4, 9, 16]"]
    assert ran.output("main") == ["result in the main program: []"]
    assert ran.found("ok") == ["main's list is []: nothing that p1 appended is in it."]


def test_a_forked_worker_begins_with_a_copy_of_what_main_had(start_method: str) -> None:
    ran = run_experiment("separate-memory", start_method=start_method, fill_first=True, filling=(7,), numbers=(2,))
    found = {"fork": [7], "spawn": [], "forkserver": []}[start_method]
    assert ran.shown("p1") == {"result": [*found, 4]}
    assert ran.found("info") == [f"p1 found {found} in its list and left {[*found, 4]} there."]
    assert ran.findings[0].evidence.startswith(start_method)


def test_main_keeps_what_it_had_whatever_the_worker_does(start_method: str) -> None:
    ran = run_experiment("separate-memory", start_method=start_method, fill_first=True)
    assert ran.shown("main") == {"result": [100, 200]}
    assert ran.found("bad") == []


def test_a_long_list_is_shortened_in_the_findings_and_whole_in_the_output() -> None:
    ran = run_experiment("separate-memory", numbers=tuple(range(100)))
    assert all(len(text) < 120 for text in ran.found("info") + ran.found("ok"))
    assert str([n * n for n in range(100)]) in ran.output("p1")[0]
