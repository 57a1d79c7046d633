#include "libs/mail/folder_transport.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>

#include "libs/core/error.h"
#include "libs/testing/process.h"
#include "tests/catch.h"

namespace marquee::mail {
namespace {

Message mail(const std::string& id, const std::string& subject) {
  Message message;
  message.id = id;
  message.from = {"", "no-reply@example.org"};
  message.to = {"", "ada@example.com"};
  message.subject = subject;
  return message;
}

std::size_t files(const std::string& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST_CASE("each mail is a file that its owner alone reads; the same again is the same file") {
  const marquee::testing::TemporaryFolder folder;
  const std::string mails = folder.path() + "/new/mail";
  FolderTransport transport(mails);
  transport.send(mail("a", "First"));
  transport.send(mail("b", "Second"));
  transport.send(mail("a", "Third"));
  CHECK(files(mails) == 2);
  std::ifstream file(mails + "/a.eml");
  const std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  CHECK(content.find("Subject: Third\r\n") != std::string::npos);
  struct stat status {};
  REQUIRE(stat((mails + "/a.eml").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("what cannot be written leaves nothing and may be tried again") {
  const marquee::testing::TemporaryFolder folder;
  const std::string mails = folder.path() + "/mail";
  FolderTransport transport(mails);
  std::filesystem::remove(mails);
  CHECK_THROWS_AS(transport.send(mail("a", "x")), Error);
  std::filesystem::create_directory(mails);
  transport.send(mail("a", "x"));
  CHECK(files(mails) == 1);
  std::ofstream(folder.path() + "/file") << "x";
  CHECK_THROWS_AS(FolderTransport(folder.path() + "/file/mail"), std::runtime_error);
}

}  // namespace
}  // namespace marquee::mail
