"""One ensemble in treelite's GTIL, one thread, driven by bench/trees.ts through lines as subject.ts is.

    python bench/trees/gtil_subject.py FOLDER FEATURES TARGETS
"""

import sys
import time

import numpy as np
import treelite

ALL = 4096
folder, features, targets = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rows = np.fromfile(f"{folder}/rows.f32", np.float32).reshape(ALL, features)
expected = np.fromfile(f"{folder}/margins.f64", np.float64).reshape(ALL, targets)
model = treelite.Model.deserialize(f"{folder}/model.tl")
if model.input_type == "float64":
    rows = rows.astype(np.float64)
at = 0


def score(count):
    global at
    if at + count > ALL:
        at = 0
    found = treelite.gtil.predict(model, rows[at : at + count], nthread=1, pred_margin=True)
    at += count
    return found


print("ready", flush=True)
for line in sys.stdin:
    words = line.split()
    if words[0] == "check":
        at = 0
        print(np.abs(score(ALL).reshape(ALL, targets) - expected).max(), flush=True)
        continue
    count, ms = int(words[0]), float(words[1])
    cpu, start, done = time.thread_time_ns(), time.perf_counter_ns(), 0
    while True:
        score(count)
        done += count
        now = time.perf_counter_ns()
        if now - start >= ms * 1e6:
            break
    print(f"{(now - start) / done:.3f} {(time.thread_time_ns() - cpu) / done:.3f}", flush=True)
