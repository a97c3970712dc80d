"""scikit-learn pipelines as PMML text."""

import logging
import re
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn2pmml import sklearn2pmml
from sklearn2pmml.pipeline import PMMLPipeline

from golden import answers, write_case

logging.disable(logging.WARNING)
warnings.filterwarnings("ignore")


def pipeline_of(*steps, **settings):
    return PMMLPipeline([(type(step).__name__.lower(), step) for step in steps], **settings)


def pmml_of(pipeline):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.pmml"
        sklearn2pmml(pipeline, str(path))
        return path.read_text(encoding="utf-8")


def golden(dataset, algorithm, pipeline, producer, packages, script, tolerance, seed, rows=60, verify=0, expect=None, sample=None, **fit):
    """
    Fits, converts and writes one case; `verify` rows go into the document as ModelVerification. `expect` tells what the
    fitted pipeline says of rows, where that is not the prediction and the probabilities; `sample` gives rows of its own.
    """
    pipeline.fit(dataset.x, dataset.y, **fit)
    if verify:
        pipeline.verify(dataset.rows(verify))
    sample = dataset.rows(rows) if sample is None else sample
    expected = expect(pipeline, sample) if expect else answers(pipeline, sample, dataset.y.name)
    write_case(
        dataset, algorithm, pmml_of(pipeline), sample, expected, producer, packages, script, tolerance, seed
    )


def add_cases(cases, case, entries, dataset, family="", prefix="", **settings):
    """One case per entry (suffix -> the steps of a pipeline, or the pipeline); the command line names it without its family."""
    for suffix, steps in entries.items():

        def make(name=f"{prefix}{suffix}", steps=steps):
            made = steps()
            pipeline = made if hasattr(made, "fit") else pipeline_of(*made)
            case(dataset(), f"{family}{name}", pipeline, **settings)

        make.__name__ = f"{prefix}{suffix}"
        cases.append(make)


def one_by_one(answer):
    """`answer` of one row at a time: a row that the library refuses is to be refused."""

    def expect(pipeline, sample):
        rows = []
        for i in range(len(sample)):
            try:
                rows.append({"__error__": None, **answer(pipeline, sample.iloc[[i]].reset_index(drop=True)).iloc[0].to_dict()})
            except (ValueError, TypeError) as error:
                rows.append({"__error__": type(error).__name__})
        return pd.DataFrame(rows)

    return expect


def gaps(frame, every=4, names=None, seed=0):
    """The rows with about one in `every` values taken out."""
    random = np.random.default_rng(seed)
    holed = frame.copy()
    for name in names or holed.columns:
        holes = random.random(len(holed)) < 1 / every
        if pd.api.types.is_numeric_dtype(holed[name]):
            holed[name] = holed[name].astype(float).mask(holes, np.nan)
        else:
            holed[name] = holed[name].astype(object).mask(holes, None)
    return holed


def run(cases):
    """Makes the cases whose names begin with a word of the command line, all without one; tells all faults at the end."""
    wanted = sys.argv[1:]
    faults = []
    for make in cases:
        name = make.__name__.replace("_", "-")
        if wanted and not any(name.startswith(w) for w in wanted):
            continue
        try:
            make()
        except Exception as error:  # a refusal of one converter must not hide the others
            text = re.sub(r"\s+", " ", str(error))
            faults.append(f"{name}: {type(error).__name__}: {text[:300]} {text[-600:] if len(text) > 300 else ''}")
            if "-v" in wanted:
                traceback.print_exc()
    print("\n".join(faults))
    sys.exit(1 if faults else 0)
