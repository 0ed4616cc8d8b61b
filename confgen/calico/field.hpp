#pragma once
/// Reading the members of an object: every mistake becomes one line that says where, what, and how to mend it.
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "confgen/store/store.hpp"
#include "proto/ip.hpp"

namespace avocet::confgen {

/// The word that differs from `written` in so few letters at most, case aside; null if none does.
const char* nearest_word(const std::string& written, std::initializer_list<const char*> words, std::size_t most);

/// What reading one object found.
struct Report {
  const Object& object;
  std::vector<std::string>& problems;
  bool good = true;  ///< false after an error; warnings leave it

  /// "FILE:LINE:COLUMN: error: KIND 'NAME': PATH WHAT".
  void error(const std::string& path, const std::string& what);
  void warning(const std::string& path, const std::string& what);
};

/// A place in an object where a member is or could be. Reading a member of the wrong shape reports it and gives the
/// value that stands for "absent"; absent members and null are no mistake.
class Field {
 public:
  Field(Report& report, const boost::json::value* value, std::string path)
      : report_(&report), value_(value), path_(std::move(path)) {}

  Field operator[](const std::string& member) const;
  bool present() const { return value_ && !value_->is_null(); }
  const std::string& path() const { return path_; }
  const boost::json::value* value() const { return value_; }

  std::vector<Field> items() const;
  /// Text, or the text of a number or boolean.
  std::string text() const;
  /// Text that is written between quotes into a configuration, which knows no way to write a quote in a text.
  std::string quotable() const;
  bool flag(bool absent, bool unclear = false) const;
  /// A whole number, also written as text; `absent` if it is absent.
  std::int64_t number(std::int64_t least, std::int64_t most, std::int64_t absent = 0) const;
  /// One of the words, or "".
  std::string one_of(std::initializer_list<const char*> words) const;
  std::optional<proto::Address> address() const;
  std::optional<proto::Prefix> prefix() const;
  /// An AS number, plain or asdot ("1.10"); 0 if absent.
  std::uint32_t asn() const;
  /// A Go duration ("1m30s") in whole seconds, rounded half away from zero.
  std::optional<std::int64_t> seconds() const;
  /// A community "n:n" or "n:n:n", its numbers in range.
  bool is_community() const;
  /// Warns of members that are none of these words: they are most likely misspelt.
  void only(std::initializer_list<const char*> words) const;

  /// Reports what is found here, and why it is wrong.
  void wrong(const std::string& why) const;
  /// The same of what can be left out without harm: the object stays good.
  void doubtful(const std::string& why) const;

 private:
  std::string found() const;

  Report* report_;
  const boost::json::value* value_;
  std::string path_;
};

}  // namespace avocet::confgen
