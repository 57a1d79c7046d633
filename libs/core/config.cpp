#include "libs/core/config.h"

#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <stdexcept>

#include <CLI/CLI.hpp>

extern char** environ;

namespace marquee::core {
namespace {

struct Entry {
  std::string name;
  std::string variable;
  bool secret = false;
  std::function<void(const std::string&)> set;  // throws std::invalid_argument
  std::function<std::string()> show;
  std::optional<std::string> flag;
};

std::int64_t parse_integer(const std::string& text, std::int64_t min, std::int64_t max) {
  std::size_t used = 0;
  std::int64_t value = 0;
  try {
    value = std::stoll(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (used == 0 || used != text.size()) throw std::invalid_argument("must be an integer");
  if (value < min || value > max) {
    throw std::invalid_argument("must be between " + std::to_string(min) + " and " +
                                std::to_string(max));
  }
  return value;
}

std::chrono::milliseconds parse_duration(const std::string& text) {
  static constexpr std::pair<std::string_view, std::int64_t> kUnits[] = {
      {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  std::size_t digits = text.find_first_not_of("0123456789");
  if (digits != 0 && digits != std::string::npos && digits < 12) {
    for (const auto& [unit, factor] : kUnits) {
      if (text.substr(digits) == unit) {
        return std::chrono::milliseconds(std::stoll(text.substr(0, digits)) * factor);
      }
    }
  }
  throw std::invalid_argument("must be a duration such as 250ms, 5s, 10m, 10h or 3d");
}

std::string show_duration(std::chrono::milliseconds value) {
  auto count = value.count();
  if (count % 86'400'000 == 0 && count > 0) return std::to_string(count / 86'400'000) + "d";
  if (count % 3'600'000 == 0 && count > 0) return std::to_string(count / 3'600'000) + "h";
  if (count % 60'000 == 0 && count > 0) return std::to_string(count / 60'000) + "m";
  if (count % 1000 == 0) return std::to_string(count / 1000) + "s";
  return std::to_string(count) + "ms";
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::invalid_argument("names a file that cannot be read: " + path);
  std::ostringstream content;
  content << file.rdbuf();
  std::string text = content.str();
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

struct ConfigError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace

struct Options::Impl {
  std::string program;
  std::string prefix;
  CLI::App app;
  std::vector<std::unique_ptr<Entry>> entries;
  struct Command {
    CLI::App* app = nullptr;
    std::vector<std::string> arguments;
    std::function<int(const std::vector<std::string>&)> run;
  };
  std::vector<std::unique_ptr<Command>> commands;
  bool print_config = false;

  Impl(std::string name, std::string env_prefix, std::string purpose)
      : program(std::move(name)), prefix(std::move(env_prefix)), app(std::move(purpose), program) {
    app.set_help_flag("-h,--help", "Show this help and exit");
    app.add_flag("--print-config", print_config, "Print the effective configuration and exit");
    app.require_subcommand(0, 1);
    app.fallthrough();
  }

  void add(const std::string& name, const std::string& help, bool secret,
           std::function<void(const std::string&)> set, std::function<std::string()> show) {
    auto entry = std::make_unique<Entry>();
    entry->name = name;
    entry->variable = prefix;
    for (char c : name) {
      entry->variable +=
          c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    entry->secret = secret;
    entry->set = std::move(set);
    entry->show = std::move(show);
    std::string shown = secret ? std::string("secret") : entry->show();
    app.add_option("--" + name, entry->flag,
                   help + " [" + entry->variable + "]" + (shown.empty() ? "" : " (" + shown + ")"));
    entries.push_back(std::move(entry));
  }

  void apply(const Entry& entry, const std::string& source, const std::string& text) const {
    try {
      entry.set(text);
    } catch (const std::invalid_argument& error) {
      throw ConfigError(source + " " + error.what() +
                        (entry.secret || text.size() > 200 ? "" : ", not \"" + text + "\""));
    }
  }

  void read_environment() {
    for (char** variable = environ; *variable != nullptr; ++variable) {
      std::string text = *variable;
      auto equals = text.find('=');
      std::string name = text.substr(0, equals);
      if (name.rfind(prefix, 0) != 0) continue;
      const Entry* found = nullptr;
      bool from_file = false;
      for (const auto& entry : entries) {
        if (name == entry->variable) found = entry.get();
        if (name == entry->variable + "_FILE") {
          found = entry.get();
          from_file = true;
        }
      }
      if (found == nullptr) {
        throw ConfigError("unknown configuration variable " + name + " (see --help)");
      }
      std::string value = text.substr(equals + 1);
      if (from_file) {
        if (std::getenv(found->variable.c_str()) != nullptr) {
          throw ConfigError(found->variable + " and " + name + " are both set");
        }
        try {
          value = read_file(value);
        } catch (const std::invalid_argument& error) {
          throw ConfigError(name + " " + error.what());
        }
      }
      apply(*found, name, value);
    }
    for (const auto& entry : entries) {
      if (entry->flag) apply(*entry, "--" + entry->name, *entry->flag);
    }
  }

  void print() const {
    for (const auto& entry : entries) {
      std::string shown = entry->show();
      std::cout << entry->variable << '='
                << (entry->secret && !shown.empty() ? std::string("********") : shown) << '\n';
    }
  }
};

Options::Options(std::string program, std::string env_prefix, std::string purpose)
    : impl_(std::make_unique<Impl>(std::move(program), std::move(env_prefix), std::move(purpose))) {
}
Options::~Options() = default;

void Options::add(const std::string& name, std::string& target, const std::string& help) {
  impl_->add(
      name, help, false, [&target](const std::string& text) { target = text; },
      [&target] { return target; });
}

void Options::add_secret(const std::string& name, std::string& target, const std::string& help) {
  impl_->add(
      name, help, true, [&target](const std::string& text) { target = text; },
      [&target] { return target; });
}

void Options::add(const std::string& name, bool& target, const std::string& help) {
  impl_->add(
      name, help, false,
      [&target](const std::string& text) {
        if (text == "true" || text == "1" || text == "on") {
          target = true;
        } else if (text == "false" || text == "0" || text == "off") {
          target = false;
        } else {
          throw std::invalid_argument("must be true or false");
        }
      },
      [&target] { return std::string(target ? "true" : "false"); });
}

void Options::add(const std::string& name, std::int64_t& target, const std::string& help,
                  std::int64_t min, std::int64_t max) {
  impl_->add(
      name, help, false,
      [&target, min, max](const std::string& text) { target = parse_integer(text, min, max); },
      [&target] { return std::to_string(target); });
}

void Options::add(const std::string& name, int& target, const std::string& help, int min, int max) {
  impl_->add(
      name, help, false,
      [&target, min, max](const std::string& text) {
        target = static_cast<int>(parse_integer(text, min, max));
      },
      [&target] { return std::to_string(target); });
}

void Options::add(const std::string& name, std::vector<std::string>& target,
                  const std::string& help) {
  impl_->add(
      name, help, false,
      [&target](const std::string& text) {
        target.clear();
        std::istringstream parts(text);
        for (std::string part; std::getline(parts, part, ',');) {
          auto first = part.find_first_not_of(' ');
          if (first == std::string::npos) continue;
          target.push_back(part.substr(first, part.find_last_not_of(' ') - first + 1));
        }
      },
      [&target] {
        std::string joined;
        for (const auto& part : target) joined += (joined.empty() ? "" : ",") + part;
        return joined;
      });
}

void Options::add(const std::string& name, std::chrono::milliseconds& target,
                  const std::string& help) {
  impl_->add(
      name, help, false, [&target](const std::string& text) { target = parse_duration(text); },
      [&target] { return show_duration(target); });
}

void Options::add_command(const std::string& name, const std::string& help,
                          const std::string& usage, int min_args, int max_args,
                          std::function<int(const std::vector<std::string>&)> run) {
  auto command = std::make_unique<Impl::Command>();
  command->app = impl_->app.add_subcommand(name, help);
  command->app->fallthrough();
  if (max_args > 0) {
    command->app->add_option("arguments", command->arguments, usage)
        ->expected(min_args, max_args)
        ->required(min_args > 0);
  }
  command->run = std::move(run);
  impl_->commands.push_back(std::move(command));
}

int Options::parse_and_run(int argc, char** argv, const std::function<int()>& serve) {
  try {
    impl_->app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    int code = impl_->app.exit(error);
    return code == 0 ? 0 : 2;
  }
  try {
    impl_->read_environment();
    if (impl_->print_config) {
      impl_->print();
      return 0;
    }
  } catch (const ConfigError& error) {
    std::cerr << impl_->program << ": " << error.what() << '\n';
    return 2;
  }
  try {
    for (const auto& command : impl_->commands) {
      if (command->app->parsed()) return command->run(command->arguments);
    }
    return serve();
  } catch (const std::exception& error) {
    std::cerr << impl_->program << ": " << error.what() << '\n';
    return 1;
  }
}

}  // namespace marquee::core
