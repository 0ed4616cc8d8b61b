#include "proto/digest.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace avocet::proto;

namespace {

template <class Digest>
std::string hexadecimal(const Digest& digest) {
  return fmt::format("{:02x}", fmt::join(digest, ""));
}
Bytes bytes(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

}  // namespace

TEST_CASE("RFC 1321 A.5: the test suite of MD5") {
  struct {
    std::string text, digest;
  } cases[] = {{"", "d41d8cd98f00b204e9800998ecf8427e"},
               {"a", "0cc175b9c0f1b6a831c399e269772661"},
               {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
               {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"},
               {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "57edf4a22be3c955ac49da2e2107b67a"}};
  for (auto& c : cases) CHECK(hexadecimal(md5(bytes(c.text))) == c.digest);
}

TEST_CASE("RFC 3174 7.3: the tests of SHA-1") {
  CHECK(hexadecimal(sha1(bytes("abc"))) == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(hexadecimal(sha1(bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))) ==
        "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  std::string ten;
  for (int i = 0; i < 10; ++i) ten += "0123456701234567012345670123456701234567012345670123456701234567";
  CHECK(hexadecimal(sha1(bytes(ten))) == "dea356a2cddd90c7a7ecedc5ebb563934f460452");
}
