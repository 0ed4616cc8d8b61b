#pragma once
/// What must hold for every input of a fuzz target, in every build: a broken promise ends the process, as a crash would.
#include <cstdio>
#include <cstdlib>
#include <source_location>

inline void require(bool holds, std::source_location where = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%u: a promise of the decoder is broken\n", where.file_name(), static_cast<unsigned>(where.line()));
  std::abort();
}
