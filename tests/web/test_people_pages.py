from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from stage import FakeRasa
from world import World, company

from bot.coaching.review import KINDS
from bot.content.phrases import load_phrases
from bot.services import managing
from bot.services.passwords import hash_password
from bot.services.teaching import VERDICTS
from bot.storage.unit_of_work import UnitOfWorkFactory
from bot.web.wording import AREA

HARMFUL = "<script>alert(1)</script>"


@pytest.fixture
def world(units: UnitOfWorkFactory, rasa: FakeRasa) -> Iterator[World]:
    with company(units, rasa.url) as world:
        yield world


def give_password(world: World, name: str, password: str) -> None:
    with world.units() as uow:
        account = world.people[name].account
        assert account is not None
        uow.accounts.change(account, password_hash=hash_password(password))
        uow.commit()


def shown_link(text: str) -> str:
    found = re.search(r'class="link-box"[^>]*value="([^"]+)"', text)
    assert found is not None
    return found[1]


def test_everybody_is_told_truly_who_sees_what_they_practise(world: World) -> None:
    def told(who: str) -> str:
        return world.browsers[who].get("/").text

    assert "除了道场的管理员，练习记录只有您自己看得到" in told("guest")
    assert "您的培训师可以看到练习记录" in told("rep")
    with world.units() as uow:
        uow.teams.change(world.teams["north"], private=True)
        uow.commit()
    assert "您提交了练习，培训师才看得到记录" in told("rep")
    assert "您的培训师可以看到练习记录" in told("stranger")


def test_an_invited_person_joins_the_team(world: World) -> None:
    page = world.browsers["trainer"].submit("/people/invitations", role="trainee", team=world.teams["north"])
    link = shown_link(page.text)
    answer = world.browsers["guest"].submit(link, login="new", name="新人", password="correct horse battery")
    assert answer.status_code == 303
    assert "新人" in world.browsers["trainer"].get("/people").text
    assert "新人" not in world.browsers["other_trainer"].get("/people").text
    assert world.browsers["rep"].get(link).status_code == 404


def test_a_trainer_sees_their_team_only_and_no_logins_of_others(world: World) -> None:
    page = world.browsers["trainer"].get("/people").text
    assert "rep 姓名" in page and "stranger" not in page and "south" not in page


def test_a_trainer_cannot_take_a_promised_privacy_back(world: World) -> None:
    path = f"/people/teams/{world.teams['north']}"
    assert world.browsers["trainer"].submit(path, name="north", private="yes").status_code == 303
    assert world.browsers["trainer"].submit(path, name="north").status_code == 422
    assert world.browsers["admin"].submit(path, name="north").status_code == 303


def test_names_are_never_markup(world: World) -> None:
    admin = world.browsers["admin"]
    admin.submit("/people/teams", name=HARMFUL)
    world.browsers["rep"].submit("/account", name=HARMFUL, lang="en")
    for name, path in (("admin", "/people"), ("admin", "/audit"), ("rep", "/account"), ("rep", "/")):
        assert HARMFUL not in world.browsers[name].get(path).text


def test_a_shut_account_is_out_at_once(world: World) -> None:
    account = world.people["rep"].account
    assert world.browsers["rep"].get("/account").status_code == 200
    world.browsers["admin"].submit(f"/people/{account}/open", open="no")
    assert world.browsers["rep"].get("/account").status_code == 303


def test_the_last_admin_and_oneself_are_safe(world: World) -> None:
    admin, me = world.browsers["admin"], world.people["admin"].account
    for path, form in (
        (f"/people/{me}/role", {"role": "trainee"}),
        (f"/people/{me}/open", {"open": "no"}),
        (f"/people/{me}/erase", {"confirm": "admin"}),
    ):
        answer = admin.submit(path, **form)
        assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert admin.get("/people").status_code == 200


