#include "services/movie/importer/reject_file.h"

#include "libs/core/error.h"

namespace marquee::movie::importer {
namespace {

constexpr std::string_view kHeader = "file,line,reason,record\n";

Error unusable(const std::filesystem::path& path, const std::string& why) {
  return {Code::kFailedPrecondition, "reject_file",
          "The reject file " + path.string() + " " + why +
              "; choose another one with --import-rejects"};
}

std::string csv_quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

bool is_reject_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string start(kHeader.size(), '\0');
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  return start == kHeader || in.gcount() == 0;
}

}  // namespace

RejectFile::RejectFile(std::filesystem::path path, std::uint64_t bytes)
    : path_(std::move(path)), bytes_(bytes) {
  std::error_code error;
  if (!std::filesystem::exists(path_, error)) {
    bytes_ = 0;
    return;
  }
  if (!std::filesystem::is_regular_file(path_, error) || !is_reject_file(path_)) {
    throw unusable(path_, "exists and is no reject file");
  }
  if (bytes_ == 0) {
    std::filesystem::remove(path_, error);
  } else if (std::filesystem::file_size(path_, error) > bytes_) {
    std::filesystem::resize_file(path_, bytes_, error);
  }
  if (error) throw unusable(path_, "cannot be changed (" + error.message() + ")");
  if (bytes_ > 0) bytes_ = std::filesystem::file_size(path_);
}

void RejectFile::open() {
  std::error_code error;
  if (path_.has_parent_path()) std::filesystem::create_directories(path_.parent_path(), error);
  out_.open(path_, std::ios::binary | std::ios::app);
  if (!out_) throw unusable(path_, "cannot be written");
}

void RejectFile::add(const std::string& file, std::uint64_t line, const std::string& reason,
                     std::string_view record) {
  if (!out_.is_open()) open();
  if (bytes_ == 0) write(kHeader);
  std::string text = csv_quoted(file) + ',' + std::to_string(line) + ',' + csv_quoted(reason) +
                     ',' + csv_quoted(record) + '\n';
  write(text);
}

void RejectFile::write(std::string_view text) {
  out_ << text;
  bytes_ += text.size();
}

void RejectFile::rewind(std::uint64_t bytes) {
  if (bytes == bytes_) return;
  flush();
  std::error_code error;
  std::filesystem::resize_file(path_, bytes, error);
  if (error) throw unusable(path_, "cannot be changed (" + error.message() + ")");
  bytes_ = bytes;
}

void RejectFile::flush() {
  if (!out_.is_open()) return;
  out_.flush();
  if (!out_) throw unusable(path_, "cannot be written");
}

}  // namespace marquee::movie::importer
