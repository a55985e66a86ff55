// A scan in C++ that evaluates a network in process: loaded once, no file is read, no library but libm.
//
//   lhnets export cs-gluino-pair-lo --to c++ generated
//   gcc -O3 -c generated/lhnets_cs_gluino_pair_lo.c
//   g++ -O3 -I generated native.cpp lhnets_cs_gluino_pair_lo.o -o native
//   ./native
//
// Prints mass, value, uncertainty and relative slope of three points, then how many of a grid of
// 1000 points lie outside the region of the training.
#include "lhnets_cs_gluino_pair_lo.hpp"

#include <cstdio>
#include <stdexcept>
#include <vector>

namespace gluino = lhnets_cs_gluino_pair_lo_cpp;

int main() {
  for (double mass : {1000.0, 1500.0, 2000.0}) {
    const std::array<double, gluino::inputs> point = {mass, 2500.0, 13000.0, 1.0};
    double value, uncertainty, reach, slope[gluino::inputs];
    if (lhnets_cs_gluino_pair_lo_jacobian(point.data(), &value, &uncertainty, &reach, slope) !=
        LHNETS_OK)
      return 1;
    std::printf("%.16e %.16e %.16e %.16e\n", mass, value, uncertainty, slope[0] / value);
  }
  try {
    gluino::predict({9000.0, 2500.0, 13000.0, 1.0});
    return 1;
  } catch (const std::domain_error &) {
    // Far outside: an error, not a number.
  }
  std::vector<double> rows;
  for (int k = 0; k < 1000; k++)
    for (double x : {500.0 + 4.0 * k, 2500.0, 13000.0, 1.0}) rows.push_back(x);
  std::printf("%zu of 1000 lie outside\n", gluino::predict_rows(rows).refused);
}
