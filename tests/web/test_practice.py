from __future__ import annotations

import pytest
from showpiece import PLAYS, Coach
from stage import FakeRasa, Trainee, lines_of

from bot.storage.unit_of_work import UnitOfWorkFactory
from bot.web.blocks import Block, block, carries, clock, in_command, options, payload
from bot.web.charts import bars, line_chart
from bot.web.dock import Dock, dock
from bot.web.evidence import Passage, passages, signed


def point(rule: str, start: int, end: int, points: int, name: str = "") -> dict[str, object]:
    return {"rule": rule, "span": [start, end], "points": points, "name": name or rule}


def test_a_reply_is_cut_where_its_evidence_ends() -> None:
    evidence = [point("listen", 0, 2, 10), point("clarify", 2, 4, 16), point("ask", 3, 5, 12)]
    assert passages("abcdef", evidence) == (
        Passage("ab", ("listen",)),
        Passage("c", ("clarify",)),
        Passage("d", ("clarify", "ask")),
        Passage("e", ("ask",)),
        Passage("f"),
    )


def test_what_concerns_the_whole_reply_marks_nothing() -> None:
    evidence = [point("start", 0, 3, 30), point("too_short", 0, 3, -20), point("limit", 0, 3, -5)]
    assert passages("abc", evidence) == (Passage("abc"),)


def test_evidence_that_does_not_fit_marks_nothing() -> None:
    odd = [
        point("ask", 1, 9, 5),
        point("ask", -1, 2, 5),
        point("ask", 2, 2, 5),
        {"rule": "ask", "points": 5},
        {"rule": "ask", "span": ["0", "1"], "points": 5},
        {"rule": "ask", "span": [0, 1], "points": None},
    ]
    assert passages("abc", odd) == (Passage("abc"),)
    assert passages("", []) == ()


def test_a_loss_is_seen_before_a_gain_and_a_method_has_its_name() -> None:
    (piece,) = passages("ab", [point("method", 0, 2, 8), point("argue", 0, 2, -20, "arguing")], "Inquiry")
    assert (piece.gains, piece.losses, piece.tone) == (("Inquiry",), ("arguing",), "loss")


@pytest.mark.parametrize(("points", "shown"), [(10, "+10"), (-8, "\u22128"), (0, "0"), (None, "0")])
def test_points_have_their_sign(points: object, shown: str) -> None:
    assert signed(points) == shown


def test_a_chart_stays_in_its_frame() -> None:
    series = [{"turn": n, "score": n * 3} for n in range(1, 61)] + [{"turn": 61, "score": "x"}]
    chart = line_chart(series, ("score", "trust"))
    assert len(chart.ticks) <= 12
    assert [len(line.dots) for line in chart.lines] == [len(series), 0]  # nobody measured trust
    for line in chart.lines:
        assert all(0 <= dot.x <= chart.width and 0 <= dot.y <= chart.bottom for dot in line.dots)
    assert chart.lines[0].path.startswith(f"{chart.lines[0].dots[0].x:g},")
    weeks = [{"turn": f"11-{day:02}", "score": 50} for day in range(1, 13)]
    assert len(line_chart(weeks, ("score",)).ticks) <= 6, "dates run into each other on a phone"
    assert line_chart([], ("score",)).ticks == ()


def test_the_longest_bar_is_as_high_as_the_chart() -> None:
    assert [bar.height for bar in bars([{"n": 1}, {"n": 4}, {}], "n")] == [20, 80, 2]
    assert bars([], "n") == ()


def test_what_a_payload_says() -> None:
    said = payload("choose_scenario", lang="zh", scenario="a")
    assert said == '/choose_scenario{"lang": "zh", "scenario": "a"}'
    assert in_command(said, "choose_scenario") and not in_command(said, "choose")
    assert carries(said, "scenario") and not carries(said, "level")
    assert clock(179.6) == "3:00" and clock(-4) == "0:00" and clock("x") == "0:00"


def test_the_filters_offer_each_value_once() -> None:
    items = [
        {"style": "owl", "style_name": {"zh": "猫头鹰", "en": "Owl"}},
        {"style": "owl", "style_name": {"zh": "猫头鹰", "en": "Owl"}},
        {"style": "", "style_name": "x"},
        {"style": "koala"},
    ]
    assert options(items, "style", "en") == (("owl", "Owl"),)


