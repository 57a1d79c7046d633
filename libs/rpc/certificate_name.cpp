#include "libs/rpc/certificate_name.h"

#include <arpa/inet.h>
#include <array>
#include <memory>
#include <stdexcept>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace marquee::rpc {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Names = std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)>;

std::string text_of(const ASN1_STRING& string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(&string)),
          static_cast<std::size_t>(ASN1_STRING_length(&string))};
}

std::string address_of(const ASN1_OCTET_STRING& bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ASN1_STRING_length(&bytes) == 4 ? AF_INET : AF_INET6;
  inet_ntop(family, ASN1_STRING_get0_data(&bytes), text.data(), text.size());
  return text.data();
}

std::string alternative_name(const X509& certificate) {
  Names names(static_cast<GENERAL_NAMES*>(
                  X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)),
              GENERAL_NAMES_free);
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) return text_of(*name->d.dNSName);
    if (name->type == GEN_IPADD) return address_of(*name->d.iPAddress);
  }
  return {};
}

std::string common_name(const X509& certificate) {
  const X509_NAME* subject = X509_get_subject_name(&certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return {};
  return text_of(*X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

}  // namespace

std::string certificate_name(const std::string& path) {
  Bio file(BIO_new_file(path.c_str(), "r"), BIO_free);
  Certificate certificate(file ? PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr) : nullptr,
                          X509_free);
  if (!certificate) throw std::runtime_error("cannot read a certificate from " + path);
  if (std::string name = alternative_name(*certificate); !name.empty()) return name;
  return common_name(*certificate);
}

}  // namespace marquee::rpc
