"""``mmml new``: the files of a check of one's own, complete enough to be trained at once."""

import importlib.util
import keyword
import re
import sys
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from mmml.errors import MmmlError, UsageError, did_you_mean

app = typer.Typer(help="Start something of your own.", no_args_is_help=True)

_TEMPLATES = Path(__file__).parent / "templates"
_SETTINGS = Path("conf") / "mmml.yaml"

# The classes that the templates import: one of the same name would hide them.
_TAKEN = frozenset({"image", "scan", "audio", "video", "features", "transformer"})


@app.callback()
def new() -> None:
    """Start something of your own."""


@app.command()
def check(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name: a word such as wet_concrete.")],
    folder: Annotated[Path, typer.Option("--folder", help="Where its files go.")] = Path(),
    modality: Annotated[str, typer.Option("--modality", help="What it looks at.")] = "image",
) -> None:
    """Write a check of your own, ready for `mmml train +experiment=NAME`: a class, its configs and a test."""
    known = sorted(item.name for item in _TEMPLATES.iterdir() if item.is_dir())
    if modality not in known:
        raise UsageError(f"there is no template for the modality {modality}", did_you_mean(modality, known))
    files = {
        Path("checks") / f"{name}.py": "check.py",
        Path("conf") / "transformer" / f"{name}.yaml": "transformer.yaml",
        Path("conf") / "experiment" / f"{name}.yaml": "experiment.yaml",
        Path("tests") / f"test_{name}.py": "test.py",
    }
    _check_name(name)
    _check_folder(folder, files)
    _check_configs(name)
    if not (folder / _SETTINGS).exists():
        files[_SETTINGS] = "mmml.yaml"
    texts = {path: _template(modality, template) for path, template in files.items()}
    words = {
        "name": name,
        "Name": "".join(part.capitalize() for part in name.split("_")),
        # What can be trained without any file, whatever data the experiment is given later.
        "dataset": re.findall(r"override /dataset: (\w+)", _template(modality, "experiment.yaml"))[-1],
    }
    for path, text in texts.items():
        _write(folder / path, Template(text).substitute(words))
        print(folder / path)
    _say_what_next(name, folder)


def _template(modality: str, name: str) -> str:
    """Return the text of a template: the modality's own, or the one that all share."""
    own = _TEMPLATES / modality / f"{name}.tmpl"
    return (own if own.is_file() else _TEMPLATES / own.name).read_text(encoding="utf-8")


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise UsageError(
            f"'{name}' cannot be the name of a check", "use small letters, digits and _: wet_concrete"
        )
    if name in _TAKEN:
        raise UsageError(f"{name} is the name of something of mmml's", f"name what it looks for: {name}_tone")


def _check_folder(folder: Path, files: dict[Path, str]) -> None:
    from mmml.config.folders import packaged

    if (folder / "conf").resolve() == packaged().resolve():
        raise UsageError(
            "this folder holds mmml itself; a check of your own goes elsewhere", "--folder ../my_checks"
        )
    for path in files:
        if (folder / path).exists():
            raise UsageError(f"{folder / path} exists already; nothing was written", "choose another name")
    _check_settings(folder / _SETTINGS)


def _check_settings(file: Path) -> None:
    """Refuse settings that would not let the new class be found."""
    import yaml

    if not file.exists():
        return
    try:
        settings = yaml.safe_load(file.read_bytes())
    except (OSError, yaml.YAMLError) as error:
        raise UsageError(f"cannot read {file}: {error}") from None
    stated = settings.get("python_path") if isinstance(settings, dict) else None
    folders = [stated] if isinstance(stated, str) else stated
    if "checks" not in [str(folder).rstrip("/").removeprefix("./") for folder in folders or ()]:
        raise UsageError(
            f"{file} does not let modules in checks/ be found; nothing was written",
            f"add it there: python_path: [{', '.join(map(str, [*(folders or ()), 'checks']))}]",
        )


def _check_configs(name: str) -> None:
    from mmml.config.folders import find

    for group in ("transformer", "experiment"):
        if find(group, name) is not None:
            raise UsageError(f"there is a config {group}/{name} already", "choose another name")
    if name in sys.builtin_module_names or importlib.util.find_spec(name) is not None:
        raise UsageError(
            f"there is a Python module {name} already, which checks/{name}.py would hide",
            f"choose another name: {name}_check",
        )


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise MmmlError(f"cannot write {path}: {error.strerror or error}") from None


def _say_what_next(name: str, folder: Path) -> None:
    here = folder.resolve() == Path.cwd()
    steps = [
        "next:",
        *([] if here else [f"  cd {folder}"]),
        f"  mmml train +experiment={name}",
        f"  mmml predict FILES --model {name} --trust {name}",
        f"  pytest tests/test_{name}.py",
        "A model may use code from outside mmml only where you trust it by name:",
        f"--trust {name}, or once for all commands: export MMML_TRUST={name}",
    ]
    print("\n".join(steps), file=sys.stderr)
