// Fault 8: requests that two servers in a row could take apart differently, so that a part of one
// becomes a request of somebody else. Each is refused as a whole, and the connection closed.
#include "libs/testing/tcp.h"
#include "tests/catch.h"
#include "tests/e2e/answers.h"
#include "tests/e2e/suite.h"

using namespace marquee::e2e;
using marquee::testing::Socket;

namespace {

struct Case {
  const char* name;
  std::string bytes;
};

// What would be somebody's request if the gateway took the one before it to be over.
const std::string kSmuggled = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::string post(const std::string& headers, const std::string& body) {
  return "POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
         headers + "\r\n" + body;
}

std::string chunked(const std::string& body) {
  return post("Transfer-Encoding: chunked\r\n", body);
}

std::string get(const std::string& headers) {
  return "GET /health HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
}

std::vector<Case> both_lengths() {
  const std::string end = "0\r\n\r\n";
  return {
      {"CL.TE", post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", end + "G")},
      {"TE.CL", post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "2b\r\n" + end)},
      {"TE.TE with a second coding",
       post("Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n", end)},
      {"TE.TE the other way round",
       post("Transfer-Encoding: cow\r\nTransfer-Encoding: chunked\r\n", end)},
      {"chunked twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", end)},
      {"chunked, chunked", post("Transfer-Encoding: chunked, chunked\r\n", end)},
      {"a coding that hides", post("Transfer-Encoding: xchunked\r\n", end)},
      {"identity and a length", post("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", end)},
      {"a quoted coding", post("Transfer-Encoding: \"chunked\"\r\n", end)},
      {"a coding with a parameter", post("Transfer-Encoding: chunked;q=1\r\n", end)},
      {"no coding named", post("Transfer-Encoding: \r\nContent-Length: 5\r\n", end)},
      {"a coding behind a vertical tab", post("Transfer-Encoding: \x0b"
                                              "chunked\r\n",
                                              end)},
      {"a blank before the colon of TE", post("Transfer-Encoding : chunked\r\n", end)},
      {"a tab before the colon of TE", post("Transfer-Encoding\t: chunked\r\n", end)},
      {"chunked in HTTP/1.0",
       "POST /api/auth/login HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + end},
  };
}

std::vector<Case> lengths() {
  return {
      {"two lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "0\r\n\r\n")},
      {"a list of lengths", post("Content-Length: 5, 6\r\n", "0\r\n\r\n")},
      {"a sign", post("Content-Length: +5\r\n", "0\r\n\r\n")},
      {"less than nothing", post("Content-Length: -5\r\n", "0\r\n\r\n")},
      {"hexadecimal", post("Content-Length: 0x5\r\n", "0\r\n\r\n")},
      {"a blank inside", post("Content-Length: 5 5\r\n", "0\r\n\r\n")},
      {"more than 64 bits", post("Content-Length: 18446744073709551621\r\n", "0\r\n\r\n")},
      {"an empty length", post("Content-Length:\r\n", "0\r\n\r\n")},
      {"a blank before the colon of CL", post("Content-Length : 5\r\n", "0\r\n\r\n")},
      {"a decimal point", post("Content-Length: 5.0\r\n", "0\r\n\r\n")},
  };
}

std::vector<Case> lines() {
  return {
      {"obs-fold", get("X-Folded: a\r\n b\r\n")},
      {"obs-fold of a coding", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")},
      {"obs-fold of the first header",
       "GET /health HTTP/1.1\r\n Host: localhost\r\nHost: localhost\r\n\r\n"},
      {"LF alone between headers", get("X-One: 1\nX-Two: 2\r\n")},
      {"LF alone behind the request line", "GET /health HTTP/1.1\nHost: localhost\r\n\r\n"},
      {"LF alone at the end", "GET /health HTTP/1.1\r\nHost: localhost\r\n\n"},
      {"CR alone in a value", get("X-One: 1\rX-Two: 2\r\n")},
      {"NUL in a value", get(std::string("X-Nul: a\0b\r\n", 12))},
      {"NUL in a name", get(std::string("X-N\0l: a\r\n", 10))},
      {"a header without a name", get(": x\r\n")},
      {"two hosts", get("Host: elsewhere\r\n")},
  };
}

std::vector<Case> chunks() {
  return {
      {"LF alone behind a size", chunked("2\n{}\r\n0\r\n\r\n")},
      {"LF alone behind a chunk", chunked("2\r\n{}\n0\r\n\r\n")},
      {"LF alone behind the last chunk", chunked("2\r\n{}\r\n0\n\n")},
      {"LF in an extension", chunked("2;x\ny\r\n{}\r\n0\r\n\r\n")},
      {"CR in an extension", chunked("2;x=\ry\r\n{}\r\n0\r\n\r\n")},
      {"an extension without a name", chunked("2;\r\n{}\r\n0\r\n\r\n")},
      {"NUL in an extension", chunked(std::string("2;a\0b\r\n{}\r\n0\r\n\r\n", 16))},
      {"a blank behind a size", chunked("2 \r\n{}\r\n0\r\n\r\n")},
      {"a hexadecimal mark", chunked("0x2\r\n{}\r\n0\r\n\r\n")},
      {"a signed size", chunked("+2\r\n{}\r\n0\r\n\r\n")},
      {"a size of more than 64 bits", chunked("10000000000000002\r\n{}\r\n0\r\n\r\n")},
      {"a chunk longer than it says", chunked("1\r\n{}\r\n0\r\n\r\n")},
      {"a folded trailer", chunked("2\r\n{}\r\n0\r\nX: y\r\n z\r\n\r\n")},
      {"a trailer without a colon", chunked("2\r\n{}\r\n0\r\nX\r\n\r\n")},
  };
}

// "" when there is one answer, a 400, and then the end of the connection.
std::string refusal_faults(const std::string& bytes) {
  Socket socket(Suite::shared().port());
  socket.send(bytes + kSmuggled);
  const std::string received = socket.receive_until_closed();
  if (!socket.closed()) return "the connection stays open; it said: " + received;
  if (received.rfind("HTTP/1.1 400 ", 0) != 0) return "not refused: " + received;
  if (received.find("\r\nConnection: close\r\n") == std::string::npos) return "no announcement";
  return received.find("HTTP/1.1 ", 1) == std::string::npos ? "" : "a second answer: " + received;
}

}  // namespace

TEST_CASE("What two servers could read differently is refused, and the connection closed") {
  int count = 0;
  for (const auto& set : {both_lengths(), lengths(), lines(), chunks()}) {
    for (const auto& [name, bytes] : set) {
      CAPTURE(name);
      CHECK(refusal_faults(bytes) == "");
      ++count;
    }
  }
  CHECK(count >= 40);
}

TEST_CASE("The same requests without what is wrong with them are answered") {
  for (const auto& bytes :
       {post("Content-Length: 2\r\n", "{}"), chunked("2\r\n{}\r\n0\r\n\r\n"),
        chunked("2;name=value\r\n{}\r\n0\r\nX: y\r\n\r\n"), get("X-One: 1\r\nX-Two: 2\r\n")}) {
    CAPTURE(bytes);
    Socket socket(Suite::shared().port());
    socket.send(bytes + kSmuggled);
    const std::string received = socket.receive_until("\"healthy\"");
    CHECK(received.find("HTTP/1.1 200 OK") != std::string::npos);
    CHECK(received.find("Connection: close") == std::string::npos);
  }
}
