// Goal: an attachment arrives whole over either kind of store, and a store that fails or a file that is not there has the right
// consequence.
// Method: a server in the test that plays Opik over its own files, and Opik over S3; bodies put together again and compared.
#include "sdk/attachment_upload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "sdk/http_test.h"
#include "sdk/json_reader.h"

namespace opik::sdk {
namespace {

using testing::HasSubstr;

struct Store {
  explicit Store(bool is_s3) : server([this](const TestRequest& request) { return answer(request); }), s3(is_s3) {
    TransportConfig config;
    config.base_url = server.url("/api/");
    config.headers = {{"Authorization", "key"}};
    transport = make_curl_transport(config);
    options.base_url = config.base_url;
  }

  std::string answer(const TestRequest& request) {
    if (request.target == "/api/v1/private/attachment/upload-start") {
      start = *read_json(request.body);
      if (start_status != 200) return http_answer(start_status, R"({"errors":["no"]})");
      if (!s3)
        return http_answer(
            200, R"({"upload_id":"BEMinIO","pre_sign_urls":[")" + server.url("/api/v1/private/attachment/upload?file_name=a") + "\"]}");
      std::string urls;
      for (int64_t i = 1; i <= start.at("num_of_file_parts").whole(); ++i)
        urls += (i > 1 ? ",\"" : "\"") + server.url("/s3/" + std::to_string(i)) + "\"";
      return http_answer(200, R"({"upload_id":"u-1","pre_sign_urls":[)" + urls + "]}");
    }
    if (request.target == "/api/v1/private/attachment/upload-complete") {
      complete = *read_json(request.body);
      return http_answer(204);
    }
    if (put_status != 200) return http_answer(put_status);
    stored += request.body;
    return http_answer(200, "", "ETag: \"e" + request.target.substr(request.target.size() - 1) + "\"\r\n");
  }

  Verdict upload(AttachmentUpload what) {
    what.entity_id = "0190babc-62a0-71d2-832a-0feffa4676eb";
    return upload_attachment(*transport, what, options, 0);
  }

