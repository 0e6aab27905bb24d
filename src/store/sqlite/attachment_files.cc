#include "store/sqlite/attachment_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "base/sync_folder.h"
#include "base/uuid.h"

namespace opik::store::sqlite {
namespace {

using base::Code;
using base::Error;
using base::Result;

constexpr int kFolders = 256;
constexpr std::string_view kIncoming = "incoming";

std::string reason() { return std::system_category().message(errno); }

// A full or read-only disk can be mended, and the client may come again; anything else is ours.
Error failed(std::string_view doing) {
  const bool can_be_mended = errno == ENOSPC || errno == EDQUOT || errno == EFBIG || errno == EROFS || errno == EACCES || errno == EMFILE ||
                             errno == ENFILE || errno == ENOENT || errno == EIO;
  return {can_be_mended ? Code::unavailable : Code::internal, fmt::format("{}: {}", doing, reason())};
}

std::string folder_name(int folder) { return fmt::format("{:02x}", folder); }

std::string hex(const ContentHash& hash) {
  std::string text;
  for (const unsigned char byte : hash) text += fmt::format("{:02x}", byte);
  return text;
}

std::optional<ContentHash> parse_hex(std::string_view text) {
  ContentHash hash{};
  if (text.size() != 2 * hash.size()) return std::nullopt;
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  for (size_t i = 0; i < hash.size(); ++i) {
    const int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    hash[i] = static_cast<unsigned char>(high << 4 | low);
  }
  return hash;
}

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new()) { base::check(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1, "SHA-256 is there"); }
  void add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  ContentHash end() {
    ContentHash hash{};
    EVP_DigestFinal_ex(context_.get(), hash.data(), nullptr);
    return hash;
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace

class AttachmentFiles::Incoming final : public IncomingFile {
 public:
  Incoming(AttachmentFiles& files, std::filesystem::path path, int descriptor)
      : files_(files), path_(std::move(path)), descriptor_(descriptor) {}
  ~Incoming() override {
    ::close(descriptor_);
    if (!is_placed_) ::unlink(path_.c_str());
  }

  Result<void> write(std::string_view piece) override {
    sha_.add(piece);
    bytes_ += static_cast<int64_t>(piece.size());
    while (!piece.empty()) {
      const ssize_t count = ::write(descriptor_, piece.data(), piece.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return failed("storing an attachment");
      piece.remove_prefix(static_cast<size_t>(count));
    }
    return {};
  }

  const ContentHash& hash() override {
    if (!hash_) hash_ = sha_.end();
    return *hash_;
  }

  Result<StoredContent> keep() override {
    Result<StoredContent> content = files_.place(descriptor_, path_, hash(), bytes_);
    is_placed_ = content.has_value();
    return content;
  }

 private:
  AttachmentFiles& files_;
  const std::filesystem::path path_;
  const int descriptor_;
  Sha256 sha_;
  std::optional<ContentHash> hash_;
  int64_t bytes_ = 0;
  bool is_placed_ = false;
};

class AttachmentFiles::Outgoing final : public OutgoingFile {
 public:
  explicit Outgoing(int descriptor) : descriptor_(descriptor) {}
  ~Outgoing() override { ::close(descriptor_); }

  Result<void> read(uint64_t offset, size_t count, std::string& to) const override {
    size_t have = to.size();
    const size_t end = have + count;
    to.resize(end);
    while (have < end) {
      const ssize_t got = ::pread(descriptor_, to.data() + have, end - have, static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return Error{Code::internal, "reading an attachment: " + reason()};
      if (got == 0) return Error{Code::internal, "reading an attachment: found its end too early"};
      have += static_cast<size_t>(got);
      offset += static_cast<uint64_t>(got);
    }
    return {};
  }

 private:
  const int descriptor_;
};

AttachmentFiles::AttachmentFiles(Options options, ReaderPool& pool) : options_(std::move(options)), pool_(pool) {
  if (options_.read_only) return;
  std::error_code error;
  const std::filesystem::path incoming = options_.directory / kIncoming;
  std::filesystem::remove_all(incoming, error);
  std::filesystem::create_directories(incoming, error);
  for (int folder = 0; folder < kFolders && !error; ++folder) {
    std::filesystem::create_directory(options_.directory / folder_name(folder), error);
  }
  if (error)
    throw SqlError(SQLITE_CANTOPEN,
                   fmt::format("making the folders of attachments in {}: {}", options_.directory.string(), error.message()));
  if (options_.syncs) {
    base::sync_folder(options_.directory);
    base::sync_folder(options_.directory.parent_path());
  }
  for (int folder = 0; folder < kFolders; ++folder) collector_.post([this, folder] { sweep(folder); });
}

Result<std::unique_ptr<IncomingFile>> AttachmentFiles::receive() {
  std::filesystem::path path = options_.directory / kIncoming / base::Uuid::v7().text();
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (descriptor < 0) return failed("storing an attachment");
  return std::unique_ptr<IncomingFile>(std::make_unique<Incoming>(*this, std::move(path), descriptor));
}

Result<std::unique_ptr<OutgoingFile>> AttachmentFiles::open(const ContentHash& hash) const {
  const int descriptor = ::open(path_of(hash).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor >= 0) return std::unique_ptr<OutgoingFile>(std::make_unique<Outgoing>(descriptor));
  if (errno == ENOENT) return std::unique_ptr<OutgoingFile>();
  return failed("reading an attachment");
}

void AttachmentFiles::release(std::vector<ContentHash> hashes) {
  collector_.post([this, hashes = std::move(hashes)] {
    for (const ContentHash& hash : hashes) collect(hash);
  });
}

std::filesystem::path AttachmentFiles::path_of(const ContentHash& hash) const {
  const std::string name = hex(hash);
  return options_.directory / name.substr(0, 2) / name.substr(2);
}

std::shared_ptr<const void> AttachmentFiles::hold(const ContentHash& hash) {
  {
    const std::lock_guard lock(mutex_);
    ++holds_[hash];
  }
  // Shared by everything that may still name the file: which of them goes last is not known.
  return {this, [hash](AttachmentFiles* files) { files->let_go(hash); }};
}

void AttachmentFiles::let_go(const ContentHash& hash) {
  {
    const std::lock_guard lock(mutex_);
    const auto held = holds_.find(hash);
    if (--held->second > 0) return;
    holds_.erase(held);
  }
  release({hash});
}

// The file at `from` becomes the one of that content, unless there is one.
Result<StoredContent> AttachmentFiles::place(int descriptor, const std::filesystem::path& from, const ContentHash& hash, int64_t bytes) {
  StoredContent content{hash, bytes, hold(hash)};  // before looking: what is there from now on stays
  if (options_.syncs && ::fdatasync(descriptor) != 0) return failed("storing an attachment");
  const std::filesystem::path to = path_of(hash);
  const std::lock_guard lock(placing_);
  struct stat there {};
  if (::stat(to.c_str(), &there) == 0 && there.st_size == bytes) {
    ::unlink(from.c_str());
    return content;
  }
  if (::rename(from.c_str(), to.c_str()) != 0) return failed("storing an attachment");
  if (options_.syncs && !base::sync_folder(to.parent_path())) return failed("storing an attachment");
  return content;
}

void AttachmentFiles::collect(const ContentHash& hash) {
  const std::lock_guard lock(mutex_);
  if (holds_.contains(hash)) return;
  const Result<bool> is_named = read_guarded(pool_, [&](Connection& db) -> Result<bool> {
    Statement& find = db.prepared("SELECT EXISTS (SELECT 1 FROM attachments WHERE content = ?1)");
    ResetGuard guard(find);
    find.bind_blob(1, {reinterpret_cast<const char*>(hash.data()), hash.size()}).step();
    return find.integer(0) != 0;
  });
  if (!is_named) {
    spdlog::warn("store: a file of attachments is not looked after until the next start reason=\"{}\"", is_named.error().message);
  } else if (!*is_named && ::unlink(path_of(hash).c_str()) != 0 && errno != ENOENT) {
    spdlog::warn("store: deleting {}: {}", path_of(hash).string(), reason());
  }
}

// Every file of the folder that no row names goes; what is not one of ours stays.
void AttachmentFiles::sweep(int folder) {
  std::error_code error;
  const std::string name = folder_name(folder);
  for (const auto& entry : std::filesystem::directory_iterator(options_.directory / name, error)) {
    if (const std::optional<ContentHash> hash = parse_hex(name + entry.path().filename().string())) collect(*hash);
  }
  if (error) spdlog::warn("store: sweeping attachments in {}: {}", name, error.message());
}

}  // namespace opik::store::sqlite
