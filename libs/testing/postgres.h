// A PostgreSQL of the tests' own: a throw-away cluster on a unix socket, started once for a test
// binary, provisioned by the same SQL as the real ones. Needs the postgresql package; as root it
// runs as user postgres.
#pragma once

#include <memory>
#include <string>

#include "libs/testing/process.h"

namespace marquee::testing {

class Postgres {
 public:
  // Starts it on first use; it ends with the process.
  static Postgres& shared();

  // A cluster besides the shared one, for tests that stop and start it.
  Postgres();
  ~Postgres();

  // Makes a fresh database with role and schema of `service`; the service's connection string.
  std::string create_database(const std::string& service);
  // Adds another service to the database of `database_url`; that service's connection string.
  std::string add_service(const std::string& database_url, const std::string& service);

  void stop();   // fast: connections break
  void start();  // returns when it accepts connections

 private:
  void provision(const std::string& database, const std::string& service);
  std::string url(const std::string& database, const std::string& service) const;
  int psql(const std::string& database, const std::vector<std::string>& arguments,
           std::string* output) const;

  TemporaryFolder folder_;
  std::string bin_;
  int databases_ = 0;
  std::unique_ptr<Process> server_;
};

}  // namespace marquee::testing
