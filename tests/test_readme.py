"""What the README says is so: its commands run, its tables name what exists."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mmml.config.folders import choices
from mmml.engine.rows import Row
from mmml.errors import Exit

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()

# Commands of the README that this test does not run, each with its reason.
NOT_RUN = {
    "git clone": "this is the clone",
    "make demo": "run by .ci/run before the tests",
    "make test": "this is it",
    "make bench": "takes minutes, and measures a machine",
    "make help": "run by the test below",
}


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", README, flags=re.M | re.S)


def commands(block: str) -> list[str]:
    lines = block.replace("\\\n", " ").splitlines()
    stripped = [line.split("  #")[0].strip() for line in lines]
    return [line for line in stripped if line and not line.startswith("#")]


@pytest.fixture
def site(elsewhere: Path, drawn: Path, store: Path) -> Path:
    """A folder as the README's reader has it: photos of their own, the demo data, trained models."""
    shutil.copytree(drawn, elsewhere / "data" / "blur_demo")
    shutil.copytree(drawn, elsewhere / "my_photos", ignore=shutil.ignore_patterns("*.json", "*.csv"))
    (elsewhere / "site").mkdir()
    for photo in sorted((ROOT / "data" / "photos").glob("a*.jpg"))[:4]:
        shutil.copy(photo, elsewhere / "site")
    shutil.copy(ROOT / "data" / "photos" / "alpaca-paddock.jpg", elsewhere / "photo.jpg")
    shutil.copytree(store, elsewhere / "outputs" / "models")
    return elsewhere


def _walked(site: Path) -> Iterator[tuple[Path, str]]:
    """Yield the commands with the folder that the reader is in; each block begins in the same one."""
    for block in blocks("bash"):
        folder = site
        for command in commands(block):
            moved = re.fullmatch(r"mkdir (\w+) && cd \1", command)
            if moved:
                folder = folder / moved.group(1)
                folder.mkdir()
            else:
                yield folder, command


def _experiment(command: str) -> str:
    """Return the experiment that a command is about, by its own name or that of its data."""
    named = re.search(r"\+experiment=(\w+)|mmml (?:eval|data make) (\w+)", command)
    return next(filter(None, named.groups())).removesuffix("_demo") if named else ""


# Some fifty commands, one after the other.
@pytest.mark.timeout(900)
def test_every_command_of_the_readme_runs(
    site: Path, tiny: list[str], tiny_twin: Callable[[str], list[str]]
) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    environment.pop("MMML_BUILTIN")  # the reader has the built-in models
    ran = 0
    for cwd, command in _walked(site):
        if any(command.startswith(known) for known in NOT_RUN):
            continue
        if re.match(r"mmml (train|eval|data (make|check))", command) and "my_photos" not in command:
            # The demo sets would take half a minute to make; tiny ones stand in for them.
            judged = command.startswith(("mmml eval ", "mmml data"))
            about = _experiment(command)
            pictures = about.startswith("blur") or about not in choices("experiment")
            small = tiny if pictures else tiny_twin(about)
            extra = [w for w in small if not (judged and w.startswith(("task.", "tracker=")))]
            if command.startswith("mmml data"):
                command = command.replace("blur_demo", "blur_drawn")
                extra = [w for w in extra if not w.startswith("dataset=")]
            command = f"{command} {shlex.join(extra)}"
        ended = subprocess.run(command, shell=True, cwd=cwd, env=environment, capture_output=True, text=True)
        assert ended.returncode in (Exit.DONE, Exit.GATE_NOT_MET), f"{command}\n{ended.stderr}"
        ran += 1
    assert ran >= 12


def test_the_python_of_the_readme_runs(site: Path, tiny: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for block in blocks("python"):
        words = ", ".join(repr(word) for word in tiny)
        code = block.replace('"+experiment=blur_gradients"', f'"+experiment=blur_gradients", {words}')
        code = code.replace(
            'dataset="blur_demo"',
            f'dataset="blur_drawn", overrides=["dataset.folder={tiny[-1][15:]}", "dataset.count=60"]',
        )
        ended = subprocess.run([sys.executable, "-c", code], cwd=site, capture_output=True, text=True)
        assert ended.returncode == 0, f"{code}\n{ended.stderr}"


def test_make_help_lists_the_shortcuts_that_the_readme_names() -> None:
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in re.search(r"shortcuts: ([\w, \n-]+)\.", README).group(1).split(", "):  # type: ignore[union-attr]
        assert re.search(rf"^{name}\s", said, flags=re.M), name


def test_the_readme_names_every_field_of_a_row_and_every_experiment() -> None:
    for field in Row.__struct_fields__:
        assert f"`{field}`" in README, field
    for name in choices("experiment"):
        assert f"`{name}`" in README, name
    for code in Exit:
        assert re.search(rf"^\| {int(code)} \|", README, flags=re.M), code


def test_links_of_the_readme_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target