def shown(kind: str, *titles: str, **data: str) -> Block:
    buttons = [{"title": title, "payload": f"/{title}"} for title in titles]
    return block(kind=kind, text="", data=data, buttons=buttons, lang="zh")


def test_the_dock_tells_what_typed_text_is_taken_for() -> None:
    customer = shown("customer", "hint", "stop", customer="马老板", line="太贵了")
    told = dock("talk", [customer, shown("hint", text="x")])
    assert told is not None
    assert (told.name, told.line, [b["title"] for b in told.buttons]) == (
        "马老板",
        "太贵了",
        ["hint", "stop"],
    )
    assert dock("talk", [shown("hint", text="x")]) is None
    assert dock("swap", [shown("script", "one", "back", line="x", method_name="y")]) == Dock(
        "swap", buttons=({"title": "back", "payload": "/back"},)
    )
    assert dock("drill", []) is None
    assert dock("", [customer]) == Dock()


def test_a_talk_shows_in_the_dock(trainee: Trainee, rasa: FakeRasa, units: UnitOfWorkFactory) -> None:
    rasa.play = Coach(units)
    session = trainee.begin()
    began = lines_of(trainee.tell(session, payload='/choose_scenario{"scenario": "alarm_loud"}'))
    assert 'data-practice="talk"' in began[-1]["dock"] and "您在向马老板推销" in began[-1]["dock"]
    page = trainee.get(f"/chat/{session}").text
    assert 'data-practice="talk"' in page and "您怎么回他……" in page
    assert "dock" not in lines_of(trainee.tell(session, payload="/show_hint"))[-1]
    assert "card-feedback" in trainee.tell(session, text=PLAYS["zh"][0]).text
    paused = lines_of(trainee.tell(session, payload="/pause_talk"))
    assert 'data-practice=""' in paused[-1]["dock"]
    assert 'data-practice=""' in trainee.get(f"/chat/{session}").text


def test_swapped_roles_and_drills_show_in_the_dock(
    trainee: Trainee, rasa: FakeRasa, units: UnitOfWorkFactory
) -> None:
    rasa.play = Coach(units)
    session = trainee.begin(lang="en")
    trainee.get("/language/en")
    swapped = lines_of(trainee.tell(session, payload="/swap_roles"))
    assert "You are the customer now" in swapped[-1]["dock"]
    drilling = lines_of(trainee.tell(session, payload="/start_drill"))
    assert 'data-practice="drill"' in drilling[-1]["dock"]
    assert "Your answer" in trainee.get(f"/chat/{session}").text


@pytest.mark.parametrize("begin", ["start_roleplay", "start_drill", "show_progress"])
def test_practice_can_begin_on_the_start_page_without_a_product(trainee: Trainee, begin: str) -> None:
    form = {"csrf": trainee.csrf(), "name": "Li", "lang": "zh", "begin": begin}
    answer = trainee.post("/sessions", data=form)
    assert answer.headers["location"].endswith(f"?begin={begin}")
    assert f'data-begin="/{begin}' in trainee.get(answer.headers["location"]).text


def test_only_a_new_session_begins_by_its_address(trainee: Trainee) -> None:
    session = trainee.begin()
    assert "data-begin=" not in trainee.get(f"/chat/{session}?begin=stop").text
    trainee.tell(session, text="太贵了")
    assert "data-begin=" not in trainee.get(f"/chat/{session}?begin=start_drill").text


def test_the_record_names_the_scenario_that_was_chosen(
    trainee: Trainee, rasa: FakeRasa, units: UnitOfWorkFactory
) -> None:
    rasa.play = Coach(units)
    session = trainee.begin()
    trainee.tell(session, payload="/start_roleplay")
    trainee.tell(session, payload='/choose_scenario{"lang":"zh","scenario":"alarm_loud","level":"exam"}')
    page = trainee.get(f"/sessions/{session}").text
    assert "<p>响起来谁也关不掉</p>" in page
    assert "card-customer" in page
