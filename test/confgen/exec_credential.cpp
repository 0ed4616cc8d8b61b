#include "confgen/store/exec_credential.hpp"

#include <doctest/doctest.h>

using namespace avocet::confgen;

namespace {

const std::string version = "client.authentication.k8s.io/v1";

std::string with_status(const std::string& status) {
  return R"({"apiVersion":")" + version + R"(","kind":"ExecCredential","status":)" + status + "}";
}

}  // namespace

TEST_CASE("a program gives a token, or a certificate with its key, and may say until when") {
  auto read =
      read_exec_credential(with_status(R"({"token":"t","expirationTimestamp":"2026-11-21T18:30:00Z"})"), version);
  REQUIRE(read);
  CHECK(read->token == "t");
  CHECK(*read->expires == std::chrono::system_clock::from_time_t(1795285800));
  CHECK(read_exec_credential(with_status(R"({"clientCertificateData":"c","clientKeyData":"k"})"), version)->key == "k");
}

TEST_CASE("what a program prints wrong is told") {
  struct {
    std::string text, why;
  } cases[] = {
      {"token", "printed no ExecCredential"},
      {R"({"kind":"Status"})", "printed no ExecCredential"},
      {R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":"t"}})",
       "printed apiVersion 'client.authentication.k8s.io/v1beta1' where 'client.authentication.k8s.io/v1' was asked "
       "for"},
      {with_status("{}"), "printed neither status.token nor status.clientCertificateData"},
      {with_status(R"({"clientCertificateData":"c"})"),
       "printed one of status.clientCertificateData and status.clientKeyData without the other"},
      {with_status(R"({"token":"t","expirationTimestamp":"soon"})"),
       "printed status.expirationTimestamp 'soon', which is no time"},
  };
  for (auto& c : cases) {
    auto read = read_exec_credential(c.text, version);
    REQUIRE_FALSE(read);
    CHECK(read.error() == c.why);
  }
}

TEST_CASE("RFC 3339 times have fractions and offsets") {
  using std::chrono::system_clock;
  auto noon = system_clock::from_time_t(1795262400);  // date -u -d 2026-11-21T12:00:00 +%s
  CHECK(read_time("2026-11-21T12:00:00Z") == noon);
  CHECK(read_time("2026-11-21T12:00:00.999999999Z") == noon);
  CHECK(read_time("2026-11-21T14:30:00+02:30") == noon);
  CHECK(read_time("2026-11-21T06:00:00-06:00") == noon);
  for (auto wrong : {"", "2026-11-21", "2026-11-21T12:00:00", "2026-11-21T12:00:00z+1", "2026-11-21T12:00:00+2:30"})
    CHECK_FALSE(read_time(wrong));
}
