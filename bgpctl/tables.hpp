#pragma once
/// JSON documents of the daemon as aligned tables for people. Rows are printed as they come; only a first page is held
/// back to choose the widths.
#include <boost/json/fwd.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace avocet::bgpctl {

/// Takes text that is ready to be printed.
using Output = std::function<void(std::string_view)>;

struct Terminal {
  std::size_t width = 0;   ///< columns; 0: not a terminal, lines are not cut
  bool colour = false;
};

/// "11s", "3m 02s", "2h 14m", "5d 03h": two units are enough to judge.
std::string duration_text(std::chrono::seconds duration);

struct Column {
  const char* heading;
  bool right = false;      ///< numbers
};

/// Aligns cells. Columns grow when a later row needs it; the last column is never padded, and is cut at the terminal's edge.
class Table {
 public:
  Table(std::vector<Column> columns, Terminal terminal, Output output);
  /// `faint`: of less interest. Follow-on text is printed below the row, as it is.
  void row(std::vector<std::string> cells, bool faint = false, std::string below = {});
  /// Prints what was held back. Nothing at all if there were no rows.
  void finish();

 private:
  struct Row {
    std::vector<std::string> cells;
    bool faint;
    std::string below;
  };
  void print(const Row& row, const char* colour);
  void widen(const std::vector<std::string>& cells);

  std::vector<Column> columns_;
  std::vector<std::size_t> widths_;
  std::vector<Row> held_;
  bool printing_ = false;
  Terminal terminal_;
  Output output_;
};

/// One kind of answer as tables: fed with the elements of the daemon's JSON list.
class Listing {
 public:
  virtual ~Listing() = default;
  virtual void element(const boost::json::object& facts) = 0;
  virtual void finish() = 0;
};

/// `show protocols`: BGP sessions, and below them the other protocols. `now` is for the column SINCE.
std::unique_ptr<Listing> protocol_tables(Terminal terminal, Output output, std::chrono::system_clock::time_point now);
/// `show route`: a table of each routing table; `attributes`: those of each route below it.
std::unique_ptr<Listing> route_tables(Terminal terminal, Output output, bool attributes);

/// `show symbols`: names of the configuration and what they are.
std::unique_ptr<Listing> symbol_table(Terminal terminal, Output output);
/// `show filter errors`. `now` is for the column LAST.
std::unique_ptr<Listing> filter_error_table(Terminal terminal, Output output, std::chrono::system_clock::time_point now);
/// `configure history`: what each configuration changed stands below it.
std::unique_ptr<Listing> history_table(Terminal terminal, Output output, std::chrono::system_clock::time_point now);

/// Feeds a listing with the texts of JSON rows: `[`, elements with a comma before all but the first, `]`.
/// Throws std::runtime_error if a text is not JSON.
void feed_json(Listing& listing, std::string_view row);

}  // namespace avocet::bgpctl
