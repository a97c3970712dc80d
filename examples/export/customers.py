"""The data of the export scripts, and the files that they write."""

import argparse
import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
NUMBERS = ["age", "income", "visits"]
WORDS = ["plan", "region"]
ROWS = 24


def customers(gaps=True):
    """400 made-up customers: three numbers, two words, whether they left (`churned`) and what they spent (`spend`)."""
    random = np.random.default_rng(20240229)
    rows = 400
    frame = pd.DataFrame({
        "age": random.integers(18, 80, rows).astype(float),
        "income": np.round(random.lognormal(10, 0.5, rows), 2),
        "visits": random.poisson(4, rows).astype(float),
        "plan": pd.Series(random.choice(["basic", "plus", "family & co"], rows, p=[0.5, 0.3, 0.2]), dtype=object),
        "region": pd.Series(random.choice(["north", "south", "west & isles"], rows), dtype=object),
    })
    logit = 1.5 - frame["visits"] * 0.5 + (frame["plan"] == "basic") * 1.2 - (frame["age"] - 45) / 40
    frame["churned"] = pd.Series(np.where(logit + random.logistic(0, 0.7, rows) > 0, "yes", "no"), dtype=object)
    frame["spend"] = np.round(np.exp(2 + frame["visits"] * 0.1) * (frame["income"] / 20000) ** 0.4 + random.normal(0, 0.5, rows), 2)
    if gaps:
        for name in NUMBERS + WORDS:
            frame.loc[random.random(rows) < 0.1, name] = np.nan
    return frame


def folder():
    """Where the files go: the first argument, or artifacts/ beside the scripts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path, default=HERE / "artifacts")
    path = parser.parse_args().folder
    path.mkdir(parents=True, exist_ok=True)
    return path


def plain(value):
    """A value as JSON has it; what is missing is null."""
    if value is None or (isinstance(value, (float, np.floating)) and np.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value


def installed(package):
    """The version of a package; TensorFlow has several."""
    for name in (package, f"{package}_cpu"):
        try:
            return version(name)
        except PackageNotFoundError:
            pass
    return "unknown"


def write(path, artifact, records, expected, packages, options=None, tolerance=1e-6):
    """
    Writes the model, and beside it rows that it must reproduce, as `millrace model publish --verify` reads them. `expected` has a
    column per output; `options` are those of the format.
    """
    path.write_bytes(artifact if isinstance(artifact, bytes) else artifact.encode("utf-8"))
    rows = [
        {"input": {k: plain(v) for k, v in given.items()}, "expected": {k: plain(v) for k, v in wanted.items()}}
        for given, wanted in zip(records.to_dict("records"), expected.to_dict("records"), strict=True)
    ]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.with_name(f"{path.name}.verify.jsonl").write_text(text, encoding="utf-8")
    if options is not None:
        path.with_name(f"{path.name}.options.json").write_text(json.dumps(options, indent=2) + "\n", encoding="utf-8")
    origin = {
        "producer": " and ".join(packages),
        "versions": {"python": platform.python_version(), **{name: installed(name) for name in packages}},
        "licence": "made by examples/export (Apache-2.0)",
        "tolerance": {"rel": tolerance},
        "rows": len(rows),
    }
    path.with_name(f"{path.name}.origin.json").write_text(json.dumps(origin, indent=2) + "\n", encoding="utf-8")
    print(f"{path}: {path.stat().st_size:,} bytes, {len(rows)} rows to verify it with")
