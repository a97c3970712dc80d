# Golden cases trained with R and converted by JPMML-R. Writes model.rds, input.csv, expected.csv and origin.json for each
# case below the folder given; r_cases.sh converts the models and keeps the cases that the converter takes.

folder <- commandArgs(TRUE)[1]
wanted <- commandArgs(TRUE)[-1]
seed <- 20240229
double <- list(rel = 1e-10, abs = 1e-12)
suppressPackageStartupMessages({
  library(MASS)
  library(rpart)
  library(nnet)
})

licence.iris <- "Anderson (1935), Fisher (1936), R's copy"
licence.cars <- "Henderson and Velleman (1981), R's copy"
licence.insurance <- "Baxter, Coutts and Ross (1980), MASS's copy"
licence.quine <- "Quine (1978), MASS's copy"
licence.housing <- "Madsen (1976), MASS's copy"

# Text that reads back as the same value; empty = missing.
cells <- function(frame) {
  as.data.frame(lapply(frame, function(column) {
    text <- if (is.double(column)) sprintf("%.17g", column) else as.character(column)
    if (is.logical(column)) text <- tolower(text)
    text[is.na(column)] <- ""
    text
  }), check.names = FALSE, optional = TRUE)
}

write.cells <- function(frame, path) {
  out <- cells(frame)
  names(out) <- names(frame)
  # a lone empty cell is quoted, since an empty line is no row
  quoted <- function(x) ifelse(grepl('[",\n]', x) | (x == "" & ncol(out) == 1), paste0('"', gsub('"', '""', x), '"'), x)
  lines <- do.call(paste, c(lapply(out, quoted), sep = ","))
  writeLines(c(paste(quoted(names(out)), collapse = ","), lines), path)
}

text.of <- function(x) paste0('"', gsub('"', '\\\\"', x), '"')

# `make` gives the model, `answer` what the model says of the rows.
case <- function(name, licence, packages, make, rows, answer, tolerance = double) {
  if (length(wanted) && !any(startsWith(name, wanted))) return(invisible())
  tryCatch({
    set.seed(seed)
    model <- make()
    expected <- answer(model, rows)
    at <- file.path(folder, name)
    dir.create(at, recursive = TRUE, showWarnings = FALSE)
    saveRDS(model, file.path(at, "model.rds"), version = 2)
    write.cells(rows, file.path(at, "input.csv"))
    write.cells(expected, file.path(at, "expected.csv"))
    versions <- c(r = as.character(getRversion()), sapply(packages, function(p) as.character(packageVersion(p))))
    named <- paste0("    ", text.of(names(versions)), ": ", text.of(versions), collapse = ",\n")
    writeLines(c(
      "{", '  "producer": "R, JPMML-R",', '  "versions": {', paste0(named, ',\n    "pmml-rexp": "1.5.2"'), "  },",
      '  "script": "scripts/train/r_cases.R",', paste0('  "licence": ', text.of(licence), ","), '  "tolerance": {',
      paste0('    "rel": ', format(tolerance$rel), ","), paste0('    "abs": ', format(tolerance$abs)), "  },",
      paste0('  "seed": ', format(seed, scientific = FALSE), ","), paste0('  "rows": ', nrow(rows)), "}"
    ), file.path(at, "origin.json"))
    cat(name, "\n")
  }, error = function(e) cat(name, "was not trained:", conditionMessage(e), "\n"))
}

spread <- function(frame, count = 24) {
  out <- frame[unique(round(seq(1, nrow(frame), length.out = min(count, nrow(frame))))), , drop = FALSE]
  rownames(out) <- NULL
  out
}
without <- function(frame, ...) frame[, setdiff(names(frame), c(...)), drop = FALSE]
# The rows with about one in six values taken out.
gaps <- function(frame) {
  set.seed(seed)
  for (name in names(frame)) frame[runif(nrow(frame)) < 1 / 6, name] <- NA
  frame
}

gaps.of <- function(frame, ...) { frame[, c(...)] <- gaps(frame[, c(...)]); frame }

# What the converter needs beside the model, as r2pmml's decorate() adds it: the levels of the words.
levels.of <- function(model, data) {
  model$xlevels <- Filter(Negate(is.null), lapply(data, levels))
  model
}
ranger.levels <- function(model, data) {
  model$variable.levels <- Filter(Negate(is.null), lapply(data, levels))
  model
}

