#include "bgpd/ctl/reply.hpp"

#include <doctest/doctest.h>

using avocet::ctl::Reply;

TEST_CASE("reference 9.1: a code is written once for rows that follow each other, and the last line has a blank") {
  Reply reply;
  reply.row(1007, "a");
  reply.row(1007, "b");
  reply.row(1008, "c");
  reply.row(1007, "");
  reply.end(0);
  CHECK(reply.take() == "1007-a\n b\n1008-c\n1007-\n0000 \n");
}

TEST_CASE("the next answer begins with its code again") {
  Reply reply;
  reply.row(1007, "a");
  reply.end(14, "done");
  reply.row(1007, "b");
  CHECK(reply.take() == "1007-a\n0014 done\n1007-b\n");
}

TEST_CASE("after an asynchronous line the next row carries its code") {
  Reply reply;
  reply.row(1007, "a");
  reply.asynchronous("r2: down");
  reply.row(1007, "b");
  CHECK(reply.take() == "1007-a\n+r2: down\n1007-b\n");
}

TEST_CASE("a text with control characters stays one line; tabs are layout") {
  Reply reply;
  reply.row(1006, "\tHostname: evil\n0000 \x1b[0m");
  CHECK(reply.take() == "1006-\tHostname: evil?0000 ?[0m\n");
}