def test_a_password_link_works_once(world: World) -> None:
    account = world.people["rep"].account
    page = world.browsers["admin"].submit(f"/people/{account}/password")
    link = shown_link(page.text)
    guest = world.browsers["guest"]
    assert guest.submit(link, password="short").status_code == 422
    assert guest.submit(link, password="a brand new password").status_code == 303
    assert guest.get(link).status_code == 404
    assert world.browsers["rep"].get("/account").status_code == 303  # signed out
    answer = guest.submit("/sign-in", login="rep", password="a brand new password", back="/account")
    assert answer.headers["location"] == "/account"


def test_a_changed_password_signs_out_everywhere(world: World) -> None:
    give_password(world, "rep", "the old password")
    rep = world.browsers["rep"]
    assert rep.submit("/account/password", old="wrong", new="a brand new password").status_code == 422
    assert (
        rep.submit("/account/password", old="the old password", new="a brand new password").status_code == 303
    )
    assert rep.get("/account").status_code == 303
    assert rep.submit("/sign-in", login="rep", password="a brand new password").status_code == 303


def test_what_was_practised_before_signing_in_can_be_kept(world: World) -> None:
    guest = world.browsers["guest"]
    begun = guest.submit("/sessions", name="Li", product="alarm", lang="en").headers["location"]
    give_password(world, "rep", "the old password")
    guest.submit("/sign-in", login="rep", password="the old password")
    assert "1 session" in guest.get("/account").text
    assert guest.submit("/account/take-over").status_code == 303
    assert guest.get(begun).status_code == 200 and world.browsers["rep"].get(begun).status_code == 200
    guest.submit("/sign-out")
    assert guest.get(begun).status_code == 404


def test_whoever_erases_themselves_is_signed_out_and_gone(world: World) -> None:
    give_password(world, "rep", "the old password")
    rep = world.browsers["rep"]
    assert rep.submit("/account/erase", proof="wrong").status_code == 422
    assert rep.submit("/account/erase", proof="the old password").status_code == 303
    assert rep.get("/account").status_code == 303
    assert rep.submit("/sign-in", login="rep", password="the old password").status_code == 422


def test_the_audit_log_shows_what_was_done_to_whom(world: World) -> None:
    account = world.people["rep"].account
    world.browsers["admin"].submit(f"/people/{account}/role", role="trainer")
    page = world.browsers["admin"].get("/audit", params={"subject": "account", "id": str(account)}).text
    assert "角色 培训师" in page and "admin 姓名" in page
    assert "role=trainer" not in world.browsers["admin"].get("/audit?before=1").text
    assert world.browsers["admin"].get("/audit?account=x&before=;--").status_code == 404


def test_the_audit_log_speaks_in_words(world: World) -> None:
    rep, north = world.people["rep"].account, world.teams["north"]
    admin = world.browsers["admin"]
    admin.submit(f"/people/{rep}/role", role="trainer")
    admin.submit(f"/people/teams/{north}/members", account=str(rep), inside="no")
    admin.submit(f"/people/teams/{north}", name="North", private="yes")
    admin.get(f"/review/{world.sessions['stranger']}")
    rows = re.findall(r"<tr>.*?</tr>", admin.get("/audit").text, re.S)[1:]
    words = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)) for row in rows]
    assert any("改角色 账号 rep 姓名 角色 培训师" in row for row in words)
    assert any("移出团队 账号 rep 姓名 团队 North" in row for row in words)
    assert any("更改 团队 North" in row and "不公开 是" in row for row in words)
    assert f'<a href="/review/{world.sessions["stranger"]}">' in "".join(rows)


def test_whatever_is_on_record_has_words() -> None:
    folder = Path(managing.__file__).parent
    source = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    literal = re.findall(r'audit\.add\(\s*[\w.]+(?: or \w+)?,\s*"(\w+)",\s*"(\w+)"', source)
    actions = {action for action, _ in literal} | set(KINDS) | set(VERDICTS) | {"undo", "print", "export"}
    assert len(literal) > 20
    missing = {f"audit.did.{action}" for action in actions} | {f"audit.kind.{kind}" for _, kind in literal}
    assert missing <= set(load_phrases(AREA)["zh"].keys)
