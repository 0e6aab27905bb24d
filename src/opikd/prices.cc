// opikd prices: what the server estimates costs by, printed, or refreshed from a user's files.

#include "opikd/prices.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "base/sync_folder.h"
#include "opikd/commands.h"

namespace opik::opikd {

namespace {

using base::Code;
using base::Error;
using base::Result;
using cost::PriceTable;
using std::filesystem::path;

constexpr const char* kFileName = "prices.tsv";

Error failed(std::string_view doing, const path& what) {
  return {Code::unavailable, fmt::format("{} {}: {}", doing, what.string(), std::strerror(errno))};
}

Result<std::string> read_text(const path& file) {
  const std::unique_ptr<FILE, int (*)(FILE*)> in(std::fopen(file.c_str(), "rbe"), std::fclose);
  if (!in) return failed("opening", file);
  std::string text;
  char piece[size_t{64} << 10];
  while (const size_t count = std::fread(piece, 1, sizeof(piece), in.get())) {
    text.append(piece, count);
    if (text.size() > cost::kPriceFileBytesMax) {
      return Error{Code::invalid,
                   fmt::format("{}: expected a file with prices of at most {} bytes, found more", file.string(), cost::kPriceFileBytesMax)};
    }
  }
  if (std::ferror(in.get()) != 0) return failed("reading", file);
  return text;
}

Result<PriceTable> read_table(const path& file, Result<PriceTable> (*parse)(std::string_view)) {
  const Result<std::string> text = read_text(file);
  if (!text) return text.error();
  Result<PriceTable> table = parse(*text);
  if (!table) return Error{table.error().code, fmt::format("{}: {}", file.string(), table.error().message)};
  return table;
}

// A file on disk, or none: unless it is kept, it goes away again.
class NewFile {
 public:
  explicit NewFile(path name) : name_(std::move(name)), descriptor_(::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)) {}
  ~NewFile() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    if (!kept_) ::unlink(name_.c_str());
  }
  NewFile(const NewFile&) = delete;

  bool write(std::string_view text) const {
    while (descriptor_ >= 0 && !text.empty()) {
      const ssize_t count = ::write(descriptor_, text.data(), text.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return false;
      text.remove_prefix(static_cast<size_t>(count));
    }
    return descriptor_ >= 0 && ::fsync(descriptor_) == 0;
  }
  bool keep_as(const path& name) { return kept_ = ::rename(name_.c_str(), name.c_str()) == 0; }

 private:
  const path name_;
  const int descriptor_;
  bool kept_ = false;
};

// Whoever reads `file` meanwhile sees all of the old or all of the new one.
Result<void> replace(const path& file, std::string_view text) {
  NewFile made(fmt::format("{}.{}.new", file.string(), ::getpid()));
  if (!made.write(text) || !made.keep_as(file) || !base::sync_folder(file.parent_path())) return failed("writing", file);
  return {};
}

Result<void> print_table(const std::string& data) {
  Result<PricesInUse> prices = prices_in_use(data);
  if (!prices) return prices.error();
  fmt::print("{}", prices->table.text());
  return {};
}

Result<void> install(const std::string& data, const std::vector<std::string>& files) {
  PriceTable own;
  for (const std::string& file : files) {
    Result<PriceTable> table = read_table(file, PriceTable::read);
    if (!table) return table.error();
    if (table->size() == 0) return Error{Code::invalid, fmt::format("{}: found no models, expected at least one", file)};
    own.add(*table);
    if (own.size() > cost::kPriceRowsMax) {
      return Error{Code::invalid, fmt::format("{}: more than {} models with those of the files before it", file, cost::kPriceRowsMax)};
    }
  }
  std::error_code error;
  std::filesystem::create_directories(data, error);
  if (error) return Error{Code::unavailable, fmt::format("making the data directory {}: {}", data, error.message())};
  const path installed = path(data) / kFileName;
  if (Result<void> replaced = replace(installed, own.text()); !replaced) return replaced;
  PriceTable all = PriceTable::built_in();
  const size_t built_in = all.size();
  all.add(own);
  fmt::print("{}: {} models, {} of them in place of built-in ones; opikd serve reads it when it starts\n", installed.string(), own.size(),
             built_in + own.size() - all.size());
  return {};
}

}  // namespace

Result<PricesInUse> prices_in_use(const std::string& data) {
  PricesInUse prices{PriceTable::built_in()};
  const path file = path(data) / kFileName;
  std::error_code error;
  if (std::filesystem::symlink_status(file, error).type() == std::filesystem::file_type::not_found) return prices;
  const Result<PriceTable> own = read_table(file, PriceTable::parse);
  if (!own) return own.error();
  prices.own = own->size();
  prices.table.add(*own);
  return prices;
}

int prices(const Config& config, const std::vector<std::string>& files) {
  const Result<void> done = files.empty() ? print_table(config.data) : install(config.data, files);
  if (done) return kExitOk;
  fmt::print(stderr, "opikd: {}\n", done.error().message);
  return kExitFailed;
}

}  // namespace opik::opikd
