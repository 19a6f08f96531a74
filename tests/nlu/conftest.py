"""The pretrained encoder, built once."""

from __future__ import annotations

import pytest

from bot.nlu.backbone import Backbone, load_backbone
from bot.nlu.encoder import Encoder, build_onnx


@pytest.fixture(scope="session")
def backbone() -> Backbone:
    return load_backbone()


@pytest.fixture(scope="session")
def plain(backbone: Backbone) -> Encoder:
    return Encoder(build_onnx(backbone, {}))
