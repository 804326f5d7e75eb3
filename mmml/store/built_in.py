"""The models that come with mmml: a store that is only read, behind the user's own."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from mmml.errors import UsageError, did_you_mean
from mmml.parameters import Parameters
from mmml.store.base import Entry, Ref, Store

#: Where they lie in the package, as a `LocalStore` has them.
FOLDER = Path(__file__).parents[1] / "builtin"


class WithBuiltIn(Parameters):
    """A store in front of the models that come with mmml.

    A name of the front store hides the built-in model of that name, all of it. Only the front store is
    written to.

    Args:
        own: the store in front.
        built_in: what comes with mmml.
    """

    def __init__(self, own: Store, built_in: Store) -> None:
        self.own = own
        self.built_in = built_in

    def publish(self, folder: Path, name: str) -> int:
        """Copy a bundle into the front store; from then on it hides a built-in model of that name."""
        return self.own.publish(folder, name)

    def fetch(self, ref: Ref) -> tuple[Path, int]:
        """Return the folder of a bundle and its version.

        Raises:
            UsageError: there is no such bundle in either store.
        """
        if self._is_built_in(ref.name):
            return self.built_in.fetch(ref)
        try:
            return self.own.fetch(ref)
        except UsageError as error:
            names = {entry.name for entry in self.entries()}
            hint = error.hint if ref.name in names else did_you_mean(ref.name, names)
            raise UsageError(error.message, hint) from None

    def entries(self) -> Iterable[Entry]:
        """Return all versions of the front store and those that it does not hide, by name and version."""
        own = list(self.own.entries())
        taken = {entry.name for entry in own}
        others = [
            replace(entry, built_in=True) for entry in self.built_in.entries() if entry.name not in taken
        ]
        return sorted([*own, *others], key=lambda entry: (entry.name, entry.version))

    def alias(self, ref: Ref, alias: str) -> None:
        """Let an alias point to a version of the front store.

        Raises:
            UsageError: there is no such version, or it is built in.
        """
        if self._is_built_in(ref.name):
            raise fixed(ref.name, "has no aliases")
        self.own.alias(ref, alias)

    def remove(self, ref: Ref) -> list[Entry]:
        """Remove versions from the front store; a built-in model that they have hidden shows again.

        Raises:
            UsageError: there is no such version, or it is built in.
        """
        if self._is_built_in(ref.name):
            raise fixed(ref.name, "cannot be removed")
        return self.own.remove(ref)

    def _is_built_in(self, name: str) -> bool:
        # The front store is looked through only for a name that is built in: whatever is broken in it, or
        # slow to list, is nothing to the others.
        there = any(entry.name == name for entry in self.built_in.entries())
        return there and all(entry.name != name for entry in self.own.entries())


def fixed(name: str, said: str) -> UsageError:
    """Return the error for whoever wants to change a built-in model."""
    return UsageError(
        f"{name} is built in and {said}",
        f"a model of your own called {name} takes its place: mmml train, or mmml models threshold {name}; "
        "MMML_BUILTIN=off leaves all out that is built in",
    )
