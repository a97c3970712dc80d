"""scikit-learn pipelines as PMML text."""

import logging
import tempfile
from pathlib import Path

from sklearn2pmml import sklearn2pmml
from sklearn2pmml.pipeline import PMMLPipeline

from golden import answers, write_case

logging.disable(logging.WARNING)


def pipeline_of(*steps):
    return PMMLPipeline([(type(step).__name__.lower(), step) for step in steps])


def pmml_of(pipeline):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.pmml"
        sklearn2pmml(pipeline, str(path))
        return path.read_text(encoding="utf-8")


def golden(dataset, algorithm, pipeline, producer, packages, script, tolerance, seed, rows=60, verify=0, **fit):
    """Fits, converts and writes one case; `verify` rows go into the document as ModelVerification."""
    pipeline.fit(dataset.x, dataset.y, **fit)
    if verify:
        pipeline.verify(dataset.rows(verify))
    sample = dataset.rows(rows)
    expected = answers(pipeline, sample, dataset.y.name)
    write_case(
        dataset, algorithm, pmml_of(pipeline), sample, expected, producer, packages, script, tolerance, seed
    )
