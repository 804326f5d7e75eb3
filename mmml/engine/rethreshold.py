"""Another threshold for a bundle, from the out-of-fold scores that it keeps: nothing is trained again."""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import yaml

from mmml.bundle.manifest import EXPERIMENT, GOLDEN, SAMPLES, Manifest, TaskEntry
from mmml.bundle.read import Bundle, read_bundle
from mmml.bundle.samples import Judged, read_judged, to_parquet
from mmml.bundle.verify import golden_rows
from mmml.bundle.write import golden_file, restamped, write_files
from mmml.engine.fit import Fold, is_scored, predict_out_of_fold, settle
from mmml.engine.judging import metrics_of
from mmml.engine.reporting import report
from mmml.errors import MmmlError, UsageError
from mmml.estimator import stored
from mmml.judge.threshold import Wish
from mmml.plain_yaml import PlainLoader
from mmml.store.base import Ref, Store
from mmml.task.decision import Decision
from mmml.tuner.study import STUDY, Study

# These speak of the threshold that was, and are drawn anew.
_PAGES = ("report.html", "figures/")


def publish_rethresholded(bundle: Bundle, wish: Wish, store: Store) -> Bundle:
    """Choose another threshold, publish the bundle with it as the next version of its name and return that.

    Aliases stay where they are.

    Args:
        bundle: the model.
        wish: what the threshold shall reach on the out-of-fold scores.
        store: where the new version goes.

    Raises:
        MmmlError: as for `rethreshold`, or the store cannot be written to; nothing has been published.
    """
    with tempfile.TemporaryDirectory(prefix="mmml-threshold-") as place:
        folder = Path(place) / "bundle"
        rethreshold(bundle, wish, folder)
        try:
            version = store.publish(folder, bundle.name)
        except UsageError:
            raise
        except MmmlError as error:
            # The folder that its hint speaks of is gone with this block.
            raise MmmlError(error.message, "nothing was published; the model is as it was") from None
    return read_bundle(store.fetch(Ref(bundle.name, version))[0], bundle.trust).versioned(version)


def rethreshold(bundle: Bundle, wish: Wish, folder: Path) -> Manifest:
    """Write a bundle anew with a threshold that meets a wish, judged anew on the samples that it keeps.

    The calibration stays, hence every score. A rule's single cut moves to where the threshold is reached,
    also where training was told to leave it. The samples of ``validation`` are said with thresholds that
    were chosen without their fold, as in training. Of an outlier model the wish is met with the bad
    samples that it was judged by; where there are none, only a fixed probability can be given.

    Args:
        bundle: the model.
        wish: what the threshold shall reach on the out-of-fold scores.
        folder: a new folder.

    Raises:
        UsageError: the model has no threshold, or is a rule whose border cannot follow one.
        MmmlError: the wish cannot be met, or the bundle does not keep what is needed.
    """
    before = bundle.manifest.decision
    if before.threshold is None:
        several = len(before.classes)
        instead = f"of {several} classes the likeliest is said" if several else "it says a number, no class"
        raise UsageError(
            f"{bundle.reference} has no threshold: {instead}", "only models of two classes have one"
        )
    learned, test = read_judged(bundle)
    scored = learned.rows(is_scored(learned.raw))
    estimator, calibrated = _freed(bundle, scored)
    chosen = bundle.task.chosen(wish, calibrated, scored.raw, scored.label)
    said = predict_out_of_fold(bundle.task, estimator, learned.raw, learned.label, _folds(learned), wish)
    settled, decision, learned_raw = settle(estimator, chosen, learned.raw)
    _, _, test_raw = settle(estimator, chosen, test.raw)
    splits = [
        replace(learned, raw=learned_raw, prediction=said),
        replace(test, raw=test_raw, prediction=bundle.task.predict(test_raw, decision)),
    ]
    seed = _seed(bundle)
    manifest = restamped(
        bundle.manifest,
        task=TaskEntry(bundle.task.name, bundle.task.parameters_for(wish)),
        decision=decision,
        metrics={one.split: metrics_of(bundle.task, one, decision, seed) for one in splits},
        # They were measured at the other threshold, on features that no bundle keeps.
        importances={},
    )
    files = {name: data for name, data in bundle.files.items() if not name.startswith(_PAGES)}
    files[SAMPLES] = to_parquet(splits)
    files[EXPERIMENT] = _experiment(bundle, manifest.task.parameters)
    if estimator is not bundle.estimator:
        model, files[model] = stored.dump(settled)
    if calibrated is not before:
        files[GOLDEN] = _golden(bundle, settled, decision)
    notes = [_note(bundle, wish, decision)]
    drawn = report(manifest, settled, splits, study=_study(bundle), notes=notes, seed=seed)
    return write_files(folder, manifest, {**files, **drawn})


