/// Runs one fuzz target over the inputs of a file, without libFuzzer: one input a line in hexadecimal, '#' begins a comment.
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int count, char** arguments) {
  std::ifstream file(count > 1 ? arguments[1] : "");
  if (!file) {
    std::fprintf(stderr, "usage: %s FILE.hex\n", arguments[0]);
    return 2;
  }
  unsigned inputs = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::vector<std::uint8_t> input;
    for (std::size_t i = 0; i + 1 < line.size(); i += 2)
      input.push_back(static_cast<std::uint8_t>(std::stoi(line.substr(i, 2), nullptr, 16)));
    LLVMFuzzerTestOneInput(input.data(), input.size());
    ++inputs;
  }
  std::printf("%u inputs\n", inputs);
  return inputs == 0;  // an empty file would test nothing
}
