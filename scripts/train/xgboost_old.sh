#!/bin/sh
# Golden cases of older versions of XGBoost, whose files differ: each version comes from PyPI into .cache/xgboost-<version>, without
# its GPU libraries, beside a NumPy that all of them can use. Needs setup.sh to have been run. About 3 GB are unpacked.
set -eu
export PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1
cd "$(dirname "$0")/../.."
fetch() {
  [ -d ".cache/$1" ] || .cache/train-venv/bin/pip install --quiet --no-deps --target ".cache/$1" $2
}
fetch numpy-1.26.4 'numpy==1.26.4 scipy==1.11.4'
for version in ${1:-0.82 0.90 1.0.2 1.2.1 1.3.3 1.4.2 1.5.2 1.6.2 1.7.6 2.0.3 2.1.4 3.0.5 3.1.3}; do
  fetch "xgboost-$version" "xgboost==$version"
  PYTHONPATH=".cache/xgboost-$version:.cache/numpy-1.26.4" python3 scripts/train/xgboost_old_cases.py
done
