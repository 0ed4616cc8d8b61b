#include "bgpd/rpki/conversation.hpp"

#include <doctest/doctest.h>

#include <fmt/format.h>

using namespace avocet;
using namespace avocet::rpki;
namespace rtr = proto::rtr;

namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

/// "send Reset Query, wait for the answer"
std::string words(const Actions& actions) {
  std::string text;
  for (auto& action : actions) {
    auto word =
        std::visit(Overloaded{
                       [](Connect) { return std::string("connect"); },
                       [](Disconnect) { return std::string("disconnect"); },
                       [](const Send& send) {
                         if (auto* query = std::get_if<rtr::SerialQuery>(&send.pdu))
                           return fmt::format("ask for changes since {} of {}", query->serial, query->session);
                         if (auto* error = std::get_if<rtr::ErrorReport>(&send.pdu))
                           return fmt::format("report {}", rtr::error_name(error->code));
                         return std::string("ask for everything");
                       },
                       [](BeginAnswer begin) { return std::string(begin.all_anew ? "begin anew" : "begin changes"); },
                       [](CommitAnswer) { return std::string("commit"); },
                       [](AbortAnswer) { return std::string("abort"); },
                       [](DropData) { return std::string("drop"); },
                       [](WaitRefresh wait) { return fmt::format("refresh in {}", wait.seconds); },
                       [](WaitRetry wait) { return fmt::format("retry in {}", wait.seconds); },
                       [](WaitExpire wait) { return fmt::format("expire in {}", wait.seconds); },
                       [](WaitAnswer) { return std::string(); },
                       [](StopWaiting) { return std::string(); },
                       [](const Tell&) { return std::string(); },
                   },
                   action);
    if (!word.empty()) text += (text.empty() ? "" : ", ") + word;
  }
  return text;
}

/// A conversation, and the other side of it.
struct Scene {
  RpkiOptions options;
  Conversation talk;
  explicit Scene(std::uint8_t min = 0, std::uint8_t max = 2)
      : options{.min_version = min, .max_version = max}, talk(options) {}

  std::string hear(const rtr::Body& body, int version = -1) {
    std::vector<std::uint8_t> bytes;
    auto spoken = static_cast<std::uint8_t>(version < 0 ? talk.version() : version);
    rtr::encode(body, spoken, bytes);
    auto frame = **rtr::first_frame(bytes);
    switch (talk.takes(frame)) {
      case Conversation::Verdict::ignore: return "ignored";
      case Conversation::Verdict::refuse:
        return "refused: " + words(talk.refuse({rtr::ErrorCode::unexpected_version, "version"}, bytes));
      case Conversation::Verdict::take: break;
    }
    return words(talk.received(frame, *rtr::decode(frame)));
  }
  void connect() {
    talk.start();
    talk.connected();
  }
  /// Up to the first End of Data: session 7, serial 5.
  void synchronise() {
    connect();
    hear(rtr::CacheResponse{7});
    hear(rtr::EndOfData{7, 5, rtr::Intervals{1000, 100, 2000}});
    REQUIRE(talk.state() == State::established);
  }
};

}  // namespace

TEST_CASE("RFC 8210 8.1: a router asks for everything, and what it was told holds from End of Data on") {
  Scene s;
  CHECK(words(s.talk.start()) == "connect");
  CHECK(s.talk.state() == State::connecting);
  CHECK(words(s.talk.connected()) == "ask for everything");
  CHECK_FALSE(s.talk.takes_data());
  CHECK(s.hear(rtr::CacheResponse{7}) == "begin anew");
  CHECK(s.talk.takes_data());
  CHECK(s.hear(rtr::EndOfData{7, 5, rtr::Intervals{1000, 100, 2000}}) == "commit, expire in 2000, refresh in 1000");
  CHECK(s.talk.state() == State::established);
  CHECK(s.talk.session()->id == 7);
  CHECK(s.talk.session()->serial == 5);
}

TEST_CASE("RFC 8210 8.2: the refresh timer or a Serial Notify makes it ask for changes") {
  Scene s;
  s.synchronise();
  CHECK(words(s.talk.refresh_due()) == "ask for changes since 5 of 7");
  CHECK(s.hear(rtr::CacheResponse{7}) == "begin changes");
  CHECK(s.hear(rtr::EndOfData{7, 6, rtr::Intervals{1000, 100, 2000}}) == "commit, expire in 2000, refresh in 1000");
  CHECK(s.hear(rtr::SerialNotify{7, 6}) == "");
  CHECK(s.hear(rtr::SerialNotify{7, 9}) == "ask for changes since 6 of 7");
}

