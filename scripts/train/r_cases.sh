#!/bin/sh
# Makes the golden cases of R (r_setup.sh first): trains with r_cases.R, converts with JPMML-R, keeps the converted ones.
#
#   scripts/train/r_cases.sh               all
#   scripts/train/r_cases.sh cars-r-glm    those whose names begin so
set -eu
cd "$(dirname "$0")/../.."
folder=.cache/train-r
rm -rf "$folder"
mkdir -p "$folder"
Rscript scripts/train/r_cases.R "$folder" "$@" 2>/dev/null
java -cp ".cache/train-rexp/*" scripts/train/RToPmml.java "$folder"/*
for model in "$folder"/*/model.pmml; do
  case=$(basename "$(dirname "$model")")
  grep -v '<Timestamp>' "$model" >"$model.tmp"
  rm -rf "test/golden/pmml/$case"
  mkdir "test/golden/pmml/$case"
  mv "$model.tmp" "test/golden/pmml/$case/model.pmml"
  mv "$folder/$case/input.csv" "$folder/$case/expected.csv" "$folder/$case/origin.json" "test/golden/pmml/$case/"
done