  TestServer server;
  bool s3;
  int start_status = 200, put_status = 200;
  std::unique_ptr<Transport> transport;
  UploadOptions options;
  JsonNode start, complete;
  std::string stored;
};

std::string noise(size_t bytes) {
  std::string text(bytes, '\0');
  for (size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(i * 31 + i / 997);
  return text;
}

class TempFile {
 public:
  explicit TempFile(const std::string& content) : path(testing::TempDir() + "opik_attachment_" + std::to_string(getpid()) + ".PNG") {
    std::ofstream(path, std::ios::binary) << content;
  }
  ~TempFile() { std::remove(path.c_str()); }
  const std::string path;
};

TEST(AttachmentUpload, SendsBytesToAServerWithAStoreOfItsOwn) {
  Store store(false);
  AttachmentUpload what;
  what.entity = AttachmentUpload::Entity::span;
  what.bytes = std::string("a\0b", 3);
  what.file_name = "say \"hi\".json";
  what.project_name = "p";
  EXPECT_EQ(store.upload(what).action, Action::delivered);
  EXPECT_EQ(store.stored, what.bytes);
  EXPECT_EQ(store.start.at("file_name").text, what.file_name);
  EXPECT_EQ(store.start.at("mime_type").text, "application/json");
  EXPECT_EQ(store.start.at("entity_type").text, "span");
  EXPECT_EQ(store.start.at("entity_id").text, "0190babc-62a0-71d2-832a-0feffa4676eb");
  EXPECT_EQ(store.start.at("project_name").text, "p");
  EXPECT_EQ(store.start.at("num_of_file_parts").whole(), 1);
  EXPECT_EQ(store.server.requests().size(), 2u) << "nothing to complete";
  EXPECT_EQ(store.server.requests().at(1).headers.at("authorization"), "key");
  EXPECT_EQ(store.server.requests().at(1).headers.at("content-type"), "application/json");
}

TEST(AttachmentUpload, TellsTheServerItsAddress) {
  Store store(false);
  store.options.base_url = "http://a/?>b";
  EXPECT_EQ(store.upload({}).action, Action::delivered);
  EXPECT_EQ(store.start.at("path").text, "aHR0cDovL2EvPz5i");
  EXPECT_EQ(store.stored, "") << "an empty attachment is one";
}

TEST(AttachmentUpload, SendsAFileInPartsToS3) {
  Store store(true);
  const std::string content = noise(2 * kPartBytesMin + 12345);
  const TempFile file(content);
  AttachmentUpload what;
  what.path = file.path;
  EXPECT_EQ(store.upload(what).action, Action::delivered);
  EXPECT_TRUE(store.stored == content);
  EXPECT_EQ(store.start.at("num_of_file_parts").whole(), 3);
  EXPECT_EQ(store.start.at("mime_type").text, "image/png");
  EXPECT_EQ(store.complete.at("upload_id").text, "u-1");
  EXPECT_EQ(store.complete.at("file_size").whole(), static_cast<int64_t>(content.size()));
  ASSERT_EQ(store.complete.at("uploaded_file_parts").items.size(), 3u);
  EXPECT_EQ(store.complete.at("uploaded_file_parts").items[2].at("e_tag").text, "\"e3\"");
  EXPECT_EQ(store.complete.at("uploaded_file_parts").items[2].at("part_number").whole(), 3);
  EXPECT_EQ(store.server.requests().at(1).headers.count("authorization"), 0u) << "the key is not for the store";
}

TEST(AttachmentUpload, SendsTheSameInPartsFromMemory) {
  Store store(true);
  AttachmentUpload what;
  what.bytes = noise(kPartBytesMin + 1);
  EXPECT_EQ(store.upload(what).action, Action::delivered);
  EXPECT_TRUE(store.stored == what.bytes);
}

TEST(AttachmentUpload, RejectsAFileThatCannotBeRead) {
  Store store(false);
  AttachmentUpload what;
  what.path = "/no/such/file";
  Verdict verdict = store.upload(what);
  EXPECT_EQ(verdict.action, Action::reject);
  EXPECT_EQ(verdict.reason, "attaching /no/such/file: No such file or directory");
  what.path = "/";
  EXPECT_THAT(store.upload(what).reason, HasSubstr("not a regular file"));
  const std::string pipe = testing::TempDir() + "opik_pipe_" + std::to_string(getpid());
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  what.path = pipe;
  EXPECT_THAT(store.upload(what).reason, HasSubstr("not a regular file"));
  std::remove(pipe.c_str());
  EXPECT_EQ(store.server.connections(), 0);
}

TEST(AttachmentUpload, JudgesTheServerAndTheStoreApart) {
  Store store(true);
  AttachmentUpload what;
  what.bytes = "x";
  store.start_status = 401;
  EXPECT_EQ(store.upload(what).action, Action::pause);
  store.start_status = 400;
  EXPECT_EQ(store.upload(what).action, Action::reject);
  store.start_status = 503;
  EXPECT_EQ(store.upload(what).action, Action::retry);
  store.start_status = 200;
  store.put_status = 403;  // an address that expired
  EXPECT_EQ(store.upload(what).action, Action::retry);
  store.options.attempts = kStoreAttemptsMax;
  EXPECT_EQ(store.upload(what).action, Action::reject);
  store.put_status = 503;
  EXPECT_EQ(store.upload(what).action, Action::retry);
}

TEST(AttachmentUpload, RejectsWhenTheAnswerIsNotUnderstood) {
  TestServer server([](const TestRequest&) { return http_answer(200, "<html>a gateway</html>"); });
  TransportConfig config;
  config.base_url = server.url();
  const auto transport = make_curl_transport(config);
  EXPECT_EQ(upload_attachment(*transport, {}, {}, 0).action, Action::reject);
}

TEST(AttachmentUpload, GuessesTypes) {
  EXPECT_EQ(guess_mime_type("a.b.PDF"), "application/pdf");
  EXPECT_EQ(guess_mime_type("png"), "application/octet-stream");
  EXPECT_EQ(guess_mime_type("a."), "application/octet-stream");
  EXPECT_EQ(guess_mime_type("a.wav"), "audio/wav");
}

}  // namespace
}  // namespace opik::sdk
