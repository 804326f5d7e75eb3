"""How MLflow opens a bundle: ``mlflow.pyfunc.load_model`` and ``mlflow models serve`` come here.

    >>> model = mlflow.pyfunc.load_model("models:/blur_gradients/1")
    >>> model.predict(pandas.DataFrame({"content": [open("photo.jpg", "rb").read()]}))

Over HTTP the bytes are written in base64:
``{"dataframe_split": {"columns": ["content"], "data": [["/9j/4AAQ…"]]}}``.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmml.bundle.read import Bundle, read_bundle
from mmml.config.folders import importable
from mmml.engine.extract import Input
from mmml.engine.models import trusted
from mmml.engine.predict import Predictor
from mmml.tracker.mlflow_model import ANSWER, CONTENT
from mmml.value import HEAD, modality_of_bytes

if TYPE_CHECKING:
    from pandas import DataFrame


class PyfuncModel:
    """A bundle as MLflow asks it.

    Args:
        bundle: the loaded bundle.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.predictor = Predictor([bundle])

    def predict(self, model_input: "DataFrame", params: Mapping[str, Any] | None = None) -> "DataFrame":
        """Answer a row for each input, as ``mmml predict`` does; one that cannot be read has an ``error``.

        Args:
            model_input: its column ``content`` holds the encoded inputs, bytes: whole files.
            params: not used; MLflow passes it.

        Returns:
            One row for each input, in their order, with the columns of `mmml.tracker.mlflow_model.ANSWER`;
            None where there is nothing to say.
        """
        import pandas

        rows = self.predictor.rows(self._inputs(model_input[CONTENT]))
        table = [[getattr(row, name) for name in ANSWER] for row in rows]
        # None stays None: a column of floats would make it NaN, which JSON does not know.
        return pandas.DataFrame(table, columns=list(ANSWER), dtype=object)

    def _inputs(self, contents: Iterable[Any]) -> Iterator[Input]:
        for number, content in enumerate(contents):
            if not isinstance(content, bytes):
                error: str | None = f"an input is the bytes of a file, not {type(content).__name__}"
            else:
                error = None if content else "the file is empty"
            data = content if isinstance(content, bytes) else b""
            # What no modality knows is read as what the model takes: then the error says what is broken.
            kind = modality_of_bytes(data[:HEAD]) or self.bundle.manifest.modality
            yield Input(f"input {number}", data, kind, error)


def _load_pyfunc(path: str) -> PyfuncModel:
    """Open a bundle, checked as everywhere: it uses code from outside mmml only where ``MMML_TRUST`` says so.

    Args:
        path: the bundle, as MLflow has kept it.

    Raises:
        MmmlError: it is broken, changed, or needs code that nobody vouches for.
    """
    modules = trusted()
    if modules:
        # Whoever trusts a module of their own wants it found where training found it.
        list(importable())
    return PyfuncModel(read_bundle(Path(path), modules))