TEST_CASE("a notification during an answer is followed by a query if the answer was older") {
  Scene s;
  s.synchronise();
  s.talk.refresh_due();
  s.hear(rtr::CacheResponse{7});
  CHECK(s.hear(rtr::SerialNotify{7, 8}) == "");
  CHECK(s.hear(rtr::EndOfData{7, 7, rtr::Intervals{1000, 100, 2000}}) ==
        "commit, expire in 2000, ask for changes since 7 of 7");
  s.hear(rtr::CacheResponse{7});
  CHECK(s.hear(rtr::EndOfData{7, 8, rtr::Intervals{1000, 100, 2000}}) == "commit, expire in 2000, refresh in 1000");
}

TEST_CASE("RFC 8210 8.3: a cache that cannot tell changes is asked for everything; what it has told stays meanwhile") {
  Scene s;
  s.synchronise();
  s.talk.refresh_due();
  CHECK(s.hear(rtr::CacheReset{}) == "ask for everything");
  CHECK(s.hear(rtr::CacheResponse{7}) == "begin anew");
}

TEST_CASE("RFC 8210 8.4: a cache without data is asked again after the retry interval, or when it notifies") {
  Scene s;
  s.connect();
  CHECK(s.hear(rtr::ErrorReport{rtr::ErrorCode::no_data, {}, ""}) == "abort, retry in 600");
  CHECK(s.talk.state() == State::no_data);
  CHECK(words(s.talk.retry_due()) == "ask for everything");
  s.hear(rtr::ErrorReport{rtr::ErrorCode::no_data, {}, ""});
  CHECK(s.hear(rtr::CacheResponse{1}, 2) == "report Corrupt Data, abort, disconnect, retry in 600");
}

TEST_CASE("RFC 8210 section 7: the first answer's version is agreed on if it is low, but not too low") {
  SUBCASE("an answer of version 0 to a query of version 2") {
    Scene s;
    s.connect();
    CHECK(s.hear(rtr::SerialNotify{1, 1}, 1) == "ignored");
    CHECK(s.hear(rtr::CacheResponse{7}, 0) == "begin anew");
    CHECK(s.talk.version() == 0);
    CHECK(s.hear(rtr::EndOfData{7, 5, {}}) == "commit, expire in 7200, refresh in 3600");
    CHECK(s.hear(rtr::SerialNotify{7, 6}, 1).starts_with("refused"));
  }
  SUBCASE("older than the configuration wants") {
    Scene s(1, 2);
    s.connect();
    CHECK(s.hear(rtr::CacheResponse{7}, 0) ==
          "refused: report Unexpected Protocol Version, abort, disconnect, retry in 600");
  }
  SUBCASE("an error report says which version the cache speaks") {
    Scene s;
    s.connect();
    CHECK(s.hear(rtr::ErrorReport{rtr::ErrorCode::unsupported_version, {}, ""}, 0) == "abort, disconnect, retry in 0");
    CHECK(s.talk.version() == 0);
    CHECK(words(s.talk.retry_due()) == "connect");
  }
  SUBCASE("it says no more than that ours is not known") {
    Scene s(1, 2);
    s.connect();
    CHECK(s.hear(rtr::ErrorReport{rtr::ErrorCode::unsupported_version, {}, ""}, 2) == "abort, disconnect, retry in 0");
    CHECK(s.talk.version() == 1);
    s.talk.retry_due();
    s.talk.connected();
    CHECK(s.hear(rtr::ErrorReport{rtr::ErrorCode::unsupported_version, {}, ""}, 1) ==
          "abort, disconnect, retry in 600");
  }
  SUBCASE("nothing newer than what was asked") {
    Scene s(0, 1);
    s.connect();
    CHECK(s.hear(rtr::CacheResponse{7}, 2).starts_with("refused"));
  }
}

TEST_CASE("a lost connection: what was told stays until everything is told anew") {
  Scene s;
  s.synchronise();
  CHECK(words(s.talk.lost("closed")) == "abort, disconnect, retry in 1");
  CHECK(s.talk.state() == State::transport_error);
  CHECK(words(s.talk.retry_due()) == "connect");
  CHECK(words(s.talk.lost("refused")) == "abort, disconnect, retry in 100");
  s.talk.retry_due();
  // Not for changes: a cache that was started anew may have the session and the serial number of its last life.
  CHECK(words(s.talk.connected()) == "ask for everything");
}

TEST_CASE("RFC 8210 section 5.1: another session ends the connection, and everything is told anew") {
  Scene s;
  s.synchronise();
  s.talk.refresh_due();
  CHECK(s.hear(rtr::CacheResponse{8}) == "report Corrupt Data, abort, disconnect, retry in 1");
  s.talk.retry_due();
  CHECK(words(s.talk.connected()) == "ask for everything");
}