number <- function(target, type = "response") function(model, rows) {
  setNames(data.frame(as.numeric(predict(model, newdata = rows, type = type))), target)
}
plain <- function(target) function(model, rows) setNames(data.frame(as.numeric(predict(model, newdata = rows))), target)
# Class and probabilities from a matrix of probabilities.
classes <- function(target, p, picked = colnames(p)[max.col(p, "first")]) {
  out <- data.frame(picked)
  names(out) <- target
  for (name in colnames(p)) out[[paste0("probability(", name, ")")]] <- p[, name]
  out
}
two <- function(target, names) function(model, rows) {
  p <- as.numeric(predict(model, newdata = rows, type = "response"))
  m <- cbind(1 - p, p)
  colnames(m) <- names
  classes(target, m)
}

flowers <- iris
flower.rows <- without(spread(iris), "Species")
pair <- droplevels(iris[iris$Species != "setosa", ])
pair.rows <- without(spread(pair), "Species")
cars <- mtcars
cars$am <- factor(ifelse(cars$am == 1, "manual", "automatic"))
cars$cyl <- as.integer(cars$cyl)
car.rows <- without(spread(cars), "mpg")
rownames(cars) <- NULL
gapped.cars <- gaps(car.rows[, c("cyl", "disp", "hp", "wt")])

## linear models, with the functions that formulas allow
case("cars-r-lm", licence.cars, c(), function() lm(mpg ~ wt + hp + am, cars), without(car.rows, "disp"), plain("mpg"))
case("cars-r-lm-interaction", licence.cars, c(), function() lm(mpg ~ wt * am + hp:wt, cars), car.rows, plain("mpg"))
# only glm keeps the data, which the converter needs for functions in the formula
functions <- list(
  log = mpg ~ log(hp) + log10(disp) + exp(drat), root = mpg ~ sqrt(wt) + abs(wt - 3), power = mpg ~ I(disp^2 / 1000) + I(qsec + drat) + I(-hp * 2),
  ifelse = mpg ~ I(ifelse(hp > 150, 1, 0)) + wt, logic = mpg ~ I(ifelse(hp > 150 & wt <= 3.5 | !(am == "manual"), wt, 0)) + am,
  cut = mpg ~ cut(hp, breaks = c(0, 100, 150, 400)) + wt, "cut-left" = mpg ~ base::cut(wt, breaks = c(0, 2.5, 3.5, 9), right = FALSE) + hp,
  floor = mpg ~ I(floor(wt) * 2) + I(ceiling(drat)), word = mpg ~ plyr::revalue(am, replace = c(manual = "m", automatic = "a")) + wt
)
for (name in names(functions)) local({
  formula <- functions[[name]]
  case(paste0("cars-r-formula-", name), licence.cars, c(), function() glm(formula, gaussian, cars), car.rows, number("mpg"))
})
case("cars-r-lm-missing", licence.cars, c(), function() lm(mpg ~ cyl + disp + wt, cars), gapped.cars[, c("cyl", "disp", "wt")], plain("mpg"))

## generalized linear models: families and links
binomials <- c("logit", "probit", "cloglog", "log")
for (link in binomials) local({
  of <- link
  start <- if (of == "log") c(-3, rep(0, 1)) else NULL
  formula <- if (of == "log") Species ~ Petal.Width else Species ~ Sepal.Length + Petal.Width
  case(paste0("iris-r-glm-binomial-", of), licence.iris, c(),
    function() glm(formula, binomial(of), pair, start = start, control = list(maxit = 100)), pair.rows,
    two("Species", c("versicolor", "virginica")))
})
gammas <- list(Gamma("inverse"), Gamma("log"), Gamma("identity"))
others <- list(gaussian("identity"), gaussian("log"), gaussian("inverse"), inverse.gaussian("log"))
for (family in c(gammas, others)) local({
  of <- family
  name <- gsub("[^a-z0-9]+", "-", tolower(paste(of$family, of$link)))
  name <- gsub("-+$", "", name)
  case(paste0("cars-r-glm-", name), licence.cars, c(),
    function() glm(mpg ~ wt + am, of, cars, mustart = cars$mpg), car.rows, number("mpg"))
})
claims <- as.data.frame(lapply(Insurance, function(x) if (is.ordered(x)) factor(x, ordered = FALSE) else x))
claim.rows <- without(spread(claims, 32), "Claims")
for (link in c("log", "sqrt")) local({
  of <- link
  case(paste0("insurance-r-glm-poisson-", of), licence.insurance, c(),
    function() glm(Claims ~ District + Group + Age, poisson(of), claims, start = c(5, rep(0, 9))), claim.rows, number("Claims"))
})

