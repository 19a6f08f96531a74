"""The settings: the only place that reads the environment. `docs/operations.md` explains each."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot.services.notice_channels import read_channels

SLACK_VARIABLES: Final[tuple[str, ...]] = (
    "DOJO_SLACK_BOT_TOKEN",
    "DOJO_SLACK_APP_TOKEN",
    "DOJO_SLACK_SIGNING_SECRET",
    "DOJO_SLACK_CLIENT_ID",
    "DOJO_SLACK_CLIENT_SECRET",
    "DOJO_SLACK_WORKSPACES",
    "DOJO_SLACK_HOST",
    "DOJO_SLACK_PORT",
    "DOJO_SLACK_API_URL",
    "DOJO_SLACK_NOTICES",
    "DOJO_SLACK_NOTICES_ADDRESS",
    "DOJO_SLACK_TEAM",
)
"""What is set for Slack (docs/slack.md), most of it read by Rasa's process; checked here and passed on.

The last one is the actions': the name of the team that people in Slack join.
"""

VARIABLES: Final[tuple[str, ...]] = (
    "DOJO_HOME",
    "DOJO_DATABASE_URL",
    "DOJO_REDIS_URL",
    "DOJO_SECRET",
    "DOJO_ACTION_TOKEN",
    "DOJO_HOST",
    "DOJO_PORT",
    "DOJO_RASA_PORT",
    "DOJO_ACTIONS_PORT",
    "DOJO_LANG",
    "DOJO_GUESTS",
    "DOJO_KEEP_TEXT_DAYS",
    "DOJO_OIDC_ISSUER",
    "DOJO_OIDC_CLIENT_ID",
    "DOJO_OIDC_CLIENT_SECRET",
    "DOJO_OIDC_NAME",
    "DOJO_OIDC_TEAM",
    *SLACK_VARIABLES,
)

SECRET_LENGTH: Final = 32
"""The fewest characters of a secret."""

_LOCAL: Final = ("127.0.0.1", "localhost", "0.0.0.0", "::", "::1")
_SQLITE: Final = "sqlite:///"
_POSTGRES: Final = re.compile(r"(postgres|postgresql|postgresql\+psycopg2)://")
_REDIS: Final = re.compile(r"(redis|rediss|unix)://")
_HOST: Final = re.compile(r"[A-Za-z0-9.:_-]+")
_TOKEN: Final = re.compile(r"[\x21-\x7e]+")


class SettingsError(Exception):
    """Settings that cannot be used; `faults` holds each of them."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        """Take every fault found."""
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class Fault:
    """What is wrong with one variable. It never repeats a value, which may hold a password."""

    variable: str
    reason: str

    def __str__(self) -> str:
        """Name the variable and the reason."""
        return f"{self.variable}: {self.reason}"


@dataclass(frozen=True)
class Settings:
    """Everything that can be set; secrets are left out when it is printed."""

    home: Path
    database_url: str = field(repr=False)
    redis_url: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    action_token: str = field(default="", repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    rasa_port: int = 5005
    actions_port: int = 5055
    lang: str = "en"
    guests: bool = True
    keep_text_days: int = 0
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_name: str = "OpenID"
    oidc_team: str = ""
    slack: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)

    @property
    def address(self) -> str:
        """What to type into a browser on this machine."""
        host = "localhost" if self.host in _LOCAL else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def secret_file(self) -> Path:
        """Where the secret is kept when none is set."""
        return self.home / "secret"


def load_settings(environ: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Read the environment, and what it does not set from `.env` in the folder (the current one by default).

    Raises SettingsError with every fault.
    """
    folder = Path.cwd() if folder is None else folder
    given = os.environ if environ is None else environ
    return read_settings({**read_env_file(folder / ".env"), **given}, folder)


