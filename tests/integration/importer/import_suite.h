// What the importer's tests share: a database of their own with the movie schema, an auth service
// that only opens accounts, and a way to run an import and to ask what it left. One thread.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>

#include "libs/bus/bus.h"
#include "libs/db/pool.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/testing/process.h"
#include "marquee/auth/v1/accounts.pb.h"
#include "services/movie/importer/importer.h"

namespace marquee::movie::importer {

// Answers marquee.auth.v1.Directory/EnsureAccounts like auth does: ids by external id.
class FakeDirectory {
 public:
  FakeDirectory();
  std::string target() const;
  std::size_t accounts() const;
  std::int64_t id_of(const std::string& external_id) const;
  auth::v1::EnsureAccountsRequest::Account account(const std::string& external_id) const;
  int calls() const;

 private:
  auth::v1::EnsureAccountsReply ensure(const auth::v1::EnsureAccountsRequest& request);

  mutable std::mutex mutex_;
  std::map<std::string, std::int64_t> ids_;
  std::map<std::string, auth::v1::EnsureAccountsRequest::Account> accounts_;
  int calls_ = 0;
  rpc::Server server_;
};

class ImportSuite {
 public:
  ImportSuite();

  RunResult run(const ImportOrder& order, RunSettings settings = {});
  // A folder of data/ beside this file.
  static std::string data(const std::string& name);

  // The first column of the first row; "" for NULL.
  std::string value(const std::string& sql);
  // Rows as "a|b", lines joined with "\n".
  std::string rows(const std::string& sql);
  // A digest of all tables of the catalogue with the transaction that wrote each row: equal means
  // that nothing was written.
  std::string fingerprint();
  // Films whose movie_stats differ from a recount of their ratings, or whose movie_cards are wrong.
  std::string wrong_stats();
  std::string output() const { return out_.str(); }
  std::string rejects() const;
  std::string rejects_path() const { return folder_.path() + "/rejects.csv"; }
  std::string folder() const { return folder_.path(); }

  FakeDirectory directory;

 private:
  testing::TemporaryFolder folder_;
  std::ostringstream out_;

 public:
  db::Pool pool;
  bus::Bus bus;

 private:
  rpc::Channel auth_;
};

}  // namespace marquee::movie::importer