## trees
case("iris-r-rpart", licence.iris, "rpart", function() rpart(Species ~ ., flowers), flower.rows,
  function(m, rows) classes("Species", predict(m, rows), as.character(predict(m, rows, type = "class"))))
case("iris-r-rpart-missing", licence.iris, "rpart", function() rpart(Species ~ ., flowers, cp = 0.001, minsplit = 10), gaps(flower.rows),
  function(m, rows) classes("Species", predict(m, rows), as.character(predict(m, rows, type = "class"))))
case("cars-r-rpart", licence.cars, "rpart", function() rpart(mpg ~ ., cars, minsplit = 6), car.rows, plain("mpg"))
case("cars-r-rpart-missing", licence.cars, "rpart",
  function() rpart(mpg ~ cyl + disp + hp + wt, cars, minsplit = 6, maxsurrogate = 3), gapped.cars, plain("mpg"))
case("cars-r-rpart-no-surrogates", licence.cars, "rpart",
  function() rpart(mpg ~ cyl + disp + hp + wt, cars, minsplit = 6, maxsurrogate = 0, usesurrogate = 0), car.rows[, c("cyl", "disp", "hp", "wt")], plain("mpg"))
case("cars-r-rpart-surrogates-only", licence.cars, "rpart",
  function() rpart(mpg ~ cyl + disp + hp + wt, cars, minsplit = 6, maxsurrogate = 1, usesurrogate = 1), gapped.cars, plain("mpg"))
case("housing-r-rpart-words", licence.housing, "rpart",
  function() rpart(Sat ~ Infl + Type + Cont, within(housing, Sat <- factor(Sat, ordered = FALSE)), weights = housing$Freq, cp = 0.001), without(spread(housing), "Sat", "Freq"),
  function(m, rows) classes("Sat", predict(m, rows), as.character(predict(m, rows, type = "class"))))
case("iris-r-ctree", licence.iris, "party", function() party::ctree(Species ~ ., flowers), flower.rows,
  function(m, rows) { p <- do.call(rbind, party::treeresponse(m, newdata = rows)); colnames(p) <- levels(flowers$Species); classes("Species", p) })
case("cars-r-ctree", licence.cars, "party", function() party::ctree(mpg ~ wt + hp + am, cars), car.rows,
  function(m, rows) data.frame(mpg = as.numeric(predict(m, newdata = rows))))
## forests and boosted trees
forest.classes <- function(m, rows) classes("Species", predict(m, rows, type = "prob"), as.character(predict(m, rows)))
case("iris-r-random-forest", licence.iris, "randomForest",
  function() randomForest::randomForest(Species ~ ., flowers, ntree = 7), flower.rows, forest.classes)
case("cars-r-random-forest", licence.cars, "randomForest",
  function() randomForest::randomForest(mpg ~ ., cars, ntree = 7), car.rows, plain("mpg"))
case("iris-r-ranger", licence.iris, "ranger",
  function() ranger.levels(ranger::ranger(Species ~ ., flowers, num.trees = 7, probability = TRUE, num.threads = 1), flowers), flower.rows,
  function(m, rows) { p <- predict(m, rows, num.threads = 1)$predictions; classes("_target", p) })
case("cars-r-ranger", licence.cars, "ranger",
  function() ranger.levels(ranger::ranger(mpg ~ ., cars, num.trees = 7, num.threads = 1), cars), car.rows,
  function(m, rows) data.frame(`_target` = predict(m, rows, num.threads = 1)$predictions, check.names = FALSE))
boosted <- function(formula, data, distribution) gbm::gbm(formula, distribution, data, n.trees = 12, interaction.depth = 2, n.minobsinnode = 3, bag.fraction = 1)
boost.number <- function(target) function(m, rows) setNames(data.frame(predict(m, rows, n.trees = m$n.trees, type = "response")), target)
case("cars-r-gbm", licence.cars, "gbm", function() boosted(mpg ~ ., cars, "gaussian"), car.rows, boost.number("mpg"))
case("cars-r-gbm-missing", licence.cars, "gbm", function() boosted(mpg ~ cyl + disp + hp + wt, gaps.of(cars, "cyl", "disp", "hp", "wt"), "gaussian"), gapped.cars, boost.number("mpg"))
coded.pair <- within(pair, Species <- as.integer(Species == "virginica"))
boost.two <- function(m, rows) { p <- predict(m, rows, n.trees = m$n.trees, type = "response"); q <- cbind(1 - p, p); colnames(q) <- 0:1; classes("Species", q) }
case("iris-r-gbm-bernoulli", licence.iris, "gbm", function() boosted(Species ~ ., coded.pair, "bernoulli"), pair.rows, boost.two)
case("iris-r-gbm-adaboost", licence.iris, "gbm", function() boosted(Species ~ ., coded.pair, "adaboost"), pair.rows, boost.two)
case("iris-r-gbm-multinomial", licence.iris, "gbm", function() boosted(Species ~ ., flowers, "multinomial"), flower.rows,
  function(m, rows) classes("Species", predict(m, rows, n.trees = m$n.trees, type = "response")[, , 1]))