TEST_CASE("End of Data of another session than its answer ends the connection, and nothing of it holds") {
  Scene s;
  s.connect();
  s.hear(rtr::CacheResponse{7});
  CHECK(s.hear(rtr::EndOfData{8, 1, {}}) == "report Corrupt Data, abort, disconnect, retry in 600");
}

TEST_CASE("RFC 8210 section 12: a fault is reported, but never one in an error report") {
  Scene s;
  s.synchronise();
  std::vector<std::uint8_t> prefix = {2, 4, 0, 0, 0, 0, 0, 20}, report = {2, 10, 0, 0, 0, 0, 0, 8};
  CHECK(words(s.talk.refuse({rtr::ErrorCode::duplicate_announcement, "twice"}, prefix)) ==
        "report Duplicate Announcement Received, abort, disconnect, retry in 1");
  CHECK(s.talk.state() == State::fatal_error);
  CHECK(s.talk.last_error() == "Duplicate Announcement Received: twice");
  s.talk.retry_due();
  s.talk.connected();
  CHECK(words(s.talk.refuse({rtr::ErrorCode::corrupt_data, "odd"}, report)) == "abort, disconnect, retry in 100");
}

TEST_CASE("a silent cache is given up after a while") {
  Scene s;
  s.talk.start();
  CHECK(words(s.talk.impatient()) == "abort, disconnect, retry in 600");
  s.talk.retry_due();
  s.talk.connected();
  CHECK(words(s.talk.impatient()) == "abort, disconnect, retry in 600");
  s.talk.retry_due();
  s.talk.connected();
  s.hear(rtr::CacheResponse{7});
  CHECK(words(s.talk.impatient()) == "abort, disconnect, retry in 600");
  Scene other;
  other.synchronise();
  CHECK(words(other.talk.impatient()) == "");
}

TEST_CASE("what the cache has told is dropped when it expires, connected or not") {
  SUBCASE("while there is no connection") {
    Scene s;
    s.synchronise();
    s.talk.lost("closed");
    CHECK(words(s.talk.expired()) == "drop");
    s.talk.retry_due();
    CHECK(words(s.talk.connected()) == "ask for everything");
  }
  SUBCASE("during an answer that takes too long") {
    Scene s;
    s.synchronise();
    s.talk.refresh_due();
    CHECK(words(s.talk.expired()) == "abort, disconnect, retry in 0, drop");
  }
}

TEST_CASE("the cache's intervals are taken as far as they lie in the RFC's ranges; 'keep' wins over them") {
  Scene s;
  s.options.retry = {50, true};
  s.talk.set_options(s.options);
  s.connect();
  s.hear(rtr::CacheResponse{7});
  CHECK(s.hear(rtr::EndOfData{7, 5, rtr::Intervals{86401, 100, 599}}) == "commit, expire in 7200, refresh in 3600");
  CHECK(s.talk.retry() == 50);
  s.options.refresh = {30, false};
  s.talk.set_options(s.options);
  CHECK(s.talk.refresh() == 30);
}

TEST_CASE("disabled, it drops everything and hears nothing more") {
  Scene s;
  s.synchronise();
  CHECK(words(s.talk.stop()) == "abort, disconnect, drop");
  CHECK(words(s.talk.lost("late")) == "");
  CHECK(words(s.talk.retry_due()) == "");
  CHECK(words(s.talk.expired()) == "");
  CHECK(words(s.talk.start()) == "connect");
  CHECK(words(s.talk.connected()) == "ask for everything");
}

TEST_CASE("a new cache is connected to at once, and asked for everything; nothing is dropped") {
  Scene s;
  s.synchronise();
  CHECK(words(s.talk.reconnect()) == "abort, disconnect, connect");
  CHECK(words(s.talk.connected()) == "ask for everything");
  CHECK(s.talk.refresh() == 3600);  // what the old cache said of itself is forgotten
}

TEST_CASE("asked for everything by an operator, it goes on over the connection that there is") {
  Scene s;
  s.synchronise();
  CHECK(words(s.talk.query_all()) == "ask for everything");
  CHECK(words(s.talk.query_all()) == "abort, disconnect, retry in 0");
  CHECK(words(s.talk.query_all()) == "");
}

TEST_CASE("what only routers send is not for us") {
  Scene s;
  s.connect();
  CHECK(s.hear(rtr::ResetQuery{}) == "report Invalid Request, abort, disconnect, retry in 600");
}
