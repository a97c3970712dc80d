"""Golden cases of XGBoost: objectives by boosters, categories, several outputs, forests, early stopping, intercepts."""

import json
import sys

import numpy as np
import pandas as pd
from xgboost_golden import FEATURES, GOLDEN, SEED, cell, data, odd_rows, write_case, write_csv, xgb

BASE = {"max_depth": 3, "eta": 0.4, "seed": SEED, "nthread": 1, "verbosity": 0}
BOOSTERS = {
    "gbtree": {"booster": "gbtree"},
    "dart": {"booster": "dart", "rate_drop": 0.4, "skip_drop": 0.2},
    "gblinear": {"booster": "gblinear", "updater": "coord_descent", "eta": 0.5},
}
ROUNDS = 6

x, signal = data()
rows = odd_rows(x)
classes = np.digitize(signal, [-0.7, 0.7])
yes = (signal > 0.2).astype(int)
positive = np.exp(signal / 3)
counts = np.floor(positive * 2)
# huge numbers would make linear sums infinite
linear_x = x.copy()
linear_x[:, 3] = np.log(linear_x[:, 3])
linear_rows = odd_rows(linear_x)
linear_rows[np.abs(linear_rows) > 1e30] = 7.0

OBJECTIVES = {
    "reg:squarederror": ({}, signal),
    "reg:squaredlogerror": ({}, positive),
    "reg:logistic": ({}, 1 / (1 + np.exp(-signal))),
    "reg:pseudohubererror": ({}, signal),
    "reg:absoluteerror": ({}, signal),
    "reg:quantileerror": ({"quantile_alpha": [0.1, 0.5, 0.9]}, signal),
    "reg:gamma": ({}, positive),
    "reg:tweedie": ({"tweedie_variance_power": 1.3}, counts),
    "count:poisson": ({}, counts),
    "binary:logistic": ({}, yes),
    "binary:logitraw": ({}, yes),
    "binary:hinge": ({}, yes),
    "multi:softmax": ({"num_class": 3}, classes),
    "multi:softprob": ({"num_class": 3}, classes),
    "rank:pairwise": ({}, yes),
    "rank:ndcg": ({}, classes),
    "rank:map": ({}, yes),
    "survival:cox": ({}, np.where(yes, positive, -positive)),
    "survival:aft": ({}, positive),
}