## networks; the logistic function of nnet is 0 or 1 beyond 15
cut.off <- list(rel = 1e-6, abs = 1e-6)
case("iris-r-nnet", licence.iris, "nnet", function() nnet(Species ~ ., flowers, size = 3, trace = FALSE), flower.rows,
  function(m, rows) classes("Species", predict(m, rows, type = "raw")), cut.off)
case("iris-r-nnet-two", licence.iris, "nnet", function() nnet(Species ~ ., pair, size = 2, trace = FALSE), pair.rows,
  function(m, rows) { p <- as.numeric(predict(m, rows, type = "raw")); q <- cbind(1 - p, p); colnames(q) <- levels(pair$Species); classes("Species", q) }, cut.off)
case("cars-r-nnet", licence.cars, "nnet", function() nnet(mpg ~ wt + hp + am, cars, size = 3, linout = TRUE, trace = FALSE), car.rows,
  function(m, rows) data.frame(mpg = as.numeric(predict(m, rows))), cut.off)
case("iris-r-multinom", licence.iris, "nnet", function() multinom(Species ~ Sepal.Length + Petal.Width, flowers, trace = FALSE), flower.rows,
  function(m, rows) classes("Species", predict(m, rows, type = "probs")))
case("iris-r-multinom-two", licence.iris, "nnet", function() multinom(Species ~ Sepal.Length + Petal.Width, pair, trace = FALSE), pair.rows,
  function(m, rows) { p <- as.numeric(predict(m, rows, type = "probs")); q <- cbind(1 - p, p); colnames(q) <- levels(pair$Species); classes("Species", q) })

## support vectors, all kernels and kinds
kernels <- c("linear", "polynomial", "radial", "sigmoid")
for (kernel in kernels) local({
  of <- kernel
  case(paste0("iris-r-svm-", of), licence.iris, "e1071", function() levels.of(e1071::svm(Species ~ ., flowers, kernel = of), flowers[, 1:4]), flower.rows,
    function(m, rows) data.frame(Species = as.character(predict(m, rows))))
  case(paste0("cars-r-svm-", of), licence.cars, "e1071", function() levels.of(e1071::svm(mpg ~ wt + hp + am, cars, kernel = of), cars["am"]), car.rows, plain("mpg"))
})
case("iris-r-svm-nu", licence.iris, "e1071", function() levels.of(e1071::svm(Species ~ ., flowers, type = "nu-classification", nu = 0.2), flowers[, 1:4]), flower.rows,
  function(m, rows) data.frame(Species = as.character(predict(m, rows))))
case("cars-r-svm-nu", licence.cars, "e1071", function() levels.of(e1071::svm(mpg ~ wt + hp, cars, type = "nu-regression"), cars["wt"]), car.rows, plain("mpg"))

## naive Bayes, clusters, penalised lines, splines, components
bayes <- function(target) function(m, rows) classes(target, predict(m, rows, type = "raw"), as.character(predict(m, rows)))
case("iris-r-naive-bayes", licence.iris, "e1071", function() e1071::naiveBayes(Species ~ ., flowers), flower.rows, bayes("_target"))
case("iris-r-naive-bayes-missing", licence.iris, "e1071", function() e1071::naiveBayes(Species ~ ., flowers, threshold = 1e-3), gaps(flower.rows),
  function(m, rows) classes("_target", predict(m, rows, type = "raw", threshold = 1e-3)))
case("housing-r-naive-bayes", licence.housing, "e1071",
  function() e1071::naiveBayes(Sat ~ Infl + Type + Cont, housing[rep(seq_len(nrow(housing)), housing$Freq), ], laplace = 1), without(spread(housing), "Sat", "Freq"), bayes("_target"))
