"""`dojo chat`: the same conversation as on the page, in the terminal."""

from __future__ import annotations

import argparse
import getpass
import hashlib
import hmac
from datetime import datetime, timezone
from typing import Final

from bot.bootstrap import Context, build_context
from bot.commands import running
from bot.commands.console import Console, Progress
from bot.commands.conversation import Conversation
from bot.commands.errors import WrongInput
from bot.commands.family import Family, Signals
from bot.commands.screen import Screen
from bot.commands.stack import LOOPBACK, Stack, rasa_ready, with_free_inner_ports
from bot.commands.training import fitting_model
from bot.content.schema import Product
from bot.services.errors import NotFound
from bot.services.opening import NAME_LIMIT, any_session, open_session
from bot.settings import Settings

CHANNEL: Final = "terminal"

_QUIT: Final = ("/quit", "/exit")
_LINK: Final = "/link"
_RESUME: Final = "/resume_talk"


def run(console: Console, options: argparse.Namespace) -> int:
    """Open a session and talk until /quit or the end of the input."""
    settings = console.settings()
    context = build_context(settings)
    try:
        if options.product is not None and options.product not in context.content.products:
            known = ", ".join(context.content.products)
            raise WrongInput("chat.unknown_product", product=options.product, known=known)
        found = running.find(settings.home)
        if found is not None and found.ready and rasa_ready(found.rasa_port):
            return _talk(console, context, options, found.rasa_port)
        return _talk_alone(console, context, options)
    finally:
        context.close()


def _talk_alone(console: Console, context: Context, options: argparse.Namespace) -> int:
    """Start Rasa and the action server for this conversation only."""
    settings: Settings = with_free_inner_ports(context.settings)
    with Signals() as signals, Family() as family:
        model = fitting_model(console, family, signals)
        stack = Stack(console, family, signals, settings, context.secret)
        progress = Progress(console)
        try:
            progress.begin("up.starting")
            stack.start(model, web=False)
            stack.wait(progress)
            progress.done()
            return _talk(console, context, options, settings.rasa_port, stack)
        finally:
            progress.done()
            stack.stop()


def _talk(
    console: Console,
    context: Context,
    options: argparse.Namespace,
    rasa_port: int,
    stack: Stack | None = None,
) -> int:
    lang = options.lang or console.lang
    screen = Screen(console, console.texts.in_lang(lang))
    if options.session:
        return _go_on(screen, context, options.session, rasa_port, stack)
    name, product = _profile(screen, context, options, lang)
    session = open_session(
        context.units,
        trainee_key=_trainee_key(context.secret),
        name=name,
        channel=CHANNEL,
        lang=lang,
        product=product.id,
        now=datetime.now(timezone.utc),
    )
    screen.say("chat.begin", name=session.name, product=product.name.of(lang))
    conversation = Conversation(context, session, f"http://{LOOPBACK}:{rasa_port}")
    return _converse(conversation, screen, stack)


def _go_on(screen: Screen, context: Context, public_id: str, rasa_port: int, stack: Stack | None) -> int:
    """Go on with a session that was begun here or on the page."""
    try:
        session = any_session(context.units, session=public_id)
    except NotFound as error:
        raise WrongInput("chat.no_session", session=public_id) from error
    screen.say("chat.go_on", name=session.name, turns=session.turns)
    conversation = Conversation(context, session, f"http://{LOOPBACK}:{rasa_port}")
    conversation.send(_RESUME, click=True, show=screen.show)
    return _converse(conversation, screen, stack)


def _converse(conversation: Conversation, screen: Screen, stack: Stack | None) -> int:
    """Read lines and show answers until /quit or the end of the input; tell when there is no answer."""
    while True:
        line = screen.read("chat.prompt")
        if line is None or line in _QUIT:
            return 0
        if stack is not None:
            stack.check()
        if line == "/help":
            screen.say("chat.help")
        elif line == _LINK:
            _show_link(conversation, screen)
        elif line:
            payload = screen.payload(line)
            screen.clear_buttons()
            failure = conversation.send(payload or line, click=payload is not None, show=screen.show)
            screen.end()
            if failure is not None:
                screen.say(f"chat.failure.{failure}")


def _show_link(conversation: Conversation, screen: Screen) -> None:
    """Tell where the browser can go on with this session, if the page runs."""
    found = running.find(conversation.home)
    if found is None or not found.ready:
        screen.say("chat.no_page")
    else:
        screen.say("chat.link")
        screen.whole(f"{found.url}/continue/{conversation.permission()}")


def _profile(screen: Screen, context: Context, options: argparse.Namespace, lang: str) -> tuple[str, Product]:
    """Ask for what the arguments do not tell; where nobody can be asked, take the first product."""
    products = list(context.content.products.values())
    chosen = context.content.products.get(options.product) if options.product else None
    name = " ".join((options.name or "").split())[:NAME_LIMIT]
    if not screen.interactive:
        return name or _user(), chosen or products[0]
    while not name:
        line = screen.read("chat.ask_name")
        if line is None:
            raise KeyboardInterrupt
        name = " ".join(line.split())[:NAME_LIMIT]
    if chosen is None:
        screen.say("chat.products")
        for number, product in enumerate(products, start=1):
            screen.item(number, f"{product.name.of(lang)} · {product.trade.of(lang)}")
    while chosen is None:
        line = screen.read("chat.ask_product")
        if line is None:
            raise KeyboardInterrupt
        chosen = _product(products, line)
        if chosen is None:
            screen.say("chat.not_listed")
    return name, chosen


def _product(products: list[Product], line: str) -> Product | None:
    if line.isascii() and line.isdecimal() and 1 <= int(line) <= len(products):
        return products[int(line) - 1]
    wanted = line.casefold()
    named = [p for p in products if wanted in (p.id, p.name.zh.casefold(), p.name.en.casefold())]
    begun = [p for p in products if wanted and wanted in f"{p.name.zh} {p.name.en}".casefold()]
    found = named or begun
    return found[0] if len(found) == 1 else None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _trainee_key(secret: bytes) -> str:
    """Return the key by which a user of this machine is the same trainee every time."""
    return hmac.new(secret, f"terminal {_user()}".encode(), hashlib.sha256).hexdigest()
