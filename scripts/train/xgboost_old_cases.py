"""Golden cases of one older XGBoost: run by xgboost_old.sh with each version on the path. Names begin with the version."""

import numpy as np
from xgboost_golden import SEED, VERSION, data, odd_rows, write_case, xgb

x, signal = data(120)
rows = odd_rows(x, 10)
yes = (signal > 0.2).astype(float)
classes = np.digitize(signal, [-0.7, 0.7]).astype(float)
counts = np.floor(np.exp(signal / 3) * 2)
linear_x = np.where(np.abs(x) > 100, np.float32(3), x).astype(np.float32)
linear_rows = odd_rows(linear_x, 10)
linear_rows[np.abs(linear_rows) > 1e30] = 7.0

BASE = {"max_depth": 3, "eta": 0.4, "seed": SEED, "nthread": 1, **({"silent": 1} if VERSION < (1,) else {"verbosity": 0})}
# the binary form was the only one before 1.0 and the default of other endings up to 3.0
FILES = (
    ("model.bin",)
    if VERSION < (1,)
    else ("model.bin", "model.json")
    if VERSION < (1, 6)
    else ("model.bin", "model.json", "model.ubj")
    if VERSION < (3, 1)
    else ("model.json", "model.ubj")
)


SQUARES = "reg:linear" if VERSION < (0, 83) else "reg:squarederror"
# without a limit DART dropped trees at random when it predicted, too
ALL_TREES = {"limits": {"ntree_limit": 4}} if VERSION < (1,) else {}


def trained(label, rounds=2, numbers=x, **parameters):
    return xgb.train({**BASE, **parameters}, xgb.DMatrix(numbers, label=label), rounds)


def case(name, model, numbers=rows, **more):
    label = "old-" + ".".join(str(part) for part in VERSION)
    write_case(f"{label}-{name}", model, numbers, files=FILES, **more)


def main():
    case("logistic", trained(yes, objective="binary:logistic", base_score=0.3))
    case("logitraw", trained(yes, objective="binary:logitraw", base_score=0.3))
    case("softmax", trained(classes, objective="multi:softmax", num_class=3))
    case("poisson-dart", trained(counts, 4, objective="count:poisson", booster="dart", rate_drop=0.5, base_score=1.5), **ALL_TREES)
    linear = {"booster": "gblinear", "objective": "multi:softprob", "num_class": 3, "updater": "coord_descent"}
    case("linear", trained(classes, 3, linear_x, **linear), linear_rows)
    model = trained(signal, num_parallel_tree=2, subsample=0.6, objective=SQUARES)
    # early stopping after one iteration of two trees; files before 1.6 do not say how many trees an iteration has
    model.set_attr(best_iteration="0", best_ntree_limit="2", note="an attribute")
    limits = {"ntree_limit": 2} if VERSION < (1, 6) else {"iteration_range": (0, 1)}
    case("forest", model, limits=limits)
    if VERSION >= (1, 6):
        types = ["q", "q", "c", "q", "q", "q"]
        options = {"feature_types": types, "enable_categorical": True}
        matrix = xgb.DMatrix(x, label=signal, **options)
        parameters = {**BASE, "tree_method": "hist" if VERSION >= (1, 7) else "approx", "max_cat_to_onehot": 1}
        model = xgb.train(parameters, matrix, 2)
        files = [file for file in FILES if not file.endswith(".bin")]
        codes = rows.copy()
        codes[np.abs(codes[:, 2]) > 100, 2] = 3
        name = "old-" + ".".join(str(part) for part in VERSION) + "-categories"
        write_case(name, model, codes, files=files, matrix=xgb.DMatrix(codes, **options))
    if VERSION >= (1, 7):
        both = np.column_stack([signal, -signal])
        case("targets", trained(both, tree_method="hist"))
    if VERSION >= (2, 0):
        model = trained(both, tree_method="hist", multi_strategy="multi_output_tree")
        name = "old-" + ".".join(str(part) for part in VERSION) + "-vector"
        write_case(name, model, rows, files=[file for file in FILES if not file.endswith(".bin")])


if __name__ == "__main__":
    main()
