#!/bin/sh
# Trains every golden and example model again. Same versions give the same files (fixed seeds, no time stamps).
#
#   scripts/train/train.sh                               everything but R (about twenty minutes); R: r_setup.sh, r_cases.sh; older XGBoost: xgboost_old.sh
#   scripts/train/train.sh sklearn_cases                 one script
#   scripts/train/train.sh sklearn_model_cases two-svc   its cases whose names begin so
set -eu
export PYTHONDONTWRITEBYTECODE=1
cd "$(dirname "$0")/../.."
all='sklearn_cases sklearn_model_cases sklearn_transformer_cases sklearn2pmml_cases booster_cases booster_element_cases'
all="$all statsmodels_cases spark_cases spark_element_cases element_cases time_series_cases examples example_formats"
all="$all onnx_cases lightgbm_cases lightgbm_old_cases catboost_cases xgboost_cases catboost_json_cases"
all="$all tensorflow_operators tensorflow_cases"
scripts=${1:-$all}
[ $# -eq 0 ] || shift
for script in $scripts; do
  .cache/train-venv/bin/python "scripts/train/$script.py" "$@"
done
