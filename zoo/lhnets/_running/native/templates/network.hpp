// $identity: $title
//
// Written by lhnets $version from the network file with the SHA-256
// $sha256
// A thin layer over $prefix.h: compile $prefix.c with it.
#ifndef ${macro}_HPP
#define ${macro}_HPP

#include "$prefix.h"

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

namespace $namespace {

constexpr std::size_t inputs = ${macro}_INPUTS;
constexpr std::size_t outputs = ${macro}_OUTPUTS;

struct Prediction {
  std::array<double, outputs> value;
  std::array<double, outputs> uncertainty;  // one standard deviation against the truth
  double reach;                             // at most 1 inside the region of the training
};

struct Batch {
  std::vector<double> value;        // (rows, outputs), row after row
  std::vector<double> uncertainty;  // (rows, outputs)
  std::vector<double> reach;        // (rows)
  std::size_t refused;              // rows outside the region or not finite: they hold NaN
};

// One point. Throws std::domain_error outside the region of the training, std::invalid_argument
// for an input that is not finite.
inline Prediction predict(const std::array<double, inputs> &in) {
  Prediction p;
  const int code = ::$prefix(in.data(), p.value.data(), p.uncertainty.data(), &p.reach);
  if (code == LHNETS_NOT_FINITE)
    throw std::invalid_argument(std::string(${prefix}_identity) + ": an input is not finite");
  if (code == LHNETS_OUTSIDE)
    throw std::domain_error(std::string(${prefix}_identity) +
                            ": the point lies outside the region of the training, reach " +
                            std::to_string(p.reach));
  return p;
}

// Many points, (rows, inputs), row after row. Throws std::invalid_argument if the numbers do not
// make whole rows.
inline Batch predict_rows(const std::vector<double> &in) {
  if (in.size() % inputs != 0)
    throw std::invalid_argument(std::string(${prefix}_identity) + " takes " +
                                std::to_string(inputs) + " numbers a row, got " +
                                std::to_string(in.size()));
  const std::size_t rows = in.size() / inputs;
  Batch b{std::vector<double>(rows * outputs), std::vector<double>(rows * outputs),
          std::vector<double>(rows), 0};
  b.refused = ${prefix}_rows(rows, in.data(), b.value.data(), b.uncertainty.data(),
                             b.reach.data());
  return b;
}

}  // namespace $namespace

#endif
