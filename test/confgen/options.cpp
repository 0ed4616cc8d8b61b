#include "confgen/options.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>

using namespace avocet::confgen;

namespace {

Options read(std::vector<std::string> more) {
  std::vector<std::string> all{"--store", "yaml:/ds", "--node", "n1"};
  all.insert(all.end(), more.begin(), more.end());
  return read_options(all);
}

}  // namespace

TEST_CASE("Calico's defects are mended unless a flag or the configuration file asks for them") {
  CHECK(read({}).defects == Defects::mended);
  CHECK(read({"--compat"}).defects == Defects::kept);
  char name[] = "/tmp/options-XXXXXX";
  ::close(::mkstemp(name));
  std::ofstream(name) << "compat = true\n";
  CHECK(read({"--config-file", name}).defects == Defects::kept);
  CHECK(read({"--config-file", name, "--compat=false"}).defects == Defects::mended);
  ::unlink(name);
}

TEST_CASE("staged files are kept when that is asked for; confd renders once instead") {
  auto mended = read({"--keep-stage-file"}), kept = read({"--keep-stage-file", "--compat"});
  CHECK(mended.mode.keep_stage_file);
  CHECK_FALSE(mended.onetime);
  CHECK_FALSE(kept.mode.keep_stage_file);
  CHECK(kept.onetime);
}
