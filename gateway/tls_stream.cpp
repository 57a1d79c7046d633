#include "gateway/tls_stream.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <new>
#include <sys/socket.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "gateway/tls_context.h"

namespace marquee::gateway {
namespace {

constexpr int kReceivesMax = 4;  // of one call

static_assert(TlsStream::kRecordBytes == SSL3_RT_MAX_PLAIN_LENGTH);

}  // namespace

struct TlsStream::Wire {
  net::ip::tcp::socket* socket;
  std::string early;
  std::size_t early_used = 0;
  int receives_left = 0;

  static Wire& of(BIO* bio) { return *static_cast<Wire*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* into, int room) {
    Wire& wire = of(bio);
    BIO_clear_retry_flags(bio);
    if (wire.early_used < wire.early.size()) return wire.read_early(into, room);
    ssize_t size = -1;
    errno = EAGAIN;
    if (wire.receives_left > 0) {
      --wire.receives_left;
      size = ::recv(wire.socket->native_handle(), into, static_cast<std::size_t>(room), 0);
    }
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
      BIO_set_retry_read(bio);
    }
    return static_cast<int>(size);
  }

  int read_early(char* into, int room) {
    std::size_t size = std::min(early.size() - early_used, static_cast<std::size_t>(room));
    std::memcpy(into, early.data() + early_used, size);
    early_used += size;
    if (early_used == early.size()) {
      std::string().swap(early);
      early_used = 0;
    }
    return static_cast<int>(size);
  }

  static int write(BIO* bio, const char* bytes, int size) {
    BIO_clear_retry_flags(bio);
    ssize_t sent = ::send(of(bio).socket->native_handle(), bytes, static_cast<std::size_t>(size),
                          MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
      BIO_set_retry_write(bio);
    }
    return static_cast<int>(sent);
  }

  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static const BIO_METHOD* method() {
    static BIO_METHOD* const method = [] {
      BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "connection");
      BIO_meth_set_read(made, &Wire::read);
      BIO_meth_set_write(made, &Wire::write);
      BIO_meth_set_ctrl(made, &Wire::control);
      return made;
    }();
    return method;
  }
};

TlsStream::TlsStream(std::shared_ptr<const TlsContext> context, net::ip::tcp::socket& socket,
                     std::string early)
    : context_(std::move(context)),
      wire_(new Wire{&socket, std::move(early)}),
      ssl_(SSL_new(context_->native()), &SSL_free) {
  BIO* bio = BIO_new(Wire::method());
  if (!ssl_ || bio == nullptr) {
    BIO_free(bio);
    throw std::bad_alloc();
  }
  BIO_set_data(bio, wire_.get());
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_accept_state(ssl_.get());
}

TlsStream::~TlsStream() {
  close();
}

TlsStream::Result TlsStream::result_of(int returned) {
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_NONE:
      return Result::kDone;
    case SSL_ERROR_WANT_READ:
      return Result::kWantsRead;
    case SSL_ERROR_WANT_WRITE:
      return Result::kWantsWrite;
    case SSL_ERROR_ZERO_RETURN:
      return Result::kEnded;
    default:
      open_ = false;
      return Result::kEnded;
  }
}

TlsStream::Result TlsStream::handshake() {
  ERR_clear_error();
  wire_->receives_left = kReceivesMax;
  Result result = result_of(SSL_do_handshake(ssl_.get()));
  open_ = result == Result::kDone;
  return result;
}

bool TlsStream::resumed() const {
  return SSL_session_reused(ssl_.get()) == 1;
}

TlsStream::Result TlsStream::read(char* into, std::size_t room, std::size_t& size) {
  ERR_clear_error();
  wire_->receives_left = kReceivesMax;
  int got = SSL_read(ssl_.get(), into, static_cast<int>(std::min<std::size_t>(room, INT_MAX)));
  size = static_cast<std::size_t>(std::max(got, 0));
  return result_of(got);
}

bool TlsStream::holds_bytes() const {
  return SSL_has_pending(ssl_.get()) == 1 || !wire_->early.empty();
}

// Record for record. The same bytes again where one was not taken: OpenSSL insists on that.
AnswerBatch::Written TlsStream::write(AnswerBatch& batch) {
  while (!batch.empty()) {
    std::array<char, kRecordBytes> gathered;  // NOLINT(*-member-init)
    AnswerBatch::Left left = batch.left();
    const char* record = static_cast<const char*>(left.parts[0].iov_base);
    std::size_t size = std::min(left.parts[0].iov_len, kRecordBytes);
    if (left.count > 1 && size < kRecordBytes) {
      size = 0;
      for (std::size_t i = 0; i < left.count && size < kRecordBytes; ++i) {
        const std::size_t step = std::min(left.parts[i].iov_len, kRecordBytes - size);
        std::memcpy(gathered.data() + size, left.parts[i].iov_base, step);
        size += step;
      }
      record = gathered.data();
    }
    const Result result = write(record, size);
    if (writing_) return AnswerBatch::Written::kSome;
    if (result != Result::kDone) return AnswerBatch::Written::kBroken;
    batch.wrote(size, left);
  }
  return AnswerBatch::Written::kAll;
}

TlsStream::Result TlsStream::write(const char* record, std::size_t size) {
  ERR_clear_error();
  const Result result = result_of(SSL_write(ssl_.get(), record, static_cast<int>(size)));
  writing_ = result == Result::kWantsWrite;
  return result;
}

void TlsStream::use(net::ip::tcp::socket& socket) {
  wire_->socket = &socket;
}

void TlsStream::close() {
  if (!open_ || writing_) return;
  open_ = false;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

void TlsStream::release() {
  SSL_free_buffers(ssl_.get());
}

}  // namespace marquee::gateway
