"""The web server's process: `python -m bot.web.server`, started by the supervisor."""

from __future__ import annotations

import gc
import hashlib
from datetime import datetime, timezone
from typing import Final

import uvicorn

from bot.bootstrap import Context, build_context
from bot.content.phrases import load_phrases
from bot.services.digesting import digest_some
from bot.services.exporting import export
from bot.services.forgetting import purge_old
from bot.services.notice_channels import read_channels
from bot.services.telling import prune_notices
from bot.services.transcripts import Transcript
from bot.services.trust import Trusts
from bot.services.xapi import HOME
from bot.storage.records import Reply
from bot.web.app import create_app
from bot.web.chores import Chore
from bot.web.context import LOOPBACK_HOSTS, WebContext
from bot.web.live import LiveProducts, live_names
from bot.web.notices import Notifier
from bot.web.oidc import Provider
from bot.web.responses import Responses
from bot.web.supplying import Supplier
from bot.web.wording import AREA, export_labels
from bot.web.workshop import CommandWorkshop

_EVERYWHERE: Final = ("0.0.0.0", "::")
_DRAIN_SECONDS: Final = 10
_HOUR: Final = 3600.0
_MOMENT: Final = 2.0
_OFTEN: Final = 15.0


def _now() -> datetime:
    return datetime.now(timezone.utc)


def main() -> None:
    """Serve the pages until a signal says to stop."""
    context = build_context()
    try:
        app = create_app(web_context(context))
        # The content stays: what looks for garbage need not go through it while somebody waits for a page.
        gc.collect()
        gc.freeze()
        uvicorn.run(
            app,
            host=context.settings.host,
            port=context.settings.port,
            log_level="warning",
            access_log=False,
            ws="none",  # there are none, and Rasa's pin of that library is too old for this server
            server_header=False,
            timeout_graceful_shutdown=_DRAIN_SECONDS,
        )
    finally:
        context.close()


def web_context(context: Context) -> WebContext:
    """Return what the pages need of a process's context."""
    settings = context.settings
    phrases = load_phrases(AREA)
    responses = Responses.load()
    names = live_names(context.shelf, load_phrases("practice"))
    labels = {lang: export_labels(phrases[lang], names[lang]) for lang in phrases}
    home = HOME.replace("//", f"//{hashlib.sha256(context.secret).hexdigest()[:12]}.")

    def write(transcript: Transcript, format: str, lang: str, trusts: Trusts) -> str:
        def shown(reply: Reply) -> str:
            return responses.text(reply, lang)

        return export(transcript, format, labels[lang], shown, home, trusts)

    def purge() -> int:
        return purge_old(context.units, keep_days=settings.keep_text_days, now=_now())

    rasa_url = f"http://127.0.0.1:{settings.rasa_port}"
    return WebContext(
        units=context.units,
        phrases=phrases,
        names=names,
        products=LiveProducts(context.shelf),
        shelf=context.shelf,
        reply_text=responses.text,
        export=write,
        cookie_secret=context.secret,
        rasa_url=rasa_url,
        rasa_secret=context.secret,
        workshop=CommandWorkshop(settings.home),
        clock=_now,
        lang=settings.lang,
        guests=settings.guests,
        provider=_provider(context),
        chores=(
            Chore("purging old words", _HOUR, purge),
            Chore("making digests", _OFTEN, lambda: digest_some(context.units, now=_now())),
            Chore("taking up content", _MOMENT, lambda: context.shelf.take_published(context.units)),
            Chore("deleting old notices", _HOUR, lambda: prune_notices(context.units, now=_now())),
            *_slack(context, rasa_url),
        ),
        allowed_hosts=() if settings.host in _EVERYWHERE else (*LOOPBACK_HOSTS, settings.host),
    )


def _slack(context: Context, rasa_url: str) -> tuple[Chore, ...]:
    """Return the chores that Slack brings; none without it.

    They are keeping its forms supplied with what is published, and telling trainers, where they ask for it.
    """
    slack = context.settings.slack
    if not slack.get("DOJO_SLACK_BOT_TOKEN") and not slack.get("DOJO_SLACK_CLIENT_ID"):
        return ()
    supplier = Supplier(context.shelf, rasa_url, context.secret, _now)
    supplying = Chore("bringing content to Slack", _OFTEN, supplier.supply)
    channels = read_channels(slack.get("DOJO_SLACK_NOTICES", ""))
    if not channels:
        return (supplying,)
    address = slack.get("DOJO_SLACK_NOTICES_ADDRESS") or context.settings.address
    notifier = Notifier(context.units, rasa_url, context.secret, address, channels, _now)
    return (supplying, Chore("telling trainers in Slack", _OFTEN, notifier.tell))


def _provider(context: Context) -> Provider | None:
    settings = context.settings
    if not settings.oidc_issuer:
        return None
    return Provider(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        name=settings.oidc_name,
        team=settings.oidc_team,
    )


if __name__ == "__main__":
    main()
