"""A store in a folder: ``NAME/VERSION/`` with the bundle, ``NAME/aliases/ALIAS`` with a version."""

import logging
import os
import re
import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path

from mmml.bundle.manifest import MANIFEST, read_checked, read_manifest, written
from mmml.errors import MmmlError, UsageError, did_you_mean
from mmml.parameters import Parameters
from mmml.store.base import PRODUCTION, Entry, Ref, parse_ref

log = logging.getLogger(__name__)

# What `parse_ref` takes for an alias.
_ALIAS = re.compile(r"[A-Za-z]\w*")


class LocalStore(Parameters):
    """Bundles in a folder, safe for several processes at once.

    A version is claimed by making its folder, which only one process can; the manifest is moved in last,
    and a version without a manifest does not exist for readers.

    Args:
        path: the folder; made when the first bundle is published.
    """

    def __init__(self, path: str | Path = "outputs/models") -> None:
        self.path = path

    @property
    def root(self) -> Path:
        """The folder as a path."""
        return Path(self.path)

    def publish(self, folder: Path, name: str) -> int:
        """Copy a bundle into the store under the next free version and return the version.

        Only the files that the manifest lists are copied, each as it says.

        Raises:
            MmmlError: the folder is no whole bundle, or the store cannot be written to.
        """
        if parse_ref(name).version is not None:
            raise UsageError(f"'{name}' cannot be a name: @ stands before a version", "choose another name")
        home = self.root / name
        manifest = read_manifest(folder)
        try:
            home.mkdir(parents=True, exist_ok=True)
            version = self._claim(home)
            target = home / str(version)
            for file, entry in manifest.files.items():
                (target / file).parent.mkdir(exist_ok=True)
                (target / file).write_bytes(read_checked(folder, file, entry))
            coming = target / f".{uuid.uuid4().hex}"
            coming.write_bytes(written(manifest))
            coming.replace(target / MANIFEST)
        except OSError as error:
            raise MmmlError(
                f"cannot publish {name} in {self.root}: {error.strerror or error}",
                f"the bundle itself is complete: {folder}",
            ) from None
        return version

    def fetch(self, ref: Ref) -> tuple[Path, int]:
        """Return the folder of a bundle and its version.

        Raises:
            UsageError: there is no such bundle.
        """
        versions = self._versions(ref.name)
        if not versions:
            names = {entry.name for entry in self.entries()}
            hint = did_you_mean(ref.name, names) if names else "train one: mmml train"
            raise UsageError(f"there is no model {ref.name} in {self.root}", hint)
        aliases = self._aliases(ref.name)
        if ref.version is None:
            version = aliases.get(PRODUCTION, versions[-1])
            if version not in versions:
                log.warning(
                    "%s@%s points to version %d, which is gone; using the newest, %d",
                    ref.name, PRODUCTION, version, versions[-1],
                )  # fmt: skip
                version = versions[-1]
        elif isinstance(ref.version, int):
            version = ref.version
        elif ref.version in aliases:
            version = aliases[ref.version]
        else:
            raise UsageError(f"{ref.name} has no alias {ref.version}", did_you_mean(ref.version, aliases))
        if version not in versions:
            raise UsageError(
                f"{ref.name} has no version {version}", f"it has {', '.join(map(str, versions))}"
            )
        return self.root / ref.name / str(version), version

    def entries(self) -> Iterable[Entry]:
        """Return all published versions, by name and version."""
        names = sorted(item.name for item in self.root.iterdir()) if self.root.is_dir() else []
        for name in names:
            aliases = self._aliases(name)
            for version in self._versions(name):
                yield Entry(name, version, tuple(sorted(a for a, v in aliases.items() if v == version)))

    def alias(self, ref: Ref, alias: str) -> None:
        """Let an alias point to a version; one that points elsewhere is moved.

        Raises:
            UsageError: there is no such version, or the alias is no name.
        """
        if not _ALIAS.fullmatch(alias):
            raise UsageError(f"'{alias}' cannot be an alias", "use a word, such as production")
        folder, version = self.fetch(ref)
        shelf = folder.parent / "aliases"
        shelf.mkdir(exist_ok=True)
        coming = shelf / f".{uuid.uuid4().hex}"
        coming.write_text(f"{version}\n")
        coming.replace(shelf / alias)

    def remove(self, ref: Ref) -> list[Entry]:
        """Remove a version, or all versions where the reference names none; return what was removed."""
        _, version = self.fetch(ref)
        gone = [
            e for e in self.entries() if e.name == ref.name and (ref.version is None or e.version == version)
        ]
        for entry in gone:
            folder = self.root / entry.name / str(entry.version)
            # What breaks off half way leaves no alias that points to nothing, and no half bundle.
            for alias in entry.aliases:
                (folder.parent / "aliases" / alias).unlink(missing_ok=True)
            (folder / MANIFEST).unlink()
            # The folder itself keeps the number: versions are never given twice.
            for item in folder.iterdir():
                if item.is_dir() and not item.is_symlink():
                    shutil.rmtree(item)
                else:
                    item.unlink()
        return gone

    def _claim(self, home: Path) -> int:
        version = max((int(item.name) for item in home.iterdir() if item.name.isdigit()), default=0)
        while True:
            version += 1
            try:
                os.mkdir(home / str(version))  # noqa: PTH102  # the exclusive call is the point
            except FileExistsError:
                continue
            return version

    def _versions(self, name: str) -> list[int]:
        home = self.root / name
        if not home.is_dir():
            return []
        numbered = (item for item in home.iterdir() if item.name.isdigit())
        return sorted(int(item.name) for item in numbered if (item / MANIFEST).is_file())

    def _aliases(self, name: str) -> dict[str, int]:
        shelf = self.root / name / "aliases"
        if not shelf.is_dir():
            return {}
        written = {
            item.name: item.read_text().strip() for item in shelf.iterdir() if item.name.isidentifier()
        }
        return {alias: int(version) for alias, version in written.items() if version.isdigit()}
