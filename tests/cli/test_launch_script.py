"""`./dojo`, the script at the root: what it sets up, when, and that it then goes straight to the command."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.terminal import ROOT

TOOLS = ("sh", "readlink", "dirname", "cmp", "cat", "printf", "env", "python3", "mkdir", "chmod")
UV = """#!/bin/sh
case $1 in
--version) echo "uv 9.9.9" ;;
python) exit 0 ;;
sync)
    echo "synced $*" >>"$LOG"
    mkdir -p .venv/bin
    printf '#!/bin/sh\\necho "dojo in $PWD:" "$@"\\nexit 7\\n' >.venv/bin/dojo
    chmod +x .venv/bin/dojo
    ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A clone with nothing set up, and a path with nothing but the simplest tools and a pretended uv."""
    root = tmp_path / "a clone"
    root.mkdir()
    for name in ("dojo", "uv.lock", "pyproject.toml", ".python-version"):
        shutil.copy(ROOT / name, root / name)
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in TOOLS:
        (tools / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
    (tools / "uv").write_text(UV)
    (tools / "uv").chmod(0o755)
    return root


def launch(checkout: Path, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    folder = checkout.parent
    environment = {
        "PATH": str(folder / "tools"),
        "HOME": str(folder),
        "LOG": str(folder / "log"),
        "LANG": "C",
    }
    return subprocess.run(
        [changes.pop("script", str(checkout / "dojo")), *arguments],
        env={**environment, **changes},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def synced(checkout: Path) -> int:
    log = checkout.parent / "log"
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_the_first_start_sets_up_and_the_next_ones_are_quiet(checkout: Path) -> None:
    first = launch(checkout, "classify", "two words")
    assert "Setting up" in first.stderr
    second = launch(checkout, "classify", "two words")
    assert (second.stdout, second.stderr, second.returncode) == (
        f"dojo in {checkout.parent}: classify two words\n",
        "",
        7,
    )
    assert synced(checkout) == 1


@pytest.mark.parametrize("changed", ["uv.lock", "pyproject.toml"])
def test_an_update_sets_up_again(checkout: Path, changed: str) -> None:
    launch(checkout)
    with (checkout / changed).open("a") as file:
        file.write("# changed\n")
    launch(checkout)
    launch(checkout)
    assert synced(checkout) == 2


def test_a_moved_clone_is_set_up_again(checkout: Path) -> None:
    launch(checkout)
    moved = checkout.rename(checkout.with_name("moved"))
    assert launch(moved).returncode == 7
    assert synced(moved) == 2


def test_it_works_through_a_link_and_with_an_empty_home(checkout: Path) -> None:
    link = checkout.parent / "link"
    link.symlink_to(checkout / "dojo")
    assert launch(checkout, script=str(link), HOME="").returncode == 7
    environment = {"PATH": str(checkout.parent / "tools"), "LOG": os.devnull}
    done = subprocess.run([str(link)], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (7, "")


def test_it_speaks_chinese_where_the_terminal_does(checkout: Path) -> None:
    assert "正在准备环境" in launch(checkout, LANG="zh_CN.UTF-8").stderr


def test_a_uv_that_is_broken_or_too_old_is_not_used(checkout: Path) -> None:
    uv = checkout.parent / "tools" / "uv"
    good = checkout.parent / ".local" / "bin" / "uv"
    good.parent.mkdir(parents=True)
    uv.rename(good)
    for useless in ("#!/bin/sh\nexit 127\n", "#!/bin/sh\necho uv 0.2.9\n"):
        uv.write_text(useless)
        uv.chmod(0o755)
        (checkout / ".venv" / "bin" / "dojo").unlink(missing_ok=True)
        assert launch(checkout).returncode == 7


def test_without_uv_it_is_installed_into_the_clone(checkout: Path) -> None:
    folder = checkout.parent
    kept = (folder / "tools" / "uv").rename(folder / "kept-uv")
    pip = folder / "pip"
    pip.write_text(
        f'#!/bin/sh\necho "$@" >>"$LOG.pip"\ncat "{kept}" >"${{0%python}}uv"\nchmod +x "${{0%python}}uv"\n'
    )
    python = folder / "tools" / "python3"
    python.unlink()
    python.write_text(
        f'#!/bin/sh\nmkdir -p "$3/bin"\ncat "{pip}" >"$3/bin/python"\nchmod +x "$3/bin/python"\n'
    )
    python.chmod(0o755)
    done = launch(checkout)
    assert done.returncode == 7, done.stderr
    assert "Installing uv" in done.stderr
    assert (checkout / ".uv" / ".gitignore").read_text() == "*\n"
    assert "install" in (folder / "log.pip").read_text()


def test_without_uv_and_python_it_says_what_is_needed(checkout: Path) -> None:
    for tool in ("uv", "python3"):
        (checkout.parent / "tools" / tool).unlink()
    done = launch(checkout)
    assert done.returncode == 1
    assert "Python 3 is needed" in done.stderr


def test_a_failed_setup_ends_with_one_and_is_tried_again(checkout: Path) -> None:
    uv = checkout.parent / "tools" / "uv"
    good = uv.read_text()
    uv.write_text(good.replace("sync)", "sync)\n    exit 3"))
    assert launch(checkout).returncode == 1
    uv.write_text(good)
    assert launch(checkout).returncode == 7
