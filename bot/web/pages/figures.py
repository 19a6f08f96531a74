"""The dashboards: what a team's practice adds up to, and one trainee's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from bot.coaching.taxonomy import OBJECTION_TYPES, TECHNIQUES
from bot.services.calendar import WEEK
from bot.services.digesting import digest
from bot.services.figuring import RANKED_FROM, WEEKS, Figures, person_figures, team_figures
from bot.services.filters import counted_text
from bot.services.numeral import whole_number
from bot.web.ids import id_if_any, id_of
from bot.web.people import person_of
from bot.web.room import room_of

_AT_ONCE = 10
"""So many changed sessions are looked at before a dashboard is shown; the rest follows by itself."""


async def show(request: Request[Any]) -> Response:
    """Show a team's dashboard."""
    room = room_of(request)
    await room.ask(digest, now=room.desk.now(), most=_AT_ONCE)
    told = await room.ask(
        team_figures,
        person=person_of(request),
        team=id_if_any(request.query_params.get("team")),
        period=_period(request),
        now=room.desk.now(),
    )
    team = told.team.id if told.team else None
    return room.pages.page(
        request,
        "figures.html",
        told=told,
        figures=told.figures,
        periods=WEEKS,
        types=OBJECTION_TYPES,
        query={"team": team or 0, "weeks": told.period},
        inbox=_inbox(told.figures, team=team, handed_in=told.handed_in_only),
        ranked_from=RANKED_FROM,
        day=date.fromordinal,
        series=_series(told.figures),
    )


async def show_person(request: Request[Any]) -> Response:
    """Show a trainee's page."""
    room = room_of(request)
    trainee = id_of(request.path_params["trainee"])
    await room.ask(digest, now=room.desk.now(), most=_AT_ONCE)
    told = await room.ask(
        person_figures,
        person=person_of(request),
        trainee=trainee,
        team=id_if_any(request.query_params.get("team")),
        period=_period(request),
        now=room.desk.now(),
    )
    return room.pages.page(
        request,
        "figures_person.html",
        told=told,
        figures=told.figures,
        periods=WEEKS,
        types=OBJECTION_TYPES,
        methods=TECHNIQUES,
        query={"team": told.team.id if told.team else 0, "weeks": told.period},
        inbox=_inbox(
            told.figures,
            team=told.team.id if told.team else None,
            trainee=trainee,
            handed_in=told.handed_in_only,
        ),
        day=date.fromordinal,
        series=_series(told.figures),
    )


def _period(request: Request[Any]) -> int:
    asked = whole_number(request.query_params.get("weeks", ""))
    return asked if asked in WEEKS else WEEKS[1]


def _series(figures: Figures) -> list[dict[str, Any]]:
    """Return the weeks as a chart takes them."""
    return [
        {
            "turn": f"{date.fromordinal(week.day):%m-%d}",
            "score": week.replies.mean,
            "managed": week.replies.share if week.replies.n else None,
            "minutes": round(week.seconds / 60),
        }
        for week in figures.weeks
    ]


def _inbox(figures: Figures, **about: int | None) -> Callable[..., str]:
    """Return what makes the address of the sessions behind a number: those in which something counted."""
    always = {key: int(value) for key, value in about.items() if value}

    def address(
        kind: str,
        key: str = "",
        part: str = "",
        *,
        ever: bool = False,
        since: int | None = None,
        **about: int,
    ) -> str:
        """Return the address: of the whole period, of all times, or of the week that begins on a day."""
        first, last = (figures.since, figures.until) if since is None else (since, since + WEEK - 1)
        time = {} if ever else {
            "from": date.fromordinal(first).isoformat(),
            "to": date.fromordinal(last).isoformat(),
        }  # fmt: skip
        return "/inbox?" + urlencode({**always, **about, **time, "counted": counted_text(kind, key, part)})

    return address
