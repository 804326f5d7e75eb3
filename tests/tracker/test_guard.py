"""A tracker that fails or hangs, and a training that does not mind."""

import logging
import threading
from pathlib import Path

import pytest

from mmml.errors import MmmlError
from mmml.tracker.guard import Guarded, tracked
from mmml.tracker.none import NoTracker


class Recorder(NoTracker):
    """Remembers what it was told; one step can be made to go wrong."""

    timeout = 0.5

    def __init__(self, broken: str = "", required: bool = False) -> None:
        self.broken, self.required = broken, required
        self.told: list[object] = []
        self.release = threading.Event()

    def _hear(self, step: str) -> None:
        self.told.append(step)
        if step == self.broken:
            raise RuntimeError("no http://ann:secret@host\nand a long story")
        if self.broken == f"slow {step}":
            self.release.wait(60)
            self.told.append("released")

    def prepare(self) -> None:
        self._hear("prepare")

    def start(self, name: str, parameters: object, folder: Path) -> None:
        self._hear("start")

    def published(self, version: int) -> None:
        self._hear("published")

    def end(self, error: BaseException | None = None) -> None:
        self._hear("end" if error is None else f"end {type(error).__name__}")

    @property
    def reference(self) -> dict[str, str]:
        return {"run_id": "1"} if "start" in self.told else {}

    def __str__(self) -> str:
        return "Recorder"


def train(tracker: Guarded, error: BaseException | None = None) -> None:
    with tracked(tracker, "name", {}, Path()):
        if error:
            raise error
        tracker.published(1)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_every_step_is_passed_on(caplog: pytest.LogCaptureFixture) -> None:
    recorder = Recorder()
    tracker = Guarded(recorder)
    train(tracker)
    assert recorder.told == ["prepare", "start", "published", "end"]
    assert tracker.reference == {"run_id": "1"}
    assert not warnings(caplog)


def test_a_failure_costs_one_warning_and_the_run_is_closed(caplog: pytest.LogCaptureFixture) -> None:
    recorder = Recorder("published")
    tracker = Guarded(recorder)
    train(tracker)
    assert recorder.told == ["prepare", "start", "published", "end RuntimeError"]
    assert tracker.reference == {}
    assert warnings(caplog) == [
        "this training is not tracked any further: RuntimeError: no http://…@host "
        "(tracker=none tracks nothing)"
    ]


@pytest.mark.parametrize("broken", ["prepare", "start"])
def test_after_a_failure_at_the_beginning_nothing_more_is_asked(
    broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(broken)
    train(Guarded(recorder))
    assert recorder.told[-1] in (broken, "end RuntimeError")
    assert "published" not in recorder.told
    assert len(warnings(caplog)) == 1


def test_a_tracker_that_hangs_is_left_behind(caplog: pytest.LogCaptureFixture) -> None:
    recorder = Recorder("slow start")
    train(Guarded(recorder))
    assert recorder.told == ["prepare", "start"]
    assert "Recorder took longer than 0.5 s (tracker.timeout=2 waits longer" in warnings(caplog)[0]
    assert len(warnings(caplog)) == 1
    recorder.release.set()


def test_where_tracking_is_required_its_failure_is_that_of_the_training() -> None:
    with pytest.raises(MmmlError, match="this training must be tracked, but RuntimeError: no http://…@host"):
        train(Guarded(Recorder("start", required=True)))
    with pytest.raises(MmmlError, match="must be tracked, but Recorder took longer than"):
        train(Guarded(Recorder("slow start", required=True)))


def test_the_error_of_a_training_is_not_hidden_by_one_of_its_tracker() -> None:
    recorder = Recorder("end ValueError", required=True)
    with pytest.raises(ValueError, match="mine"):
        train(Guarded(recorder), ValueError("mine"))


def test_an_interrupted_training_is_told() -> None:
    recorder = Recorder()
    with pytest.raises(KeyboardInterrupt):
        train(Guarded(recorder), KeyboardInterrupt())
    assert recorder.told[-1] == "end KeyboardInterrupt"


def test_no_tracker_needs_no_thread() -> None:
    before = threading.active_count()
    train(Guarded(NoTracker()))
    assert threading.active_count() == before
