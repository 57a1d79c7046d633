#include "libs/mail/smtp_transport.h"

#include <algorithm>
#include <cstring>
#include <curl/curl.h>
#include <stdexcept>

#include "libs/core/error.h"

namespace marquee::mail {
namespace {

constexpr long kConnectionAgeMax = 20;  // seconds that one may have been idle
constexpr long kAuthenticationRequired = 530;

// The mail on its way out.
struct Upload {
  std::string_view left;

  static std::size_t read(char* buffer, std::size_t size, std::size_t count, void* self) {
    auto& left = static_cast<Upload*>(self)->left;
    const std::size_t n = std::min(size * count, left.size());
    std::memcpy(buffer, left.data(), n);
    left.remove_prefix(n);
    return n;
  }
};

int progress(void* stopping, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<std::atomic<bool>*>(stopping)->load() ? 1 : 0;
}

bool starts_with(const std::string& text, std::string_view start) {
  return text.compare(0, start.size(), start) == 0 && text.size() > start.size();
}

// libcurl tells by different results at which step the server said no: to the sender, the recipient
// or the mail; or, with nothing sent yet, to us.
bool about_this_mail(CURLcode result, long answer, curl_off_t uploaded) {
  if (answer < 500 || answer > 599 || answer == kAuthenticationRequired) return false;
  return result == CURLE_SEND_ERROR || (result == CURLE_WEIRD_SERVER_REPLY && uploaded > 0);
}

}  // namespace

struct SmtpTransport::Curl {
  Curl() : handle(curl_easy_init()) {
    if (handle == nullptr) throw std::runtime_error("libcurl cannot be used");
  }
  ~Curl() { curl_easy_cleanup(handle); }
  Curl(const Curl&) = delete;
  Curl& operator=(const Curl&) = delete;

  template <typename Value>
  void set(CURLoption option, Value value) {
    if (curl_easy_setopt(handle, option, value) != CURLE_OK) {
      throw std::runtime_error("libcurl lacks something that mail needs");
    }
  }

  CURL* handle;
};

SmtpTransport::SmtpTransport(SmtpConfig config)
    : config_(std::move(config)), curl_(std::make_unique<Curl>()) {
  if (!starts_with(config_.url, "smtp://") && !starts_with(config_.url, "smtps://")) {
    throw std::runtime_error("a mail server's address is smtp://host:port or smtps://host:port");
  }
  prepare();
}

SmtpTransport::~SmtpTransport() = default;

void SmtpTransport::prepare() {
  curl_->set(CURLOPT_URL, config_.url.c_str());
  curl_->set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_->set(CURLOPT_PROXY, "");
  curl_->set(CURLOPT_NOSIGNAL, 1L);
  curl_->set(CURLOPT_UPLOAD, 1L);
  curl_->set(CURLOPT_USE_SSL,
             static_cast<long>(config_.starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  if (!config_.ca.empty()) curl_->set(CURLOPT_CAINFO, config_.ca.c_str());
  if (!config_.user.empty()) {
    curl_->set(CURLOPT_USERNAME, config_.user.c_str());
    curl_->set(CURLOPT_PASSWORD, config_.password.c_str());
  }
  curl_->set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(config_.connect_timeout.count()));
  curl_->set(CURLOPT_TIMEOUT_MS, static_cast<long>(config_.timeout.count()));
  curl_->set(CURLOPT_MAXAGE_CONN, kConnectionAgeMax);
  curl_->set(CURLOPT_NOPROGRESS, 0L);
  curl_->set(CURLOPT_XFERINFOFUNCTION, &progress);
  curl_->set(CURLOPT_XFERINFODATA, static_cast<void*>(&stopping_));
  curl_->set(CURLOPT_READFUNCTION, &Upload::read);
}

void SmtpTransport::send(const Message& message) {
  const std::string content = encode(message);
  Upload upload{content};
  const std::string from = "<" + message.from.email + ">";
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> to(
      curl_slist_append(nullptr, ("<" + message.to.email + ">").c_str()), &curl_slist_free_all);
  curl_->set(CURLOPT_MAIL_FROM, from.c_str());
  curl_->set(CURLOPT_MAIL_RCPT, to.get());
  curl_->set(CURLOPT_READDATA, static_cast<void*>(&upload));
  const CURLcode result = curl_easy_perform(curl_->handle);
  long answer = 0;
  curl_off_t uploaded = 0;
  curl_easy_getinfo(curl_->handle, CURLINFO_RESPONSE_CODE, &answer);
  curl_easy_getinfo(curl_->handle, CURLINFO_SIZE_UPLOAD_T, &uploaded);
  curl_->set(CURLOPT_MAIL_RCPT, nullptr);
  if (result == CURLE_OK) return;
  const std::string said =
      answer == 0 ? curl_easy_strerror(result) : "the server answered " + std::to_string(answer);
  if (about_this_mail(result, answer, uploaded)) {
    throw Error(Code::kFailedPrecondition, kRefused, "The mail was refused: " + said);
  }
  throw Error::unavailable("mail_server_unavailable", "The mail was not sent: " + said);
}

}  // namespace marquee::mail
