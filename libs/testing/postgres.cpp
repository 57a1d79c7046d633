#include "libs/testing/postgres.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <pwd.h>
#include <stdexcept>
#include <unistd.h>

#include "libs/testing/paths.h"

namespace marquee::testing {
namespace {

constexpr char kUser[] = "postgres";
constexpr char kPassword[] = "test-only";

std::string newest_postgres() {
  std::string best;
  int best_version = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", ignored)) {
    int version = std::atoi(entry.path().filename().c_str());
    if (version > best_version && std::filesystem::exists(entry.path() / "bin/postgres")) {
      best_version = version;
      best = entry.path() / "bin";
    }
  }
  if (best.empty()) throw std::runtime_error("no PostgreSQL server found (package postgresql)");
  return best;
}

Process::Options as_postgres() {
  Process::Options options;
  options.user = kUser;
  options.environment["LC_ALL"] = "C.UTF-8";
  return options;
}

}  // namespace

Postgres& Postgres::shared() {
  static Postgres instance;
  return instance;
}

Postgres::Postgres() : bin_(newest_postgres()) {
  if (geteuid() == 0) {
    const passwd* user = getpwnam(kUser);
    if (user == nullptr || chown(folder_.path().c_str(), user->pw_uid, user->pw_gid) != 0) {
      throw std::runtime_error("cannot hand the test cluster to user postgres");
    }
  }
  std::string output;
  if (run({bin_ + "/initdb", "-D", folder_.path() + "/data", "-U", kUser, "--auth=trust",
           "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"},
          &output, as_postgres()) != 0) {
    throw std::runtime_error("initdb failed: " + output);
  }
  start();
}

Postgres::~Postgres() {
  stop();
}

void Postgres::start() {
  Process::Options options = as_postgres();
  options.output = folder_.path() + "/log";
  server_ = std::make_unique<Process>(
      std::vector<std::string>{bin_ + "/postgres", "-D", folder_.path() + "/data", "-k",
                               folder_.path(), "-c", "listen_addresses=", "-c", "fsync=off", "-c",
                               "max_connections=300", "-c", "shared_buffers=64MB", "-c",
                               "autovacuum=off"},
      options);
  std::string output;
  bool ready = eventually(
      [&] {
        return psql("postgres", {"-c", "SELECT 1"}, &output) == 0;
      },
      std::chrono::seconds(30));
  if (!ready) throw std::runtime_error("the test PostgreSQL did not start: " + output);
}

void Postgres::stop() {
  if (!server_) return;
  server_->signal(SIGINT);
  server_->wait(std::chrono::seconds(10));
  server_.reset();
}

int Postgres::psql(const std::string& database, const std::vector<std::string>& arguments,
                   std::string* output) const {
  std::vector<std::string> command = {bin_ + "/psql", "-X", "-q",  "-v", "ON_ERROR_STOP=1", "-h",
                                      folder_.path(), "-U", kUser, "-d", database};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run(command, output);
}

std::string Postgres::url(const std::string& database, const std::string& service) const {
  return "host=" + folder_.path() + " dbname=" + database + " user=" + service +
         " password=" + kPassword;
}

void Postgres::provision(const std::string& database, const std::string& service) {
  std::string output;
  if (psql(database,
           {"-v", "service=" + service, "-v", std::string("password=") + kPassword, "-f",
            source_dir() + "/deploy/postgres/provision.sql"},
           &output) != 0) {
    throw std::runtime_error("provisioning failed: " + output);
  }
}

std::string Postgres::create_database(const std::string& service) {
  std::string name = "test_" + std::to_string(++databases_);
  std::string output;
  if (psql("postgres", {"-c", "CREATE DATABASE " + name + " TEMPLATE template0"}, &output) != 0) {
    throw std::runtime_error("cannot create a test database: " + output);
  }
  provision(name, service);
  return url(name, service);
}

std::string Postgres::add_service(const std::string& database_url, const std::string& service) {
  auto begin = database_url.find("dbname=") + 7;
  std::string name = database_url.substr(begin, database_url.find(' ', begin) - begin);
  provision(name, service);
  return url(name, service);
}

}  // namespace marquee::testing
