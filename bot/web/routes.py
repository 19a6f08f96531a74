"""Every address of the pages, and who may use it: one table, which a test walks through role by role."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.services.access import GUEST, Access, allows
from bot.services.noticing import count_news
from bot.web.faults import Fault
from bot.web.pages import (
    account,
    agreement,
    assignments,
    audit,
    authoring,
    chat,
    continuing,
    corrections,
    editing,
    figures,
    guest,
    health,
    help,
    identity,
    inbox,
    joining,
    language,
    linking,
    messages,
    models,
    news,
    people,
    previewing,
    review,
    samples,
    sessions,
    signing_in,
    start,
)
from bot.web.people import find_person
from bot.web.room import CSRF_FIELD, CSRF_HEADER, room_of

Page = Callable[[Request[Any]], Awaitable[Response]]


@dataclass(frozen=True)
class Way:
    """One address.

    Attributes:
        path, method: as Starlette takes them.
        page: what answers.
        need: who may use it.
        checks_csrf: the guard looks for the visitor's token before a POST gets to the page; False only where
            the page does so itself, or where programs call.
    """

    path: str
    page: Page
    need: Access
    method: str = "GET"
    checks_csrf: bool = True


WAYS: Final[tuple[Way, ...]] = (
    Way("/", start.show, Access.PRACTISE),
    Way("/sessions", start.open_session, Access.PRACTISE, "POST"),
    Way("/sessions", sessions.show_list, Access.PRACTISE),
    Way("/sessions/{session}", sessions.show_transcript, Access.PRACTISE),
    Way("/sessions/{session}/hand-in", sessions.hand_in_own, Access.PRACTISE, "POST"),
    Way("/sessions/{session}/transcript.{format}", sessions.download_own, Access.PRACTISE),
    Way("/news", news.show, Access.PRACTISE),
    Way("/chat/{session}", chat.show, Access.PRACTISE),
    # It gives back what was typed, whatever is wrong with the request.
    Way("/chat/{session}/messages", messages.post, Access.PRACTISE, "POST", checks_csrf=False),
    Way("/continue/{given}", continuing.take_over, Access.PRACTISE),
    Way("/help", help.show, Access.EVERYONE),
    Way("/language/{lang}", language.choose, Access.EVERYONE),
    Way("/health", health.show, Access.EVERYONE),
    Way("/figures", figures.show, Access.TRAINERS),
    Way("/figures/people/{trainee}", figures.show_person, Access.TRAINERS),
    Way("/agreement", agreement.show, Access.TRAINERS),
    Way("/agreement/floors", agreement.set_floors, Access.ADMINS, "POST"),
    Way("/samples", samples.show_list, Access.TRAINERS),
    Way("/samples", samples.make, Access.TRAINERS, "POST"),
    Way("/samples/{sample}", samples.show, Access.TRAINERS),
    Way("/samples/{sample}/verdicts", samples.show_verdicts, Access.TRAINERS),
    Way("/samples/{sample}/items/{item}", samples.answer, Access.TRAINERS, "POST"),
    Way("/sign-in", signing_in.show, Access.EVERYONE),
    Way("/sign-in", signing_in.enter, Access.EVERYONE, "POST"),
    Way("/oidc/go", identity.go, Access.EVERYONE),
    Way("/oidc/back", identity.come_back, Access.EVERYONE),
    Way("/sign-out", signing_in.leave, Access.EVERYONE, "POST"),
    Way("/join/{token}", joining.show, Access.EVERYONE),
    Way("/join/{token}", joining.join, Access.EVERYONE, "POST"),
    Way("/password/{given}", account.choose_password, Access.EVERYONE),
    Way("/password/{given}", account.use_password_link, Access.EVERYONE, "POST"),
    Way("/account", account.show, Access.SIGNED_IN),
    Way("/account", account.set_profile, Access.SIGNED_IN, "POST"),
    Way("/account/password", account.set_password, Access.SIGNED_IN, "POST"),
    Way("/account/sign-out", account.leave_everywhere, Access.SIGNED_IN, "POST"),
    Way("/account/take-over", account.keep_guest_practice, Access.SIGNED_IN, "POST"),
    Way("/account/tokens", account.make_token, Access.TRAINERS, "POST"),
    Way("/account/tokens/revoke", account.revoke_tokens, Access.TRAINERS, "POST"),
    Way("/account/tokens/{token}/revoke", account.revoke_token, Access.TRAINERS, "POST"),
    Way("/account/data", account.download, Access.SIGNED_IN),
    Way("/account/erase", account.erase_me, Access.SIGNED_IN, "POST"),
    # Also where guests are not welcome (any more): what is kept of them is theirs.
    Way("/guest", guest.show, Access.EVERYONE),
    Way("/guest/data", guest.download, Access.EVERYONE),
    Way("/guest/erase", guest.erase_me, Access.EVERYONE, "POST"),
    Way("/inbox", inbox.show, Access.TRAINERS),
    Way("/inbox/next", inbox.go_on, Access.TRAINERS),
    Way("/inbox/export.{format}", inbox.export, Access.TRAINERS),
    Way("/inbox/filters", inbox.keep_filter, Access.TRAINERS, "POST"),
    Way("/inbox/filters/{kept}", inbox.change_filter, Access.TRAINERS, "POST"),
    Way("/link", linking.show, Access.SIGNED_IN),
    Way("/link", linking.link, Access.SIGNED_IN, "POST"),
    Way("/people", people.show, Access.TRAINERS),
    Way("/people/invitations", people.invite_somebody, Access.TRAINERS, "POST"),
    Way("/people/invitations/{invitation}/withdraw", people.withdraw_invitation, Access.TRAINERS, "POST"),
    Way("/people/teams", people.add_team, Access.ADMINS, "POST"),
    Way("/people/teams/{team}", people.set_team, Access.TRAINERS, "POST"),
    Way("/people/teams/{team}/members", people.set_membership, Access.TRAINERS, "POST"),
    Way("/people/{account}/role", people.give_role, Access.ADMINS, "POST"),
    Way("/people/{account}/open", people.shut_or_open, Access.ADMINS, "POST"),
    Way("/people/{account}/password", people.make_password_link, Access.ADMINS, "POST"),
    Way("/people/{account}/data", people.download, Access.ADMINS),
    Way("/people/{account}/erase", people.erase_somebody, Access.ADMINS, "POST"),
    Way("/corrections", corrections.show, Access.TRAINERS),
    Way("/corrections/{lesson}", corrections.settle, Access.TRAINERS, "POST"),
    Way("/models", models.show, Access.TRAINERS),
    Way("/models/train", models.train, Access.TRAINERS, "POST"),
    Way("/models/rollback", models.roll_back, Access.TRAINERS, "POST"),
    Way("/models/{training}/promote", models.promote, Access.TRAINERS, "POST"),
    Way("/assignments", assignments.show, Access.TRAINERS),
    Way("/assignments", assignments.add, Access.TRAINERS, "POST"),
    Way("/assignments/{assignment}", assignments.show_one, Access.TRAINERS),
    Way("/assignments/{assignment}/withdraw", assignments.withdraw, Access.TRAINERS, "POST"),
    Way("/review/{session}", review.show, Access.TRAINERS),
    Way("/review/{session}", review.say, Access.TRAINERS, "POST"),
    Way("/review/{session}/print", review.show_print, Access.TRAINERS),
    Way("/review/{session}/export.{format}", review.export, Access.TRAINERS),
    Way("/audit", audit.show, Access.ADMINS),
    Way("/authoring", authoring.show_list, Access.TRAINERS),
    Way("/authoring/copy", authoring.copy, Access.TRAINERS, "POST"),
    Way("/authoring/export.zip", authoring.export, Access.TRAINERS),
    Way("/authoring/{kind}/{stem}", authoring.show, Access.TRAINERS),
    Way("/authoring/{kind}/{stem}/differences", authoring.show_differences, Access.TRAINERS),
    Way("/authoring/{kind}/{stem}/file.yml", authoring.download, Access.TRAINERS),
    Way("/authoring/{kind}/{stem}/edit", editing.show, Access.TRAINERS),
    Way("/authoring/{kind}/{stem}/edit", editing.store, Access.TRAINERS, "POST"),
    Way("/authoring/{kind}/{stem}/yaml", editing.show_yaml, Access.TRAINERS),
    Way("/authoring/{kind}/{stem}/yaml", editing.store_yaml, Access.TRAINERS, "POST"),
    Way("/authoring/{kind}/{stem}/publish", previewing.publish, Access.TRAINERS, "POST"),
    Way("/authoring/{kind}/{stem}/try", previewing.try_version, Access.TRAINERS, "POST"),
    Way("/authoring/{kind}/{stem}/scripts", previewing.show_scripts, Access.TRAINERS),
    Way("/authoring/{kind}/{stem}/rubrics", previewing.show_rubrics, Access.TRAINERS),
)


def routes(ways: tuple[Way, ...] = WAYS) -> list[Route]:
    """Return the routes, each behind the guard."""
    return [Route(way.path, guarded(way), methods=[way.method]) for way in ways]


def guarded(way: Way) -> Page:
    """Return a page that only those get to who may: others are asked to sign in, or refused."""

    async def page(request: Request[Any]) -> Response:
        room = room_of(request)
        person = request.state.person = await find_person(request, room.context)
        if not allows(way.need, person, guests=room.context.guests):
            if person.role == GUEST and way.method == "GET":
                back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                return RedirectResponse(f"/sign-in?back={quote(back, safe='')}", status_code=303)
            raise Fault(403, "not_allowed")
        if way.method != "GET" and way.checks_csrf:
            token = request.headers.get(CSRF_HEADER) or str((await request.form()).get(CSRF_FIELD, ""))
            room.check_csrf(request, token)
        if way.method == "GET" and way.need is not Access.EVERYONE:
            request.state.news = await room.ask(count_news, person=person)
        return await way.page(request)

    return page