def read_settings(values: Mapping[str, str], folder: Path) -> Settings:
    """Turn variables into settings; relative paths count from the folder, an empty value counts as unset."""
    faults: list[Fault] = []

    def text(variable: str, default: str, check: Callable[[str], str | None]) -> str:
        value = values.get(variable, "").strip() or default
        reason = check(value) if value else None
        if reason is not None:
            faults.append(Fault(variable, reason))
        return value

    def port(variable: str, default: int) -> int:
        value = text(variable, str(default), _check_port)
        return int(value) if _check_port(value) is None else default

    def number(variable: str, default: int) -> int:
        value = text(variable, str(default), _check_number)
        return int(value) if _check_number(value) is None else default

    home = (folder / Path(text("DOJO_HOME", "var", _check_home)).expanduser()).resolve()
    settings = Settings(
        home=home,
        database_url=_resolved(
            text("DOJO_DATABASE_URL", f"{_SQLITE}{home / 'dojo.db'}", _check_database), folder
        ),
        redis_url=text("DOJO_REDIS_URL", "", _check_redis),
        secret=text("DOJO_SECRET", "", check_secret),
        action_token=text("DOJO_ACTION_TOKEN", "", check_secret),
        host=text("DOJO_HOST", "127.0.0.1", _check_host),
        port=port("DOJO_PORT", 8000),
        rasa_port=port("DOJO_RASA_PORT", 5005),
        actions_port=port("DOJO_ACTIONS_PORT", 5055),
        lang=text("DOJO_LANG", _locale_lang(values), _check_lang),
        keep_text_days=number("DOJO_KEEP_TEXT_DAYS", 0),
        oidc_issuer=text("DOJO_OIDC_ISSUER", "", _check_issuer),
        oidc_client_id=text("DOJO_OIDC_CLIENT_ID", "", _anything),
        oidc_client_secret=text("DOJO_OIDC_CLIENT_SECRET", "", _anything),
        oidc_name=text("DOJO_OIDC_NAME", "OpenID", _anything),
        oidc_team=text("DOJO_OIDC_TEAM", "", _anything),
        guests=text("DOJO_GUESTS", "yes", _check_choice) == "yes",
        slack={name: text(name, "", _SLACK_CHECKS.get(name, _anything)) for name in SLACK_VARIABLES},
    )
    if len({settings.port, settings.rasa_port, settings.actions_port}) < 3:
        faults.append(
            Fault("DOJO_PORT", "the web page, Rasa and the action server need three different ports")
        )
    if settings.oidc_issuer and not settings.oidc_client_id:
        faults.append(Fault("DOJO_OIDC_CLIENT_ID", "must be set where DOJO_OIDC_ISSUER is"))
    faults += _slack_faults(settings.slack)
    if faults:
        raise SettingsError(tuple(faults))
    return settings


