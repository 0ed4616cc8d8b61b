#include "bgpd/ctl/words.hpp"

#include <doctest/doctest.h>

using namespace avocet::ctl;

TEST_CASE("a line is cut into plain words, 'symbols', \"strings\" and punctuation") {
  Words words("disable 'drop-local' \"two words\" { states, all }# comment");
  struct { Word::Kind kind; const char* text; } expected[] = {
      {Word::Kind::plain, "disable"},    {Word::Kind::quoted, "drop-local"}, {Word::Kind::string, "two words"},
      {Word::Kind::punctuation, "{"},    {Word::Kind::plain, "states"},      {Word::Kind::punctuation, ","},
      {Word::Kind::plain, "all"},        {Word::Kind::punctuation, "}"}};
  REQUIRE(words.count() == std::size(expected));
  for (std::size_t i = 0; i < words.count(); ++i) {
    CAPTURE(i);
    CHECK(words.at(i).kind == expected[i].kind);
    CHECK(words.at(i).text == expected[i].text);
  }
}

TEST_CASE("addresses, prefixes and dotted names are single words") {
  Words words("10.0.0.0/8 2001:db8::/32 r2.ipv4");
  CHECK(words.count() == 3);
  CHECK(words.at(1).text == "2001:db8::/32");
}

TEST_CASE("a quoted word is never a keyword") {
  Words words("'all' all");
  CHECK_FALSE(words.accept("all"));
  words.take("a name");
  CHECK(words.accept("all"));
}

TEST_CASE("the text of an expression keeps its blanks") {
  Words words("show route where net ~ [ 10.0.0.0/8+ ] count");
  words.rewind(3);
  CHECK(words.text_until(words.count() - 1) == "net ~ [ 10.0.0.0/8+ ]");
}

TEST_CASE("what is missing, open or too much is an error that says so") {
  CHECK_THROWS_WITH_AS(Words("show \"open"), "syntax error: a quote is not closed", CommandError);
  Words words("status extra");
  words.take("a word");
  CHECK_THROWS_WITH_AS(words.expect_end(), "syntax error: unexpected 'extra'", CommandError);
  CHECK_THROWS_WITH_AS(words.take_number("a number"), "syntax error: a number expected, found 'extra'", CommandError);
  CHECK_THROWS_WITH_AS(words.take("a protocol"), "syntax error: a protocol expected at the end", CommandError);
}
