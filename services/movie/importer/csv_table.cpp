#include "services/movie/importer/csv_table.h"

#include <algorithm>
#include <array>

#include <openssl/evp.h>

#include "libs/core/error.h"

namespace marquee::movie::importer {
namespace {

constexpr std::size_t kDigestedBytes = 1 << 18;  // of each end
constexpr std::size_t kShownHeaderBytes = 200;

Error unusable(const std::filesystem::path& path, std::uint64_t line, const std::string& reason) {
  std::string where = path.string() + (line > 0 ? ":" + std::to_string(line) : "");
  return Error::invalid("import_file", where + ": " + reason);
}

std::string hex_digest(const std::string& bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw Error(Code::kInternal, "internal", "SHA-256 is not available");
  }
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += kHex[digest[i] >> 4];
    text += kHex[digest[i] & 15];
  }
  return text;
}

std::string read_at(std::ifstream& file, std::uint64_t offset, std::size_t bytes) {
  std::string text(bytes, '\0');
  file.clear();
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(text.data(), static_cast<std::streamsize>(bytes));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace

CsvTable::CsvTable(std::filesystem::path path, CsvShape shape)
    : path_(std::move(path)), shape_(std::move(shape)) {
  std::error_code error;
  auto status = std::filesystem::status(path_, error);
  if (!std::filesystem::exists(status)) throw unusable(path_, 0, "there is no such file");
  if (!std::filesystem::is_regular_file(status)) throw unusable(path_, 0, "not a regular file");
  file_.open(path_, std::ios::binary);
  if (!file_) throw unusable(path_, 0, "cannot be opened");
  size_ = std::filesystem::file_size(path_);
  identify();
  seek({});
}

void CsvTable::identify() {
  std::string ends = read_at(file_, 0, kDigestedBytes);
  if (size_ > kDigestedBytes) ends += read_at(file_, size_ - kDigestedBytes, kDigestedBytes);
  identity_ = std::to_string(size_) + "-" + hex_digest(ends);
}

void CsvTable::seek(CsvPosition position) {
  file_.clear();
  file_.seekg(0);
  reader_.emplace(file_, shape_.limits);
  read_header();
  if (position.offset <= reader_->position().offset) return;
  file_.clear();
  file_.seekg(static_cast<std::streamoff>(position.offset));
  reader_.emplace(file_, shape_.limits, position);
}

void CsvTable::read_header() {
  auto next = reader_->next();
  if (next == CsvReader::Next::kEnd) throw unusable(path_, 1, "the file is empty");
  if (next == CsvReader::Next::kBad) {
    throw unusable(path_, reader_->line(), "the header: " + std::string(reader_->error()));
  }
  const auto& names = reader_->fields();
  width_ = names.size();
  columns_.clear();
  auto find = [&](const std::string& wanted) -> std::optional<std::size_t> {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] != wanted) continue;
      if (found) {
        throw unusable(path_, reader_->line(), "the column \"" + wanted + "\" occurs twice");
      }
      found = i;
    }
    return found;
  };
  for (const auto& wanted : shape_.required) {
    columns_.push_back(find(wanted));
    if (!columns_.back()) {
      throw unusable(path_, reader_->line(),
                     "the column \"" + wanted + "\" is missing; the header is: " +
                         std::string(reader_->raw().substr(0, kShownHeaderBytes)));
    }
  }
  for (const auto& wanted : shape_.optional) columns_.push_back(find(wanted));
}

CsvReader::Next CsvTable::next() {
  auto next = reader_->next();
  error_ = reader_->error();
  if (next == CsvReader::Next::kRecord && reader_->fields().size() != width_) {
    error_ = std::to_string(reader_->fields().size()) + " fields where the header has " +
             std::to_string(width_);
    return CsvReader::Next::kBad;
  }
  return next;
}

std::string_view CsvTable::text(std::size_t i) const {
  const auto& column = columns_.at(i);
  return column ? reader_->fields()[*column] : std::string_view();
}

}  // namespace marquee::movie::importer
