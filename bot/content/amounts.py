"""Sums of money in a text, so that a product's figures can be held against each other."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_NUMBER: Final = r"(\d[\d,]*(?:\.\d+)?)"
_AMOUNT: Final = re.compile(
    rf"{_NUMBER}\s*(万)?\s*(?:元|块)|{_NUMBER}[\s-]*(million)?[\s-]*(?:yuan|CNY|RMB)\b|(?:CNY|RMB|¥|￥)\s*{_NUMBER}"
)
_SCALE: Final = {"万": Decimal(10_000), "million": Decimal(1_000_000)}


def amounts(text: str) -> frozenset[Decimal]:
    """Return the sums of money that a Chinese or English text names in digits."""
    found = set()
    for chinese, ten_thousand, english, million, prefixed in _AMOUNT.findall(text):
        number = Decimal((chinese or english or prefixed).replace(",", ""))
        found.add(number * _SCALE.get(ten_thousand or million, Decimal(1)))
    return frozenset(found)


def told(sums: frozenset[Decimal]) -> str:
    """Write sums down for a fault, smallest first."""
    return ", ".join(f"{amount.normalize():f}" for amount in sorted(sums))
