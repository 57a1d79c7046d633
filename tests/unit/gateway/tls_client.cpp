#include "tests/unit/gateway/tls_client.h"

#include <arpa/inet.h>
#include <csignal>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace marquee::gateway {

struct TlsClient::Impl {
  int fd = -1;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{SSL_CTX_new(TLS_client_method()),
                                                            &SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl{nullptr, &SSL_free};
  std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session{nullptr, &SSL_SESSION_free};
  bool connected = false;

  ~Impl() {
    ssl.reset();
    ::close(fd);
  }

  void connect(int port, std::chrono::milliseconds patience) {
    fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot connect");
    }
    timeval time{patience.count() / 1000, patience.count() % 1000 * 1000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
  }

  void choose(const Options& options) {
    if (options.weak) {
      SSL_CTX_set_security_level(context.get(), 0);
      SSL_CTX_set_min_proto_version(context.get(), 0);
      SSL_CTX_set_cipher_list(context.get(), "ALL:@SECLEVEL=0");
    }
    if (options.version_max != 0) {
      SSL_CTX_set_max_proto_version(context.get(), options.version_max);
    }
    // Tickets come after the handshake, in TLS 1.3 that is: as they come.
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(context.get(), [](SSL* of, SSL_SESSION* fresh) {
      static_cast<Impl*>(SSL_get_app_data(of))->session.reset(fresh);
      return 1;
    });
    ssl.reset(SSL_new(context.get()));
    SSL_set_app_data(ssl.get(), this);
    if (!options.alpn.empty()) {
      SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(options.alpn.data()),
                          static_cast<unsigned>(options.alpn.size()));
    }
    if (options.session_of != nullptr) {
      // A copy: one of TLS 1.3 is for one use.
      SSL_SESSION* copy = SSL_SESSION_dup(options.session_of->impl_->session.get());
      SSL_set_session(ssl.get(), copy);
      SSL_SESSION_free(copy);
    }
  }
};

TlsClient::TlsClient(int port, const Options& options) : impl_(std::make_unique<Impl>()) {
  std::signal(SIGPIPE, SIG_IGN);
  impl_->connect(port, options.patience);
  impl_->choose(options);
  if (!options.first.empty()) {
    ::send(impl_->fd, options.first.data(), options.first.size(), MSG_NOSIGNAL);
  }
  SSL_set_fd(impl_->ssl.get(), impl_->fd);
  impl_->connected = SSL_connect(impl_->ssl.get()) == 1;
  ERR_clear_error();
}

TlsClient::~TlsClient() = default;

bool TlsClient::connected() const {
  return impl_->connected;
}

bool TlsClient::resumed() const {
  return SSL_session_reused(impl_->ssl.get()) == 1;
}

std::string TlsClient::version() const {
  return SSL_get_version(impl_->ssl.get());
}

std::string TlsClient::alpn() const {
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(impl_->ssl.get(), &chosen, &size);
  return chosen == nullptr ? "" : std::string(reinterpret_cast<const char*>(chosen), size);
}

std::string TlsClient::server_name() const {
  std::unique_ptr<X509, decltype(&X509_free)> certificate(
      SSL_get1_peer_certificate(impl_->ssl.get()), &X509_free);
  char name[256] = "";
  if (certificate) {
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name,
                              sizeof name);
  }
  return name;
}

bool TlsClient::send(std::string_view bytes) {
  ERR_clear_error();
  return SSL_write(impl_->ssl.get(), bytes.data(), static_cast<int>(bytes.size())) ==
         static_cast<int>(bytes.size());
}

bool TlsClient::receive(std::string& into) {
  char buffer[16384];
  ERR_clear_error();
  int size = SSL_read(impl_->ssl.get(), buffer, sizeof buffer);
  if (size <= 0) return false;
  into.append(buffer, static_cast<std::size_t>(size));
  return true;
}

std::string TlsClient::receive_until(const std::string& marker) {
  std::string bytes;
  while (bytes.find(marker) == std::string::npos && receive(bytes)) {
  }
  return bytes;
}

std::string TlsClient::receive_until_closed() {
  std::string bytes;
  while (receive(bytes)) {
  }
  return bytes;
}

bool TlsClient::closed_cleanly() const {
  return (SSL_get_shutdown(impl_->ssl.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

bool TlsClient::renegotiate() {
  ERR_clear_error();
  return SSL_renegotiate(impl_->ssl.get()) == 1 && SSL_do_handshake(impl_->ssl.get()) == 1;
}

bool TlsClient::update_keys() {
  ERR_clear_error();
  return SSL_key_update(impl_->ssl.get(), SSL_KEY_UPDATE_REQUESTED) == 1 &&
         SSL_do_handshake(impl_->ssl.get()) == 1;
}

void TlsClient::say_goodbye() {
  SSL_shutdown(impl_->ssl.get());
}

}  // namespace marquee::gateway
