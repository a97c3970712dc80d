/* One model under the C interface of XGBoost, LightGBM or code compiled by treelite, one thread, driven by bench/trees.ts by lines.
 *
 *   harness xgboost|lightgbm|treelite LIBRARY MODEL FOLDER FEATURES TARGETS
 *   check         answers the largest difference from margins.f64
 *   ROWS MS       scores batches of ROWS rows for MS milliseconds, answers nanoseconds per row: elapsed, of the thread's CPU
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ALL = 4096 };
static int features, targets;
static float *rows;
static double *found;
static void *library, *model, *single;

static void fail(const char *what) { fprintf(stderr, "%s\n", what); exit(1); }
static void *symbol(const char *name) {
  void *at = dlsym(library, name);
  if (!at) fail(name);
  return at;
}

/* margins of rows from `first` on, into `found` from 0 on */
static void (*score)(int first, int count);

static int (*xgb_predict)(void *, const char *, const char *, void *, const uint64_t **, uint64_t *, const float **);
static void score_xgboost(int first, int count) {
  char array[200];
  const uint64_t *shape;
  uint64_t dim;
  const float *out;
  snprintf(array, sizeof array, "{\"data\":[%llu,true],\"shape\":[%d,%d],\"typestr\":\"<f4\",\"version\":3}",
           (unsigned long long)(uintptr_t)(rows + (size_t)first * features), count, features);
  if (xgb_predict(model, array,
                  "{\"type\":1,\"training\":false,\"iteration_begin\":0,\"iteration_end\":0,\"strict_shape\":true,"
                  "\"cache_id\":0,\"missing\":NaN}",
                  NULL, &shape, &dim, &out))
    fail("XGBoosterPredictFromDense");
  for (int i = 0; i < count * targets; i++) found[i] = out[i];
}

static int (*lgb_predict)(void *, const void *, int, int32_t, int32_t, int, int, int, int, const char *, int64_t *, double *);
static int (*lgb_single)(void *, const void *, int64_t *, double *);
static const char lgb_options[] = "num_threads=1 predict_disable_shape_check=true verbose=-1";
static void score_lightgbm(int first, int count) {
  int64_t length;
  float *from = rows + (size_t)first * features;
  if (count == 1 ? lgb_single(single, from, &length, found)
                 : lgb_predict(model, from, 0, count, features, 1, 1, 0, -1, lgb_options, &length, found))
    fail("LGBM_BoosterPredictForMat");
}

/* As in the generated header.h: thresholds, and so inputs, are floats or doubles. */
union FloatEntry { int missing; float fvalue; };
union DoubleEntry { int missing; double fvalue; };
static void *entries;
static int takes_doubles, gives_doubles;
static void (*tl_predict)(void *, int, void *);
static void score_treelite(int first, int count) {
  float sums[64];
  for (int r = 0; r < count; r++) {
    const float *row = rows + (size_t)(first + r) * features;
    for (int f = 0; f < features; f++) {
      if (takes_doubles) {
        union DoubleEntry *entry = (union DoubleEntry *)entries + f;
        if (isnan(row[f])) entry->missing = -1;
        else entry->fvalue = row[f];
      } else {
        union FloatEntry *entry = (union FloatEntry *)entries + f;
        if (isnan(row[f])) entry->missing = -1;
        else entry->fvalue = row[f];
      }
    }
    if (gives_doubles) {
      memset(found + (size_t)r * targets, 0, targets * sizeof(double));
      tl_predict(entries, 1, found + (size_t)r * targets);
    } else {
      memset(sums, 0, sizeof sums);
      tl_predict(entries, 1, sums);
      for (int t = 0; t < targets; t++) found[(size_t)r * targets + t] = sums[t];
    }
  }
}

static void *read_all(const char *folder, const char *name, size_t bytes) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "rb");
  void *into = malloc(bytes);
  if (!file || fread(into, 1, bytes, file) != bytes) fail(path);
  fclose(file);
  return into;
}

static double nanoseconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int count, char **given) {
  if (count != 7) fail("six arguments expected");
  const char *kind = given[1], *path = given[3], *folder = given[4];
  features = atoi(given[5]);
  targets = atoi(given[6]);
  rows = read_all(folder, "rows.f32", (size_t)ALL * features * 4);
  found = calloc((size_t)ALL * targets, sizeof(double));
  double *margins = read_all(folder, "margins.f64", (size_t)ALL * targets * 8);
  library = dlopen(given[2], RTLD_NOW);
  if (!library) fail(dlerror());
  if (!strcmp(kind, "xgboost")) {
    int (*create)(const void *, uint64_t, void **) = symbol("XGBoosterCreate");
    int (*load)(void *, const char *) = symbol("XGBoosterLoadModel");
    int (*set)(void *, const char *, const char *) = symbol("XGBoosterSetParam");
    xgb_predict = symbol("XGBoosterPredictFromDense");
    if (create(NULL, 0, &model) || load(model, path) || set(model, "nthread", "1")) fail("XGBoosterLoadModel");
    score = score_xgboost;
  } else if (!strcmp(kind, "lightgbm")) {
    int (*load)(const char *, int *, void **) = symbol("LGBM_BoosterCreateFromModelfile");
    int (*prepare)(void *, int, int, int, int, int32_t, const char *, void **) =
        symbol("LGBM_BoosterPredictForMatSingleRowFastInit");
    int iterations;
    lgb_predict = symbol("LGBM_BoosterPredictForMat");
    lgb_single = symbol("LGBM_BoosterPredictForMatSingleRowFast");
    if (load(path, &iterations, &model) || prepare(model, 1, 0, -1, 0, features, lgb_options, &single))
      fail("LGBM_BoosterCreateFromModelfile");
    score = score_lightgbm;
  } else {
    const char *(*type)(void) = symbol("get_leaf_output_type");
    const char *(*input)(void) = symbol("get_threshold_type");
    gives_doubles = !strcmp(type(), "float64");
    takes_doubles = !strcmp(input(), "float64");
    tl_predict = symbol("predict");
    entries = malloc(features * sizeof(union DoubleEntry));
    score = score_treelite;
  }
  puts("ready");
  fflush(stdout);
  char line[100];
  int next = 0;
  while (fgets(line, sizeof line, stdin)) {
    if (!strncmp(line, "check", 5)) {
      double largest = 0;
      score(0, ALL);
      for (int i = 0; i < ALL * targets; i++) largest = fmax(largest, fabs(found[i] - margins[i]));
      printf("%g\n", largest);
    } else {
      int batch;
      double ms;
      if (sscanf(line, "%d %lf", &batch, &ms) != 2) fail("ROWS MS expected");
      double cpu = nanoseconds(CLOCK_THREAD_CPUTIME_ID), start = nanoseconds(CLOCK_MONOTONIC), now;
      size_t done = 0;
      do {
        for (int i = 0; i < (batch < 32 ? 32 / batch : 1); i++) {
          if (next + batch > ALL) next = 0;
          score(next, batch);
          next += batch;
          done += batch;
        }
        now = nanoseconds(CLOCK_MONOTONIC);
      } while (now - start < ms * 1e6);
      printf("%.3f %.3f\n", (now - start) / done, (nanoseconds(CLOCK_THREAD_CPUTIME_ID) - cpu) / done);
    }
    fflush(stdout);
  }
  return 0;
}