def matrix_of(objective, numbers, label):
    matrix = xgb.DMatrix(numbers, label=label)
    if objective == "survival:aft":
        matrix.set_float_info("label_lower_bound", label)
        matrix.set_float_info("label_upper_bound", np.where(yes, label, np.inf))
    if objective.startswith("rank"):
        matrix.set_group([len(label) // 6] * 6)
    return matrix


def objectives():
    for objective, (parameters, label) in OBJECTIVES.items():
        for name, booster in BOOSTERS.items():
            is_linear = name == "gblinear"
            matrix = matrix_of(objective, linear_x if is_linear else x, label)
            try:
                model = xgb.train({**BASE, **booster, **parameters, "objective": objective}, matrix, ROUNDS)
            except xgb.core.XGBoostError as error:
                print(f"{objective} with {name}: {str(error).splitlines()[0][:120]}")
                continue
            write_case(f"{objective.replace(':', '-')}-{name}", model, linear_rows if is_linear else rows)


def trained(label, rounds=ROUNDS, numbers=x, **parameters):
    return xgb.train({**BASE, **parameters}, xgb.DMatrix(numbers, label=label), rounds)


def shapes():
    """What trees look like: forests, deep and pruned ones, a root alone, slices."""
    forest = {"num_parallel_tree": 3, "subsample": 0.6, "colsample_bynode": 0.6}
    write_case("forest", trained(signal, 2, **forest), rows, iterations=[1])
    write_case(
        "forest-classes",
        trained(classes, 2, objective="multi:softprob", num_class=3, **forest),
        rows,
        iterations=[1, 2],
    )
    write_case("deep", trained(signal, 2, max_depth=0, grow_policy="lossguide", max_leaves=40), rows)
    write_case("pruned", trained(signal, 4, tree_method="exact", gamma=4, max_depth=5), rows)
    write_case("root-alone", trained(signal, 2, gamma=1e9), rows)
    write_case("no-trees", trained(yes, 0, objective="binary:logistic"), rows)
    write_case("slice", trained(signal, 6)[2:5], rows)
    model = trained(signal, 3)
    update = {**BASE, "process_type": "update", "updater": "refresh", "refresh_leaf": True}
    write_case("refreshed", xgb.train(update, xgb.DMatrix(x, label=signal + 1), 3, xgb_model=model), rows)
    boosted = {"objective": "multi:softprob", "num_class": 3}
    write_case("iterations", trained(classes, 7, **boosted), rows, iterations=[1, 4])
    write_case("iterations-dart", trained(classes, 7, **boosted, **BOOSTERS["dart"]), rows, iterations=[1, 4])


def stopped(name, label, **parameters):
    """Early stopping: predictions go to the best iteration, as those of XGBRegressor and XGBClassifier do."""
    half = len(x) // 2
    train, check = xgb.DMatrix(x[:half], label=label[:half]), xgb.DMatrix(x[half:], label=label[half:])
    model = xgb.train(
        {**BASE, "eta": 1.0, "max_depth": 6, **parameters}, train, 40, [(check, "check")], early_stopping_rounds=3, verbose_eval=False
    )
    best = model.best_iteration + 1
    assert best < model.num_boosted_rounds()
    write_case(name, model, rows, limits={"iteration_range": (0, best)}, best=best)


def intercepts():
    for objective, base in [
        ("reg:squarederror", -3.25),
        ("binary:logistic", 0.03),
        ("binary:logitraw", 0.03),
        ("count:poisson", 2.5),
        ("reg:gamma", 0.75),
        ("survival:cox", 0.3),
        ("multi:softprob", 0.2),
        ("binary:hinge", -0.4),
    ]:
        parameters, label = OBJECTIVES[objective]
        name = f"intercept-{objective.replace(':', '-')}"
        write_case(name, trained(label, 2, objective=objective, base_score=base, **parameters), rows)
    for label in (0, 1):
        model = trained(np.full(len(x), label), 2, objective="binary:logistic")
        write_case(f"intercept-all-{label}", model, rows)


def several_outputs():
    label = np.column_stack([signal, positive, -signal])
    for strategy in ("one_output_per_tree", "multi_output_tree"):
        name = "targets" if strategy == "one_output_per_tree" else "vector"
        parameters = {"multi_strategy": strategy, "tree_method": "hist"}
        write_case(name, trained(label, 4, **parameters), rows, iterations=[2])
        both = np.column_stack([yes, 1 - yes, classes == 1])
        write_case(f"{name}-labels", trained(both, 4, objective="binary:logistic", **parameters), rows)
    vector = {"multi_strategy": "multi_output_tree", "tree_method": "hist"}
    write_case("vector-classes", trained(classes, 4, objective="multi:softprob", num_class=3, **vector), rows)
    write_case("vector-root-alone", trained(label, 2, gamma=1e9, **vector), rows)
    write_case("vector-forest", trained(label, 2, num_parallel_tree=2, subsample=0.5, **vector), rows, iterations=[1])
    write_case("vector-pruned", trained(label, 3, gamma=60.0, max_depth=5, **vector), rows)


def codes():
    """Categories as numbers, without names: in sets, one by one, and codes that no training row had."""
    rng = np.random.default_rng(SEED)
    small = rng.integers(0, 6, len(x)).astype(np.float32)
    large = rng.integers(0, 70, len(x)).astype(np.float32)
    effect = np.array([3, -2, 0.5, 4, -1, 0])[small.astype(int)] + np.sin(large)
    small[rng.random(len(x)) < 0.1] = np.nan
    numbers = np.column_stack([small, large, x[:, 0]])
    odd = np.concatenate(
        [
            numbers[:20],
            np.array(
                [[9, 500, 0], [-1, -3, 0], [2.9, 33.5, 0], [-0.5, -0.5, 0], [5, 69, np.nan], [1e9, 1e9, 1], [np.nan] * 3],
                dtype=np.float32,
            ),
            np.column_stack([np.arange(7), np.arange(60, 67), np.zeros(7)]).astype(np.float32),
        ]
    )
    types = ["c", "c", "q"]
    for name, parameters in {
        "categories-sets": {"max_cat_to_onehot": 1},
        "categories-one-hot": {"max_cat_to_onehot": 100},
        "categories-dart": {"max_cat_to_onehot": 4, **BOOSTERS["dart"]},
    }.items():
        matrix = xgb.DMatrix(numbers, label=effect, feature_types=types, enable_categorical=True)
        model = xgb.train({**BASE, "max_depth": 4, **parameters}, matrix, 4)
        write_case(name, model, odd, matrix=xgb.DMatrix(odd, feature_types=types, enable_categorical=True))


def write_records(name, model, frame, codes_of, outputs, **more):
    """A case with records beside the matrix: `input.csv` and the predictions of `records.csv`."""
    write_case(name, model.get_booster(), codes_of(frame), matrix=xgb.DMatrix(frame, enable_categorical=True), **more)
    folder = GOLDEN / name
    frame.to_csv(folder / "input.csv", index=False, lineterminator="\n", float_format=lambda v: repr(float(v)))
    with open(folder / "records.csv", "w", encoding="utf-8") as file:
        file.write(",".join(outputs) + "\n")
        for row in zip(*outputs.values()):
            file.write(",".join(cell(v) if isinstance(v, np.floating) else str(v) for v in row) + "\n")


def names():
    """Categories with names (3.1 and later keep them): texts, numbers; the frame's own codes are not the model's."""
    rng = np.random.default_rng(SEED)
    colours = np.array(["red", "green", "blue", "a b", "dark, blue", '"quoted"'])
    sizes = np.array([10, 20, 40, 80])
    frame = pd.DataFrame(
        {
            "colour": pd.Categorical(colours[rng.integers(0, 6, len(x))], categories=colours),
            "size": pd.Categorical(sizes[rng.integers(0, 4, len(x))], categories=sizes),
            "width [cm]": x[:, 0].astype(np.float64).round(4),
            "count": rng.integers(0, 9, len(x)),
        }
    )
    effect = frame["colour"].cat.codes * 0.7 % 2 + frame["size"].astype(int) / 40 + frame["width [cm]"].fillna(0)
    label = np.digitize(effect, [1.2, 2.4])
    frame.loc[frame.index % 11 == 3, "colour"] = np.nan
    picked = frame.iloc[::9].reset_index(drop=True)

    def codes_of(part):
        columns = [part[c].cat.codes.replace(-1, np.nan) if c in ("colour", "size") else part[c] for c in part]
        return np.column_stack(columns).astype(np.float32)

    # NaN is a forbidden name of a column, brackets are too
    renamed = frame.rename(columns={"width [cm]": "width (cm)"})
    picked = picked.rename(columns={"width [cm]": "width (cm)"})
    settings = dict(n_estimators=4, max_depth=4, enable_categorical=True, max_cat_to_onehot=1, n_jobs=1, random_state=SEED)
    several = xgb.XGBClassifier(**settings).fit(renamed, label)
    chances = several.predict_proba(picked)
    write_records(
        "names-classes",
        several,
        picked,
        codes_of,
        {"prediction": several.predict(picked), **{f"probability_{k}": chances[:, k] for k in range(3)}},
    )
    two = xgb.XGBClassifier(**settings).fit(renamed, label > 0)
    chances = two.predict_proba(picked)
    write_records(
        "names-binary",
        two,
        picked,
        codes_of,
        {
            "prediction": np.where(two.predict(picked), "many", "few"),
            "probability_few": chances[:, 0],
            "probability_many": chances[:, 1],
        },
        options={"classes": ["few", "many"]},
    )
    number = xgb.XGBRegressor(**settings).fit(renamed, effect)
    write_records("names-number", number, picked, codes_of, {"prediction": number.predict(picked)})


def others():
    """A number for missing values; names of features; the document that a serialised Booster holds."""
    filled = np.where(np.isnan(x), -999, x)
    filled_rows = np.where(np.isnan(rows), -999, rows)
    matrix = xgb.DMatrix(filled, label=signal, missing=-999, feature_names=[f"feature {i}" for i in range(FEATURES)])
    model = xgb.train(BASE, matrix, 3)
    wanted = xgb.DMatrix(filled_rows, missing=-999, feature_names=matrix.feature_names)
    write_case("missing-number", model, filled_rows, matrix=wanted, options={"missing": -999})
    model = trained(yes, 3, objective="binary:logistic")
    write_case("serialised", model, rows)
    state = bytes(model.__getstate__()["handle"])
    folder = GOLDEN / "serialised"
    (folder / "model.ubj").write_bytes(state)
    document = {"Config": {}, "Model": json.loads(model.save_raw("json").decode())}
    (folder / "model.json").write_text(json.dumps(document))


def main():
    objectives()
    shapes()
    stopped("stopped", signal)
    stopped("stopped-classes", classes, objective="multi:softmax", num_class=3)
    stopped("stopped-forest", signal, num_parallel_tree=2, subsample=0.7)
    intercepts()
    several_outputs()
    codes()
    names()
    others()


if __name__ == "__main__":
    sys.exit(main())
