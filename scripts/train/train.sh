#!/bin/sh
# Trains every golden and example model again. Same versions give the same files (fixed seeds, no time stamps).
#
#   scripts/train/train.sh                  everything (about three minutes)
#   scripts/train/train.sh sklearn_cases    one script
set -eu
export PYTHONDONTWRITEBYTECODE=1
cd "$(dirname "$0")/../.."
for script in ${1:-sklearn_cases booster_cases spark_cases element_cases examples}; do
  .cache/train-venv/bin/python "scripts/train/$script.py"
done
