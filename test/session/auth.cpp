#include "bgpd/session/auth.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cerrno>

using namespace avocet;
using namespace avocet::session;

TEST_CASE("free bind: a socket may have an address that no interface has yet, ip(7)") {
  for (auto* text : {"192.0.2.77", "2001:db8::77"}) {  // documentation: nobody has them
    CAPTURE(std::string(text));
    auto address = *proto::Address::parse(text);
    int fd = ::socket(address.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) continue;  // a kernel without IPv6
    auto local = socket_address(address, 0);
    bool anyhow = ::bind(fd, local.get(), local.length) == 0;  // net.ipv4.ip_nonlocal_bind
    if (!anyhow) {
      CHECK(errno == EADDRNOTAVAIL);
      CHECK(set_free_bind(fd, address.family()) == 0);
      CHECK(::bind(fd, local.get(), local.length) == 0);
    }
    ::close(fd);
  }
}
