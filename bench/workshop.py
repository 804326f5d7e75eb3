"""What the benchmarks work with: a temporary folder, the photos of the repository, two trained models."""

from dataclasses import dataclass
from pathlib import Path

from bench.command import MMML, ROOT, compile_all, run


@dataclass(frozen=True)
class Workshop:
    """A folder that is thrown away afterwards.

    Args:
        folder: where everything is written.
    """

    folder: Path

    @property
    def store(self) -> Path:
        """The store with one version of ``blur_gradients`` and ``blur_laplacian``."""
        return self.folder / "models"

    @property
    def outputs(self) -> Path:
        """Where trainings leave their runs."""
        return self.folder / "outputs"

    @property
    def photos(self) -> list[Path]:
        """The photos that come with mmml, half a megapixel to one."""
        return sorted((ROOT / "data" / "photos").glob("*.jpg"))


def open_workshop(folder: Path) -> Workshop:
    """Compile mmml and train both blur models on a few drawn scenes; how good they are plays no part here."""
    workshop = Workshop(folder)
    compile_all()
    run(
        *(MMML, "train", "-m", "+experiment=blur_gradients,blur_laplacian"),
        *("dataset=blur_drawn", "dataset.count=120", f"paths.data={folder}"),
        *(f"paths.outputs={workshop.outputs}", f"store.backend.path={workshop.store}", "store.publish=all"),
        "tracker=none",
    )
    return workshop