def read_env_file(path: Path) -> dict[str, str]:
    """Read `NAME=value` lines; `#` begins a comment line, quotes around a value are dropped."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError((Fault(str(path), f"cannot be read ({type(error).__name__})"),)) from error
    values: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        entry = line.strip().removeprefix("export ")
        if not entry or entry.startswith("#"):
            continue
        name, equals, value = entry.partition("=")
        if not equals or not name.strip().isidentifier():
            raise SettingsError((Fault(f"{path}:{number}", "must read NAME=value"),))
        value = value.strip()
        quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "'\""
        values[name.strip()] = value[1:-1] if quoted else value
    return values


def check_secret(value: str) -> str | None:
    """Say what is wrong with a secret, None if nothing is."""
    if len(value) < SECRET_LENGTH:
        return f"must have at least {SECRET_LENGTH} characters"
    return None if _TOKEN.fullmatch(value) else "must hold printable ASCII characters only, no blanks"


def _check_home(value: str) -> str | None:
    return "must not hold ? or a line end" if re.search(r"[?\x00-\x1f]", value) else None


def _check_database(value: str) -> str | None:
    if value.startswith(_SQLITE):
        path = value[len(_SQLITE) :].partition("?")[0]
        return "must name a file: a database in memory cannot be shared" if path in ("", ":memory:") else None
    if value == "sqlite://":
        return "must name a file: a database in memory cannot be shared"
    return None if _POSTGRES.match(value) else "must begin with sqlite:/// or postgresql://"


def _check_redis(value: str) -> str | None:
    return None if _REDIS.match(value) else "must begin with redis://, rediss:// or unix://"


def _check_host(value: str) -> str | None:
    return None if _HOST.fullmatch(value) else "must be a host name or an address, without a port or a path"


def _check_port(value: str) -> str | None:
    if re.fullmatch(r"[0-9]{1,5}", value) and 1 <= int(value) <= 65535:
        return None
    return "must be a number from 1 to 65535"


def _slack_faults(slack: Mapping[str, str]) -> list[Fault]:
    """Say what is missing where Slack is set up half."""
    if not any(slack[name] for name in SLACK_VARIABLES):
        return []
    faults = []
    if not slack["DOJO_SLACK_APP_TOKEN"] and not slack["DOJO_SLACK_SIGNING_SECRET"]:
        reason = "must be set for Slack (Socket Mode), or DOJO_SLACK_SIGNING_SECRET (HTTP)"
        faults.append(Fault("DOJO_SLACK_APP_TOKEN", reason))
    by_oauth = slack["DOJO_SLACK_CLIENT_ID"] and slack["DOJO_SLACK_CLIENT_SECRET"]
    if not slack["DOJO_SLACK_BOT_TOKEN"] and not by_oauth:
        reason = "must be set for Slack, or DOJO_SLACK_CLIENT_ID and DOJO_SLACK_CLIENT_SECRET"
        faults.append(Fault("DOJO_SLACK_BOT_TOKEN", reason))
    return faults


def _check_bot_token(value: str) -> str | None:
    return None if re.fullmatch(r"xoxb-[\x21-\x7e]+", value) else "must begin with xoxb-"


def _check_app_token(value: str) -> str | None:
    return None if re.fullmatch(r"xapp-[\x21-\x7e]+", value) else "must begin with xapp-"


def _check_channels(value: str) -> str | None:
    try:
        read_channels(value)
    except ValueError as error:
        return str(error)
    return None


def _check_address(value: str) -> str | None:
    found = re.fullmatch(r"https?://[^\s<>|]+", value)
    return None if found else "must begin with https:// or http://"


def _check_lang(value: str) -> str | None:
    return None if value in ("zh", "en") else "must be zh or en"


def _check_issuer(value: str) -> str | None:
    local = re.match(r"http://(localhost|127\.0\.0\.1)[:/]", value)
    return None if value.startswith("https://") or local else "must begin with https://"


def _anything(_value: str) -> str | None:
    return None


def _check_number(value: str) -> str | None:
    return None if re.fullmatch(r"[0-9]{1,5}", value) else "must be a number from 0 to 99999"


def _check_choice(value: str) -> str | None:
    return None if value in ("yes", "no") else "must be yes or no"


def _locale_lang(values: Mapping[str, str]) -> str:
    locale = values.get("LC_ALL") or values.get("LC_MESSAGES") or values.get("LANG") or ""
    return "zh" if locale.lower().startswith("zh") else "en"


def _resolved(url: str, folder: Path) -> str:
    if url.startswith("postgres://"):  # how many hosts write it, and SQLAlchemy does not read it
        return "postgresql" + url[len("postgres") :]
    if not url.startswith(_SQLITE):
        return url
    path, mark, query = url[len(_SQLITE) :].partition("?")
    return f"{_SQLITE}{(folder / path).resolve()}{mark}{query}"


_SLACK_CHECKS: Final[Mapping[str, Callable[[str], str | None]]] = {
    "DOJO_SLACK_BOT_TOKEN": _check_bot_token,
    "DOJO_SLACK_APP_TOKEN": _check_app_token,
    "DOJO_SLACK_HOST": _check_host,
    "DOJO_SLACK_PORT": _check_port,
    "DOJO_SLACK_NOTICES": _check_channels,
    "DOJO_SLACK_NOTICES_ADDRESS": _check_address,
}
