// Evaluate a network file with ONNX Runtime alone: points on standard input, one a line, in the order and units of the card.
// Prints for each the values, their uncertainties and the reach, which is at most 1 inside the training region.
//
//   c++ -std=c++17 -I INCLUDE evaluate.cpp -L LIB -lonnxruntime -o evaluate
//   echo "2000 3000 13000 1" | ./evaluate network.onnx

#include <onnxruntime_cxx_api.h>

#include <cstdint>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

int main(int argc, char **argv) try {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s NETWORK.onnx < points\n", argv[0]);
    return 2;
  }
  std::vector<double> parameters;
  int64_t rows = 0;
  for (std::string line; std::getline(std::cin, line); ++rows) {
    std::istringstream words(line);
    for (double x; words >> x;) parameters.push_back(x);
  }

  Ort::Env env(ORT_LOGGING_LEVEL_WARNING, "lhnets");
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);
  Ort::Session session(env, argv[1], options);

  const std::vector<int64_t> shape{rows, rows ? static_cast<int64_t>(parameters.size()) / rows : 0};
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  const auto input =
      Ort::Value::CreateTensor<double>(memory, parameters.data(), parameters.size(), shape.data(), shape.size());
  const char *inputs[] = {"parameters"};
  const char *outputs[] = {"value", "uncertainty", "reach"};
  const auto found = session.Run(Ort::RunOptions{}, inputs, &input, 1, outputs, 3);

  for (int64_t row = 0; row < rows; ++row) {
    for (const auto &tensor : found) {
      const auto count = static_cast<int64_t>(tensor.GetTensorTypeAndShapeInfo().GetElementCount()) / rows;
      const double *x = tensor.GetTensorData<double>() + row * count;
      for (int64_t k = 0; k < count; ++k) std::printf("%.17g ", x[k]);
    }
    std::printf("\n");
  }
} catch (const Ort::Exception &error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
