// Writes each mail as a file, ID.eml, whole or not at all: for development, and for whatever else
// picks mails up from a folder. The same mail again is the same file.
#pragma once

#include <string>

#include "libs/mail/transport.h"

namespace marquee::mail {

class FolderTransport : public Transport {
 public:
  // Makes the folder. Throws std::runtime_error when that cannot be.
  explicit FolderTransport(std::string folder);
  void send(const Message& message) override;

 private:
  const std::string folder_;
};

}  // namespace marquee::mail
