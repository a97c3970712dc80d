#!/bin/sh
# Fetches R and the converter of R models for r_cases.sh: Debian's packages (as root; CRAN is not needed) and JPMML-R from
# Maven Central into .cache/train-rexp. JPMML-R 1.5.2 has no parent document there, so its dependencies are named here.
set -eu
cd "$(dirname "$0")/../.."
apt-get install --yes --no-install-recommends r-base-core r-cran-caret r-cran-e1071 r-cran-earth r-cran-gbm \
  r-cran-glmnet r-cran-mass r-cran-nnet r-cran-party r-cran-pls r-cran-randomforest r-cran-ranger r-cran-rms \
  r-cran-rpart maven openjdk-17-jdk-headless
jars="$PWD/.cache/train-rexp"
mkdir -p "$jars"
mvn --quiet --batch-mode --file scripts/train/rexp-pom.xml dependency:copy-dependencies -DoutputDirectory="$jars"
curl --fail --silent --output "$jars/pmml-rexp-1.5.2.jar" \
  https://repo1.maven.org/maven2/org/jpmml/pmml-rexp/1.5.2/pmml-rexp-1.5.2.jar
