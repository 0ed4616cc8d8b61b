#include "confgen/install/blame.hpp"

#include <doctest/doctest.h>

using namespace avocet::confgen;

namespace {

const std::string text =
    "router id 1.2.3.4;\n"                                    // 1
    "filter kernel_ipv4 {\n"                                  // 2
    "  if net ~ 10.0.0.0/8 then accept;  # IPPool pods: x\n"  // 3
    "  accept;\n"                                             // 4
    "}\n"                                                     // 5
    "# v4 BGPFilter strict\n"                                 // 6
    "function 'bgp_strict_importFilterV4'() {\n"              // 7
    "  if (net = 1.0.0.0/8) then { accept; }\n"               // 8
    "  reject;\n"                                             // 9
    "}\n"                                                     // 10
    "function 'bgp_strict_exportFilterV4'() {\n"              // 11
    "  reject;\n"                                             // 12
    "}\n"                                                     // 13
    "# BGPPeer tor\n"                                         // 14
    "protocol bgp Global_10_0_0_2 {\n"                        // 15
    "  password \"x\";\n"                                     // 16
    "  hold time 3;\n"                                        // 17
    "  # metadata.annotations.avocet/statements\n"            // 18
    "  nonsense;\n"                                           // 19
    "}\n"                                                     // 20
    "# For peer /bgp/v1/global/peer_v4/10.0.0.3\n"            // 21
    "protocol bgp Global_10_0_0_3 {\n"                        // 22
    "}\n";                                                    // 23

std::string blamed(int line) {
  auto culprit = blame(text, line);
  return culprit ? culprit->kind + " " + culprit->name + " " + culprit->member : "";
}

}  // namespace

TEST_CASE("a refused line leads to the object and the member that made it") {
  struct {
    int line;
    const char* culprit;
  } cases[] = {{1, ""},
               {3, "IPPool pods spec.cidr"},
               {4, ""},
               {7, "BGPFilter strict spec.importV4"},
               {8, "BGPFilter strict spec.importV4[0]"},
               {9, "BGPFilter strict spec.importV4[1]"},
               {12, "BGPFilter strict spec.exportV4[0]"},
               {16, "BGPPeer tor spec.password"},
               {17, "BGPPeer tor "},
               {19, "BGPPeer tor metadata.annotations.avocet/statements"},
               {22, "key /bgp/v1/global/peer_v4/10.0.0.3 "},
               {0, ""},
               {99, ""}};
  for (auto& c : cases) {
    CAPTURE(c.line);
    CHECK(blamed(c.line) == c.culprit);
  }
}

TEST_CASE("the first error of a check is found in the words of bgpd, BIRD 2 and BIRD 1.6") {
  struct {
    const char* output;
    const char* file;
    int line, column;
    const char* what;
  } cases[] = {{"/x/a.conf:2:1: warning: old\n/x/a.conf:41:3: error: unknown option 'nieghbor'\n   41 |  nieghbor\n",
                "/x/a.conf", 41, 3, "unknown option 'nieghbor'"},
               {"bird: /x/a.conf:7:12 syntax error, unexpected CF_SYM_UNDEFINED", "/x/a.conf", 7, 12,
                "syntax error, unexpected CF_SYM_UNDEFINED"},
               {"bird: /x/bird.cfg, line 5: syntax error", "/x/bird.cfg", 5, 0, "syntax error"},
               {"bird: /x/bird.cfg, line 5:9 syntax error", "/x/bird.cfg", 5, 9, "syntax error"}};
  for (auto& c : cases) {
    CAPTURE(c.output);
    auto found = first_complaint(c.output);
    REQUIRE(found);
    CHECK(found->file == c.file);
    CHECK(found->line == c.line);
    CHECK(found->column == c.column);
    CHECK(found->what == c.what);
  }
  CHECK_FALSE(first_complaint("Segmentation fault"));
  CHECK_FALSE(first_complaint(std::string(1000000, 'x') + ":1:1: error: long"));
}
