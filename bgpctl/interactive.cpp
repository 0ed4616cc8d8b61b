#include "bgpctl/interactive.hpp"

#include <fmt/format.h>
#include <histedit.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <cstdlib>
#include <cwchar>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

namespace avocet::bgpctl {
namespace {

constexpr int history_lines = 1000;

std::string trimmed(std::string_view line) {
  auto begin = line.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return "";
  return std::string(line.substr(begin, line.find_last_not_of(" \t\r\n") - begin + 1));
}

void to_screen(std::string_view text) { std::cout << text; }

bool ends_session(std::string_view line) { return line == "exit" || line == "quit"; }

/// Runs a line if there is something in it.
Exit carry_out(Commander& commander, const std::string& line) {
  if (line.empty()) return Exit::done;
  if (asks_for_help(line)) return print_help(commander, line, to_screen), Exit::done;
  return commander.run(line);
}

Exit read_pipe(Commander& commander) {
  auto worst = Exit::done;
  for (std::string input; std::getline(std::cin, input);) {
    auto line = trimmed(input);
    if (ends_session(line)) break;
    if (carry_out(commander, line) != Exit::done) worst = Exit::refused;
    std::cout.flush();
  }
  return worst;
}

/// libedit with our completion. Its callbacks are C: what they throw is kept for `read`.
class Prompt {
 public:
  Prompt(Commander& commander, const char* prompt)
      : commander_(commander), prompt_(prompt), editor_(el_init("bgpctl", stdin, stdout, stderr), el_end),
        history_(history_init(), history_end) {
    HistEvent event;
    history(history_.get(), &event, H_SETSIZE, history_lines);
    history(history_.get(), &event, H_SETUNIQUE, 1);
    if (auto* home = std::getenv("HOME")) history_file_ = std::string(home) + "/.bgpctl_history";
    if (!history_file_.empty()) history(history_.get(), &event, H_LOAD, history_file_.c_str());
    auto* editor = editor_.get();
    el_set(editor, EL_CLIENTDATA, this);
    el_set(editor, EL_SIGNAL, 1);
    el_set(editor, EL_EDITOR, "emacs");
    el_set(editor, EL_PROMPT, +[](EditLine* e) { return const_cast<char*>(self(e).prompt_); });
    el_set(editor, EL_HIST, history, history_.get());
    el_set(editor, EL_ADDFN, "complete", "Completes a command", +[](EditLine* e, int) { return self(e).complete(); });
    el_set(editor, EL_BIND, "^I", "complete", nullptr);
    el_set(editor, EL_GETCFN, +[](EditLine* e, wchar_t* c) { return self(e).read_character(c); });
  }
  Prompt(const Prompt&) = delete;
  Prompt& operator=(const Prompt&) = delete;
  ~Prompt() {
    HistEvent event;
    // A history that cannot be written is no reason to complain at the end of the work.
    if (!history_file_.empty()) history(history_.get(), &event, H_SAVE, history_file_.c_str());
  }

  std::optional<std::string> read() {
    int size = 0;
    auto* text = el_gets(editor_.get(), &size);
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    if (!text || size <= 0) return std::nullopt;
    auto line = trimmed({text, static_cast<std::size_t>(size)});
    HistEvent event;
    if (!line.empty()) history(history_.get(), &event, H_ENTER, line.c_str());
    return line;
  }

 private:
  static Prompt& self(EditLine* editor) {
    void* data = nullptr;
    el_get(editor, EL_CLIENTDATA, &data);
    return *static_cast<Prompt*>(data);
  }

  template <class Work> unsigned char guarded(Work&& work) {
    try {
      return work();
    } catch (...) {
      failure_ = std::current_exception();
      return CC_EOF;
    }
  }

  unsigned char complete() {
    return guarded([this]() -> unsigned char {
      auto* line = el_line(editor_.get());
      std::string before(line->buffer, static_cast<std::size_t>(line->cursor - line->buffer));
      commander_.learn();
      auto words = commander_.table().completions(before);
      auto begun = before.substr(before.find_last_of(" \t") + 1);
      if (commander_.table().takes_protocol(before))
        for (auto& name : commander_.protocol_names())
          if (name.starts_with(begun)) words.push_back(name);
      if (words.empty()) return CC_REFRESH_BEEP;
      auto added = common_start(words).substr(begun.size()) + (words.size() == 1 ? " " : "");
      if (!added.empty()) return el_insertstr(editor_.get(), added.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
      to_screen("\n");
      for (auto& word : words) to_screen(word + "  ");
      to_screen("\n");
      std::cout.flush();
      return CC_REDISPLAY;
    });
  }

  static std::string common_start(const std::vector<std::string>& words) {
    auto start = words[0];
    for (auto& word : words)
      start.erase(std::mismatch(start.begin(), start.end(), word.begin(), word.end()).first, start.end());
    return start;
  }

  /// The next key; meanwhile log lines that the operator asked for with `echo` are shown as they come.
  int read_character(wchar_t* character) {
    try {
      pollfd waiting[] = {{STDIN_FILENO, POLLIN, 0}, {commander_.connection().socket(), POLLIN, 0}};
      for (;;) {
        if (poll(waiting, 2, -1) < 0) {
          if (errno == EINTR) continue;
          return -1;
        }
        if (waiting[1].revents != 0) {
          to_screen("\r\n");
          commander_.connection().take_asynchronous([this](auto& line) { commander_.print_asynchronous(line); });
          std::cout.flush();
          el_set(editor_.get(), EL_REFRESH);
        }
        if (waiting[0].revents != 0) return read_wide(character);
      }
    } catch (...) {
      failure_ = std::current_exception();
      return -1;
    }
  }

  static int read_wide(wchar_t* character) {
    std::mbstate_t state{};
    for (;;) {
      char byte;
      auto size = ::read(STDIN_FILENO, &byte, 1);
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) return static_cast<int>(size);
      auto used = std::mbrtowc(character, &byte, 1, &state);
      if (used == static_cast<std::size_t>(-2)) continue;  // more bytes of the character follow
      if (used == static_cast<std::size_t>(-1)) *character = L'?';
      return 1;
    }
  }

  Commander& commander_;
  const char* prompt_;
  std::unique_ptr<EditLine, decltype(&el_end)> editor_;
  std::unique_ptr<History, decltype(&history_end)> history_;
  std::string history_file_;
  std::exception_ptr failure_;
};

}  // namespace

bool asks_for_help(std::string_view line) { return line == "help" || line.ends_with('?'); }

void print_help(Commander& commander, std::string_view line, const Output& print) {
  commander.learn();
  auto begun = trimmed(line == "help" ? std::string_view() : line.substr(0, line.size() - 1));
  for (auto* row : commander.table().matching(begun)) print(help_text(*row) + "\n");
}

Exit interact(Commander& commander, const char* prompt) {
  if (!isatty(STDIN_FILENO)) return read_pipe(commander);
  std::setlocale(LC_CTYPE, "");
  Prompt input(commander, prompt);
  while (auto line = input.read()) {
    if (ends_session(*line)) return Exit::done;
    carry_out(commander, *line);
    std::cout.flush();
    if (*line == "down") return Exit::done;
  }
  std::cout << "\n";
  return Exit::done;
}

}  // namespace avocet::bgpctl
