#include "gateway/tls_context.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <stdexcept>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "gateway/tls_tickets.h"

namespace marquee::gateway {
namespace {

constexpr const char* kCiphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr std::string_view kProtocol("\x08http/1.1", 9);
constexpr std::string_view kSessionContext = "marquee";
constexpr long kTicketLifeS = 12L * 60 * 60;

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freer<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;

[[noreturn]] void fail(const std::string& file, const std::string& what) {
  ERR_clear_error();
  throw std::runtime_error("TLS: " + file + " " + what);
}

std::string last_reason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  return reason != nullptr ? reason : "unknown";
}

std::string content_of(const std::string& file) {
  std::unique_ptr<std::FILE, Freer<std::fclose>> stream(std::fopen(file.c_str(), "rb"));
  std::string content;
  char buffer[4096];
  while (stream) {
    std::size_t size = std::fread(buffer, 1, sizeof(buffer), stream.get());
    content.append(buffer, size);
    if (size < sizeof(buffer)) break;
  }
  if (!stream || std::ferror(stream.get()) != 0) {
    fail(file, std::string("cannot be read: ") + std::strerror(errno));
  }
  return content;
}

Bio bio_of(const std::string& content) {
  return Bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
}

std::string date_of(const ASN1_TIME* time) {
  std::tm parts{};
  char text[32] = "an unreadable date";
  if (ASN1_TIME_to_tm(time, &parts) == 1) std::strftime(text, sizeof(text), "%F %T UTC", &parts);
  return text;
}

void use_certificate(SSL_CTX* context, const std::string& file) {
  const std::string content = content_of(file);
  Bio bio = bio_of(content);
  Certificate own(PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr));
  if (!own) fail(file, "holds no PEM certificate");
  if (X509_cmp_current_time(X509_get0_notAfter(own.get())) < 0) {
    fail(file, "has expired on " + date_of(X509_get0_notAfter(own.get())));
  }
  if (X509_cmp_current_time(X509_get0_notBefore(own.get())) > 0) {
    fail(file, "is not valid before " + date_of(X509_get0_notBefore(own.get())));
  }
  if (SSL_CTX_use_certificate(context, own.get()) != 1) {
    fail(file, "cannot be used: " + last_reason());
  }
  while (Certificate next{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    if (SSL_CTX_add1_chain_cert(context, next.get()) != 1) {
      fail(file, "has a chain that cannot be used: " + last_reason());
    }
  }
  // The end of the file is the one way in which a chain may end.
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    fail(file, "has a broken chain: " + last_reason());
  }
  ERR_clear_error();
}

int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

void use_key(SSL_CTX* context, const std::string& file) {
  const std::string content = content_of(file);
  bool asked = false;
  Key key(PEM_read_bio_PrivateKey(bio_of(content).get(), nullptr, &no_passphrase, &asked));
  if (!key && asked) fail(file, "is encrypted; a key without a passphrase is needed");
  if (!key) fail(file, "holds no PEM key");
  if (X509_check_private_key(SSL_CTX_get0_certificate(context), key.get()) != 1) {
    fail(file, "does not belong to the certificate");
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    fail(file, "cannot be used: " + last_reason());
  }
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  unsigned char* found = nullptr;
  int result =
      SSL_select_next_proto(&found, size, reinterpret_cast<const unsigned char*>(kProtocol.data()),
                            kProtocol.size(), offered, offered_size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool begin_ticket(const TlsTickets::Keys& keys, const unsigned char* iv, EVP_CIPHER_CTX* cipher,
                  EVP_MAC_CTX* mac, bool seal) {
  char digest[] = "SHA256";
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(
          OSSL_MAC_PARAM_KEY, const_cast<unsigned char*>(keys.mac.data()), keys.mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, parameters) == 1 &&
         EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, keys.cipher.data(), iv,
                           seal ? 1 : 0) == 1;
}

// OpenSSL's protocol for it: -1 an error, 0 no ticket, 1 one, 2 one to be renewed.
int use_ticket_keys(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                    EVP_MAC_CTX* mac, int seal) {
  const auto* tickets = static_cast<const TlsTickets*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  const std::int64_t today = TlsTickets::today();
  if (seal == 1) {
    TlsTickets::Keys keys = tickets->of_day(today);
    std::copy(keys.name.begin(), keys.name.end(), name);
    if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return -1;
    return begin_ticket(keys, iv, cipher, mac, true) ? 1 : -1;
  }
  for (std::int64_t day : {today, today - 1}) {
    TlsTickets::Keys keys = tickets->of_day(day);
    if (!std::equal(keys.name.begin(), keys.name.end(), name)) continue;
    if (!begin_ticket(keys, iv, cipher, mac, false)) return -1;
    return day == today ? 1 : 2;
  }
  return 0;
}

void set_rules(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context, kCiphers12);
  SSL_CTX_set1_groups_list(context, kGroups);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                   SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Answers are gathered anew for each try, and one recv takes a whole record.
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);
}

void set_resumption(SSL_CTX* context, const TlsTickets& tickets) {
  // Tickets alone: what the server remembers of sessions would be one memory for all threads.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_session_id_context(context,
                                 reinterpret_cast<const unsigned char*>(kSessionContext.data()),
                                 kSessionContext.size());
  SSL_CTX_set_timeout(context, kTicketLifeS);
  SSL_CTX_set_app_data(context, const_cast<TlsTickets*>(&tickets));
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &use_ticket_keys);
}

}  // namespace

TlsContext::TlsContext(const std::string& certificate_file, const std::string& key_file,
                       const TlsTickets& tickets)
    : context_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free) {
  if (!context_) throw std::runtime_error("TLS: no memory");
  ERR_clear_error();
  set_rules(context_.get());
  set_resumption(context_.get(), tickets);
  use_certificate(context_.get(), certificate_file);
  use_key(context_.get(), key_file);
  ERR_clear_error();
}

bool TlsContext::is_for(const std::string& host) const {
  X509* certificate = SSL_CTX_get0_certificate(context_.get());
  return X509_check_ip_asc(certificate, host.c_str(), 0) == 1 ||
         X509_check_host(certificate, host.data(), host.size(), 0, nullptr) == 1;
}

std::chrono::system_clock::time_point TlsContext::expires() const {
  std::tm parts{};
  ASN1_TIME_to_tm(X509_get0_notAfter(SSL_CTX_get0_certificate(context_.get())), &parts);
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

}  // namespace marquee::gateway
