"""The `rasa` command as `./dojo` starts it: quiet, quicker, private, and on this machine only.

``python -m bot.channels.launcher run`` takes the arguments of ``rasa``.  What it changes, and why:

- libraries' warnings are silenced where a trainer could do nothing about them;
- telemetry and error reporting are off;
- servers listen on 127.0.0.1 unless ``--interface`` says otherwise;
- placeholders in endpoints.yml are expanded for every part of Rasa, the action server's token included;
- one thread multiplies a message's small matrices: more of them wait busily, 35 ms of a processor a turn;
- work that Rasa does in every turn without need is spared (`bot.channels.thrift`);
- in training the garbage collector comes less often: it walks all lines again and again and finds nothing.
"""

from __future__ import annotations

import gc
import importlib
import logging
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any

_ENVIRONMENT = {
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "RASA_TELEMETRY_ENABLED": "false",
    "SANIC_HOST": "127.0.0.1",
    "SANIC_REQUEST_MAX_SIZE": "262144",
}
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
_OBJECTS_BEFORE_COLLECTING = 50_000
_SERVING_COMMANDS = {"run", "shell", "interactive", "parse"}
# These load Rasa's whole list of components, among them two that import skops.
_COMMANDS_WITH_ALL_COMPONENTS = {"train", "test", "data", "interactive", "visualize", "evaluate"}


def prepare(arguments: Sequence[str]) -> None:
    """Set up the process before Rasa's command line is imported."""
    serving = bool(_SERVING_COMMANDS & set(arguments[:1])) and arguments[1:2] != ["actions"]
    for name, value in (_ENVIRONMENT | (_ONE_THREAD if serving else {})).items():
        os.environ.setdefault(name, value)
    if arguments[:1] == ["train"]:
        gc.set_threshold(_OBJECTS_BEFORE_COLLECTING, *gc.get_threshold()[1:])
    if _COMMANDS_WITH_ALL_COMPONENTS & set(arguments[:1]):
        _import_skops()
    _silence_libraries()
    constants = importlib.import_module("rasa.core.constants")
    constants.DEFAULT_SERVER_INTERFACE = os.environ["SANIC_HOST"]  # type: ignore[attr-defined]
    _expand_endpoints()
    if serving:
        importlib.import_module("bot.channels.thrift").spare_work()


def _import_skops() -> None:
    """Import skops before TensorFlow, which makes its import five times as slow, and repair the root logger.

    It imports numpy.distutils, which replaces the root logger's class and level.
    """
    root = logging.getLogger()
    kind, level = root.__class__, root.level
    importlib.import_module("skops.io")
    root.__class__ = kind
    root.setLevel(level)


def _silence_libraries() -> None:
    """Ignore deprecations inside libraries; after Sanic's import, which puts a filter of its own in front.

    Rasa's list of expected warnings gets one more: actions utter our responses, which Rasa cannot see.
    """
    importlib.import_module("sanic.app")
    for category in (DeprecationWarning, PendingDeprecationWarning):
        warnings.filterwarnings("ignore", category=category)
    # Said at every load of a domain whose slots have mappings, which all have since Rasa 3.
    warnings.filterwarnings("ignore", message="Slot auto-fill", category=UserWarning)
    expected = importlib.import_module("rasa.utils.common").EXPECTED_WARNINGS
    expected.append((UserWarning, "The utterance '.*' is not used in any story or rule"))


def _expand_endpoints() -> None:
    endpoints = importlib.import_module("rasa.utils.endpoints")
    expand = importlib.import_module("bot.channels.placeholders").expand

    def from_dict(data: dict[str, Any]) -> Any:
        settings = expand(data)
        settings["url"] = settings.pop("address", None) or settings.get("url")
        return endpoints.EndpointConfig(**settings)

    endpoints.EndpointConfig.from_dict = staticmethod(from_dict)  # type: ignore[attr-defined]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run Rasa's command line with ``arguments``, or with those of this process."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    prepare(given)
    sys.argv = ["rasa", *given]
    importlib.import_module("rasa.__main__").main()


if __name__ == "__main__":
    main()