case("iris-r-kmeans", licence.iris, c(), function() kmeans(flowers[, 1:4], 3), flower.rows,
  function(m, rows) data.frame(cluster = apply(as.matrix(rows), 1, function(r) which.min(colSums((t(m$centers) - r)^2)))))
x <- as.matrix(flowers[, 1:4])
case("cars-r-glmnet", licence.cars, "glmnet", function() { m <- glmnet::glmnet(as.matrix(cars[, 2:6]), cars$mpg); m$lambda.s <- m$lambda[20]; m },
  car.rows[, names(cars)[2:6]], function(m, rows) data.frame(`_target` = as.numeric(predict(m, as.matrix(rows), s = m$lambda.s, exact = FALSE)), check.names = FALSE))
case("iris-r-glmnet-binomial", licence.iris, "glmnet",
  function() { m <- glmnet::glmnet(as.matrix(pair[, 1:4]), pair$Species, family = "binomial"); m$lambda.s <- m$lambda[20]; m }, pair.rows,
  function(m, rows) { p <- as.numeric(predict(m, as.matrix(rows), s = m$lambda.s, type = "response")); q <- cbind(1 - p, p); colnames(q) <- levels(pair$Species); classes("_target", q) })
case("iris-r-glmnet-multinomial", licence.iris, "glmnet",
  function() { m <- glmnet::glmnet(x, flowers$Species, family = "multinomial"); m$lambda.s <- m$lambda[20]; m }, flower.rows,
  function(m, rows) { p <- predict(m, as.matrix(rows), s = m$lambda.s, type = "response")[, , 1]; classes("_target", p) })
# the converter writes the linear part alone
case("quine-r-glmnet-poisson", licence.quine, "glmnet",
  function() { m <- glmnet::glmnet(model.matrix(Days ~ ., quine)[, -1], quine$Days, family = "poisson"); m$lambda.s <- m$lambda[20]; m },
  as.data.frame(model.matrix(Days ~ ., spread(quine))[, -1]), function(m, rows) data.frame(`_target` = as.numeric(predict(m, as.matrix(rows), s = m$lambda.s, type = "link")), check.names = FALSE))
case("cars-r-cv-glmnet", licence.cars, "glmnet", function() glmnet::cv.glmnet(as.matrix(cars[, 2:6]), cars$mpg, nfolds = 4),
  car.rows[, names(cars)[2:6]], function(m, rows) data.frame(`_target` = as.numeric(predict(m, as.matrix(rows), s = "lambda.1se")), check.names = FALSE))
case("cars-r-earth", licence.cars, "earth", function() earth::earth(mpg ~ wt + hp + am, cars, degree = 2), car.rows,
  function(m, rows) data.frame(mpg = as.numeric(predict(m, rows))))
case("cars-r-pls", licence.cars, "pls", function() pls::plsr(mpg ~ wt + hp + disp + am, 2, data = cars), car.rows,
  function(m, rows) data.frame(mpg = as.numeric(predict(m, rows, ncomp = 2))))
case("cars-r-ols", licence.cars, "rms", function() rms::ols(mpg ~ wt + hp + am, cars), car.rows, function(m, rows) data.frame(mpg = as.numeric(predict(m, rows))))

## caret: the model with its preparation
prepared <- function(...) caret::train(..., trControl = caret::trainControl("none"))
case("cars-r-caret-range", licence.cars, "caret",
  function() prepared(cars[, c("wt", "hp")], cars$mpg, method = "rf", ntree = 5, preProcess = "range", tuneGrid = data.frame(mtry = 2)), car.rows[, c("wt", "hp")], plain("_target"))
case("cars-r-caret-imputed", licence.cars, "caret",
  function() prepared(gaps(cars[, c("cyl", "disp", "hp", "wt")]), cars$mpg, method = "rf", ntree = 5, preProcess = "medianImpute", tuneGrid = data.frame(mtry = 2)), gapped.cars,
  function(m, rows) data.frame(`_target` = as.numeric(predict(m, rows, na.action = na.pass)), check.names = FALSE))
case("iris-r-caret-forest", licence.iris, "caret",
  function() prepared(flowers[, 1:4], flowers$Species, method = "rf", ntree = 5, preProcess = c("center", "scale"), tuneGrid = data.frame(mtry = 2)), flower.rows,
  function(m, rows) { p <- as.matrix(predict(m, rows, type = "prob")); classes("_target", p, as.character(predict(m, rows))) })
