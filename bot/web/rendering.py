"""The templates: everything in them is escaped, a missing value or key is an error."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from bot.services.trust import Trusts, untold
from bot.web.blocks import (
    Block,
    carries,
    clock,
    in_command,
    options,
    payload,
    payload_values,
    percent,
    pick,
    segments,
    sureness,
)
from bot.web.charts import bars, line_chart
from bot.web.context import MAX_REASON_CHARACTERS, MAX_TEXT_CHARACTERS
from bot.web.dock import WAYS, Dock
from bot.web.evidence import passages, signed
from bot.web.navigation import links_for
from bot.web.visitors import visit_of
from bot.web.wording import LANG_TAGS, Speech, accepted_lang

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"


class Pages:
    """Renders pages and pieces of pages in the visitor's language."""

    def __init__(
        self,
        speeches: Mapping[str, Speech],
        default_lang: str,
        trusts: Callable[[], Trusts] = untold,
    ) -> None:
        """Prepare the templates; `trusts` tells how far each judgement may be relied on."""
        self._speeches = speeches
        self._default_lang = default_lang
        self._trusts = trusts
        self._templates = _templates()

    def lang(self, request: Request[Any]) -> str:
        """Return the language of the pages for a request: the one chosen, else the browser's."""
        chosen = visit_of(request).visitor.lang
        return chosen or accepted_lang(request.headers.get("accept-language", ""), self._default_lang)

    def speech(self, request: Request[Any]) -> Speech:
        """Return the sentences in the visitor's language."""
        return self._speeches[self.lang(request)]

    def page(self, request: Request[Any], template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """Render a whole page."""
        visit = visit_of(request)
        speech = self.speech(request)
        person = getattr(request.state, "person", None)
        text = self._templates.get_template(template).render(
            t=speech,
            lang=speech.lang,
            csrf=visit.csrf,
            visitor=visit.visitor,
            person=person,
            room_links=links_for(person),
            news=getattr(request.state, "news", 0),
            here=request.url.path,
            trusts=self._trusts,
            **values,
        )
        return HTMLResponse(text, status_code=status, headers={"content-language": speech.tag})

    def card(self, shown: Block) -> str:
        """Render one message of the bot; its labels are in the language of what it says."""
        template = self._templates.get_template("blocks/block.html")
        return template.render(t=self._speeches[shown.lang], block=shown, trusts=self._trusts)

    def dock(self, shown: Dock, lang: str) -> str:
        """Render what stands above the composer."""
        return self._templates.get_template("dock.html").render(t=self._speeches[lang], dock=shown)


@functools.cache
def _templates() -> Environment:
    """Return the templates; a process compiles each of them once."""
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(
        pick=pick,
        percent=percent,
        sureness=sureness,
        segments=segments,
        payload_values=payload_values,
        options=options,
        passages=passages,
        signed=signed,
        clock=clock,
        zip=zip,
    )
    templates.tests.update(in_command=in_command, carries=carries)
    templates.globals.update(
        static=static_url,
        lang_tags=LANG_TAGS,
        max_text=MAX_TEXT_CHARACTERS,
        max_reason=MAX_REASON_CHARACTERS,
        ways=WAYS,
        payload=payload,
        line_chart=line_chart,
        bars=bars,
    )
    return templates


_VERSIONS: dict[str, str] = {}


def static_url(name: str) -> str:
    """Return the address of a static file, which changes with its content."""
    if name not in _VERSIONS:
        _VERSIONS[name] = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={_VERSIONS[name]}"
