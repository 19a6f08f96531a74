"""The wiring: the only place that puts settings, database, secret and content together."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.future import Engine

from bot.content.schema import Content
from bot.services.shelf import Shelf
from bot.settings import SLACK_VARIABLES, Fault, Settings, SettingsError, check_secret, load_settings
from bot.storage.engine import open_engine
from bot.storage.schema import upgrade
from bot.storage.unit_of_work import UnitOfWorkFactory, unit_of_work_factory


@dataclass(frozen=True)
class Storage:
    """An open database, brought to the newest schema."""

    engine: Engine
    units: UnitOfWorkFactory

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


@dataclass(frozen=True)
class Context:
    """What a process works with; made once at its start and handed down."""

    settings: Settings
    secret: bytes
    storage: Storage
    shelf: Shelf

    @property
    def content(self) -> Content:
        """The content in use, as it was taken up last."""
        return self.shelf.content

    @property
    def units(self) -> UnitOfWorkFactory:
        """What the use cases take."""
        return self.storage.units

    def close(self) -> None:
        """Give back what was opened."""
        self.storage.close()


def build_context(settings: Settings | None = None) -> Context:
    """Open everything that a server process needs.

    Raises SettingsError, ContentError of the loader, Unavailable or SchemaTooNew of the database.
    """
    settings = load_settings() if settings is None else settings
    shelf = Shelf()
    context = Context(settings, ensure_secret(settings), open_storage(settings), shelf)
    try:
        shelf.take_published(context.units)
    except BaseException:
        context.close()
        raise
    return context


def open_storage(settings: Settings) -> Storage:
    """Open the database alone, for commands that need nothing else; the schema is brought up to date."""
    make_home(settings)
    engine = open_engine(settings.database_url)
    try:
        upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return Storage(engine, unit_of_work_factory(engine))


def make_home(settings: Settings) -> Path:
    """Make the folder of everything that is kept, for its owner only; an existing one is left as it is."""
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError((Fault("DOJO_HOME", f"cannot be made ({error.strerror})"),)) from error
    return settings.home


def ensure_secret(settings: Settings) -> bytes:
    """Return the secret that signs calls and cookies; at the first start one is made and kept.

    Several processes may start at once: the file appears complete and is never written again, so that all
    of them read the same one.
    """
    if settings.secret:
        return settings.secret.encode()
    path = settings.secret_file
    try:
        if not path.exists():
            make_home(settings)
            _publish(path, secrets.token_urlsafe(32))
        _restrict(path)
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError((Fault(str(path), f"cannot be used ({type(error).__name__})"),)) from error
    reason = check_secret(secret)
    if reason is not None:
        raise SettingsError((Fault(str(path), reason),))
    return secret.encode()


def action_token(settings: Settings, secret: bytes) -> str:
    """Return the token that Rasa shows to the action server: the one set, or one made of the secret."""
    return settings.action_token or hmac.new(secret, b"action token", hashlib.sha256).hexdigest()


def child_environment(settings: Settings, secret: bytes) -> dict[str, str]:
    """Return the variables for a process that is started as a part of the dojo, every setting resolved."""
    return {
        "DOJO_HOME": str(settings.home),
        "DOJO_DATABASE_URL": settings.database_url,
        "DOJO_REDIS_URL": settings.redis_url,
        "DOJO_SECRET": secret.decode(),
        "DOJO_ACTION_TOKEN": action_token(settings, secret),
        "DOJO_HOST": settings.host,
        "DOJO_PORT": str(settings.port),
        "DOJO_RASA_PORT": str(settings.rasa_port),
        "DOJO_ACTIONS_PORT": str(settings.actions_port),
        "DOJO_LANG": settings.lang,
        "DOJO_KEEP_TEXT_DAYS": str(settings.keep_text_days),
        "DOJO_OIDC_ISSUER": settings.oidc_issuer,
        "DOJO_OIDC_CLIENT_ID": settings.oidc_client_id,
        "DOJO_OIDC_CLIENT_SECRET": settings.oidc_client_secret,
        "DOJO_OIDC_NAME": settings.oidc_name,
        "DOJO_OIDC_TEAM": settings.oidc_team,
        "DOJO_GUESTS": "yes" if settings.guests else "no",
        **{name: settings.slack.get(name, "") for name in SLACK_VARIABLES},
    }


def _publish(path: Path, secret: str) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return  # another process was faster, and its secret is the one
    finally:
        draft.unlink()


def _restrict(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
