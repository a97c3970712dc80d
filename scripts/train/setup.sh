#!/bin/sh
# Makes .cache/train-venv, in which the golden and example models are trained. Needs Python 3.11+ and Java 17+ (the PMML
# converters and Spark are Java). Downloads about 1 GB, most of it Spark. Nothing of this is needed to run the tests.
#
#   scripts/train/setup.sh && scripts/train/train.sh
set -eu
cd "$(dirname "$0")/../.."
python3 -m venv .cache/train-venv
# requirements.txt lists everything, so that no GPU library comes along with XGBoost
.cache/train-venv/bin/pip install --quiet --no-deps --requirement scripts/train/requirements.txt