def _study(bundle: Bundle) -> Study | None:
    """Return what a search tried, where the model was tuned; the file itself stays as it is."""
    if STUDY not in bundle.files:
        return None
    try:
        return msgspec.json.decode(bundle.files[STUDY], type=Study)
    except msgspec.DecodeError as error:
        raise MmmlError(f"the {STUDY} of {bundle.folder} is broken: {error}") from None


def _note(bundle: Bundle, wish: Wish, after: Decision) -> str:
    return (
        f"The threshold was chosen anew, without training ({wish}): in {bundle.reference} it was "
        f"{bundle.manifest.decision.threshold:.3f}, here it is {after.threshold:.3f}. What training measured "
        "besides, such as how much each feature matters, is left out."
    )


def _freed(bundle: Bundle, scored: Judged) -> tuple[Any, Decision]:
    """Return estimator and decision for which a threshold can be chosen.

    A rule's cut becomes free to move. Where training had to leave it, its calibration may be a stand-in that
    tells the samples apart by nothing; it is fitted as for other rules.

    Raises:
        UsageError: the rule has no single cut.
    """
    decision = bundle.manifest.decision
    if not hasattr(bundle.estimator, "released"):
        return bundle.estimator, decision
    if not bundle.estimator.movable:
        decision = bundle.task.decision(scored.raw, scored.label, lenient=True)
    return bundle.estimator.released(), decision


def _golden(bundle: Bundle, estimator: Any, decision: Decision) -> bytes:
    """Return the golden rows as a model scores them that was calibrated anew."""
    rows = golden_rows(bundle)
    columns = np.array([row.features for row in rows], dtype=np.float64)
    said = bundle.task.predict(bundle.task.score(estimator, columns, decision.classes), decision)
    scored = zip(rows, said.table.tolist(), strict=True)
    return golden_file([msgspec.structs.replace(row, said=numbers) for row, numbers in scored])


def _folds(learned: Judged) -> list[Fold]:
    """Return rows to choose on and rows to predict, fold by fold."""
    return [
        (np.flatnonzero(learned.fold != number), np.flatnonzero(learned.fold == number))
        for number in np.unique(learned.fold)
    ]


def _experiment(bundle: Bundle, parameters: Mapping[str, Any]) -> bytes:
    """Return the experiment with the task's wish and metric, so that it agrees with the manifest."""
    config = yaml.load(bundle.files[EXPERIMENT], Loader=PlainLoader)
    if not isinstance(config, dict) or not isinstance(config.get("task"), dict):
        return bundle.files[EXPERIMENT]
    told = {name: parameters[name] for name in ("metric", "threshold") if name in parameters}
    changed = {**config, "task": {**config["task"], **told}}
    return yaml.safe_dump(changed, sort_keys=False, allow_unicode=True).encode()


def _seed(bundle: Bundle) -> int:
    """Return the seed of the training, so that intervals before and after are drawn alike."""
    config = yaml.load(bundle.files[EXPERIMENT], Loader=PlainLoader)
    seed = config.get("seed") if isinstance(config, dict) else None
    # It may have come from the environment, and is then not written down.
    return seed if isinstance(seed, int) and seed >= 0 else 0
