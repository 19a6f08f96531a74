"""Our pipeline without its shipped weights: what it makes of the very lines that the baseline gets.

The adapters in `bot/nlu/weights` were learned from all lines of `data/nlu`; a comparison on a subset must do
without them. `python -m benchmarks.pretrained` takes the arguments of `rasa`.
"""

from __future__ import annotations

import numpy as np

from bot.channels import launcher
from bot.nlu import encoder


def _no_adapters() -> dict[str, np.ndarray]:
    return {}


def forget_shipped_weights() -> None:
    """Leave the adapters and the shipped heads out; to be called before the components are imported."""
    encoder.load_adapters = _no_adapters  # type: ignore[assignment]


if __name__ == "__main__":
    forget_shipped_weights()
    launcher.main()
