"""Writes golden cases: test/golden/pmml/<dataset>-<algorithm>/{model.pmml,input.csv,expected.csv,origin.json}."""

import csv
import json
import platform
import re
import shutil
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "test" / "golden" / "pmml"
MAX_ROWS = 60

# Differences allowed: a few roundings of doubles, or of floats where the library computes in them.
DOUBLE = {"rel": 1e-10, "abs": 1e-12}
FLOAT = {"rel": 5e-6, "abs": 1e-6}


def cell(value):
    """Text that reads back as the same value; empty = missing."""
    if value is None or (isinstance(value, (float, np.floating)) and np.isnan(value)) or value is pd.NA:
        return ""
    if isinstance(value, (np.bool_, bool)):
        return "true" if value else "false"
    if isinstance(value, np.float32):
        return repr(float(value))
    if isinstance(value, (np.integer, np.floating)):
        value = value.item()
    return repr(value) if isinstance(value, float) else str(value)


def write_csv(path, frame):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(frame.columns)
        for row in frame.itertuples(index=False, name=None):
            writer.writerow([cell(v) for v in row])


def without_time(pmml):
    """The document without its time stamp, so that training again gives the same bytes."""
    return re.sub(r"\s*<Timestamp>[^<]*</Timestamp>", "", pmml)


def write_case(dataset, algorithm, pmml, rows, expected, producer, packages, script, tolerance, seed):
    folder = GOLDEN / f"{dataset.name}-{algorithm}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "model.pmml").write_text(without_time(pmml), encoding="utf-8")
    write_csv(folder / "input.csv", rows)
    write_csv(folder / "expected.csv", expected)
    origin = {
        "producer": producer,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}},
        "script": f"scripts/train/{script}",
        "licence": dataset.licence,
        "tolerance": tolerance,
        "seed": seed,
        "rows": len(rows),
    }
    (folder / "origin.json").write_text(json.dumps(origin, indent=2) + "\n", encoding="utf-8")
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{folder.name}: {len(rows)} rows, {size:,} bytes", flush=True)


def answers(model, rows, target):
    """What the model itself says: the prediction, and for a classifier the probability of each class."""
    expected = {target: model.predict(rows)}
    if hasattr(model, "predict_proba"):
        probabilities = model.predict_proba(rows)
        for i, label in enumerate(model.classes_):
            expected[f"probability({label})"] = probabilities[:, i]
    return pd.DataFrame(expected)
