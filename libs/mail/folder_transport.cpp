#include "libs/mail/folder_transport.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

#include "libs/core/error.h"

namespace marquee::mail {
namespace {

constexpr mode_t kOwnerOnly = 0600;

Error not_written() {
  return Error::unavailable("mail_folder_unavailable", "The mail folder cannot be written");
}

// Closes on the way out.
struct File {
  explicit File(int descriptor) : fd(descriptor) {}
  ~File() {
    if (fd >= 0) close(fd);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd;
};

void write_file(const std::string& path, std::string_view content) {
  File file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kOwnerOnly));
  if (file.fd < 0) throw not_written();
  while (!content.empty()) {
    const auto written = write(file.fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw not_written();
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (fsync(file.fd) != 0) throw not_written();
}

}  // namespace

FolderTransport::FolderTransport(std::string folder) : folder_(std::move(folder)) {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) {
    throw std::runtime_error("cannot make the mail folder " + folder_ + ": " + error.message());
  }
}

void FolderTransport::send(const Message& message) {
  const std::string content = encode(message);
  const std::string path = folder_ + "/" + message.id + ".eml";
  const std::string unfinished = folder_ + "/." + message.id + ".new";
  try {
    write_file(unfinished, content);
  } catch (const Error&) {
    unlink(unfinished.c_str());
    throw;
  }
  if (std::rename(unfinished.c_str(), path.c_str()) != 0) throw not_written();
  const File folder(open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.fd < 0 || fsync(folder.fd) != 0) throw not_written();
}

}  // namespace marquee::mail
