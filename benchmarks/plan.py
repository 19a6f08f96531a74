"""How much is measured: the whole run, or a quick one that only shows that everything can be measured."""

from __future__ import annotations

from dataclasses import dataclass

PARTS = ("nlu", "start", "turn", "growth", "memory", "slack")
ON_DEMAND = ("room",)
"""The parts that only `--only` measures: they take an hour and many gigabytes."""

SERVING = ("start", "turn", "growth", "memory")
"""The parts that need both bots running."""

BOTS = ("ours", "stock")
ROLE_PLAY = "role_play"
"""What is measured at a time: the two bots with people who ask, or ours with people who practise."""


@dataclass(frozen=True)
class Plan:
    """The sizes of a run.

    Attributes:
        baseline_lines: training lines of the subset that both pipelines are trained on.
        most_lines: the most training lines that count as all of them, None for no limit.
        stock_epochs: epochs of stock Rasa's networks, None for its own (100).
        most_scored: the most held-out lines of each file, None for no limit.
        at_once: how many trainings or loadings share the machine; more than one spoils their times.
        starts: starts of each bot, the first one cold; together or each alone, which is what counts.
        warm_up: turns of each bot that do not count.
        blocks, block_turns: one user: blocks of turns, bot by bot in turn.
        crowds, crowd_blocks, crowd_seconds: several users: blocks of seconds, bot by bot in turn.
        late_turn: the turn of a long session that is compared with turn 3.
        late_role_play_turn: the same of a session of role-plays.
        late_samples: turns around it that are measured, in each of `late_sessions` sessions.
        slack_people, slack_seconds: who write in Slack, and how long.
        slack_pause_seconds: the pause between two messages of one person, on the average.
        slack_warm_up: messages in Slack before that do not count.
        room_sessions: sizes of the companies that the trainer's pages are asked about.
        room_rounds: so often each page is asked for by everybody.
    """

    quick: bool
    seed: int
    baseline_lines: int
    baseline_full: bool
    most_lines: int | None = None
    stock_epochs: int | None = None
    most_scored: int | None = None
    at_once: int = 1
    starts: int = 4
    starts_together: bool = False
    warm_up: int = 40
    blocks: int = 10
    block_turns: int = 40
    crowds: tuple[int, ...] = (8, 32)
    crowd_blocks: int = 3
    crowd_seconds: float = 10.0
    late_turn: int = 300
    late_role_play_turn: int = 60
    late_samples: int = 20
    late_sessions: int = 2
    slack_people: int = 200
    slack_seconds: float = 60.0
    slack_pause_seconds: float = 10.0
    slack_warm_up: int = 20
    room_sessions: tuple[int, ...] = (10_000, 100_000)
    room_rounds: int = 20


def whole(seed: int, baseline_lines: int, baseline_full: bool) -> Plan:
    """Return the plan whose figures are published."""
    return Plan(False, seed, baseline_lines, baseline_full)


def quick(seed: int) -> Plan:
    """Return the plan for a quick check; its figures mean nothing."""
    return Plan(
        quick=True,
        seed=seed,
        baseline_lines=150,
        baseline_full=False,
        most_lines=300,
        stock_epochs=2,
        most_scored=24,
        at_once=2,
        starts=1,
        starts_together=True,
        warm_up=2,
        blocks=2,
        block_turns=4,
        crowd_blocks=1,
        crowd_seconds=2.0,
        late_turn=10,
        late_role_play_turn=10,
        late_samples=3,
        late_sessions=1,
        slack_people=20,
        slack_seconds=5.0,
        slack_pause_seconds=2.0,
        slack_warm_up=2,
        room_sessions=(50, 100),
        room_rounds=1,
    )
