"""The pages' texts, read from the i18n files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from bot.web.wording import LANG_TAGS

ROOT: Final = Path(__file__).parent.parent / "content" / "i18n"


def load_texts(root: Path = ROOT) -> Mapping[str, Mapping[str, Any]]:
    """Return what the pages say, by language: the part `web` of `zh.yml` and `en.yml`."""
    return {
        lang: yaml.safe_load((root / f"{lang}.yml").read_text(encoding="utf-8"))["web"] for lang in LANG_TAGS
    }
