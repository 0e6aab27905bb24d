// Goal: whatever handlers do with a call, and whatever the client does meanwhile, each call ends once, and nothing stays behind.
// Method: libnghttp2's client side against GrpcCalls, byte by byte in memory.

#include "http/grpc_calls.h"

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <map>
#include <string>
#include <vector>

namespace opik::http {
namespace {

using namespace std::string_literals;
constexpr int64_t kSecondNs = 1'000'000'000;

// How a call ended, as the client sees it.
struct End {
  std::map<std::string, std::string> headers;
  std::string body;
  bool is_closed = false;
  uint32_t error = 0;
};

class GrpcClient {
 public:
  explicit GrpcClient(GrpcCalls& calls) : calls_(calls) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size, const uint8_t* value,
                      size_t value_size, uint8_t, void* user) {
          static_cast<GrpcClient*>(user)->ends[frame->hd.stream_id].headers[std::string(name, name + name_size)] =
              std::string(value, value + value_size);
          return 0;
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        callbacks, [](nghttp2_session*, uint8_t, int32_t id, const uint8_t* bytes, size_t size, void* user) {
          static_cast<GrpcClient*>(user)->ends[id].body.append(bytes, bytes + size);
          return 0;
        });
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, [](nghttp2_session*, int32_t id, uint32_t error, void* user) {
      End& end = static_cast<GrpcClient*>(user)->ends[id];
      end.is_closed = true;
      end.error = error;
      return 0;
    });
    nghttp2_session_client_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  ~GrpcClient() { nghttp2_session_del(session_); }
  GrpcClient(const GrpcClient&) = delete;

  // Begins a call; its stream ends behind `body` unless `is_cut`.
  int32_t call(std::string body, bool is_cut = false) {
    const auto pair = [](const char* name, const char* value) {
      const auto bytes = [](const char* text) { return reinterpret_cast<uint8_t*>(const_cast<char*>(text)); };
      return nghttp2_nv{bytes(name), bytes(value), std::string_view(name).size(), std::string_view(value).size(), NGHTTP2_NV_FLAG_NONE};
    };
    const std::vector<nghttp2_nv> head{pair(":method", "POST"), pair(":scheme", "http"), pair(":path", "/a.B/C"), pair(":authority", "x"),
                                       pair("content-type", "application/grpc")};
    sent_.push_back(std::make_unique<Sent>(Sent{std::move(body), is_cut}));
    nghttp2_data_provider provider{};
    provider.source.ptr = sent_.back().get();
    provider.read_callback = [](nghttp2_session*, int32_t, uint8_t* to, size_t room, uint32_t* flags, nghttp2_data_source* source,
                                void*) -> ssize_t {
      auto& sent = *static_cast<Sent*>(source->ptr);
      const size_t count = sent.body.copy(reinterpret_cast<char*>(to), room);
      sent.body.erase(0, count);
      if (count == 0 && sent.is_cut) return NGHTTP2_ERR_DEFERRED;
      if (sent.body.empty() && !sent.is_cut) *flags |= NGHTTP2_DATA_FLAG_EOF;
      return static_cast<ssize_t>(count);
    };
    return nghttp2_submit_request(session_, nullptr, head.data(), head.size(), &provider, nullptr);
  }
  void give_up(int32_t id) { nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL); }

  // Carries bytes both ways until there are none.
  void exchange(int64_t now_ns) {
    for (bool some = true; some;) {
      some = false;
      const uint8_t* bytes = nullptr;
      for (ssize_t count; (count = nghttp2_session_mem_send(session_, &bytes)) > 0; some = true) {
        for (ssize_t i = 0; i < count; ++i) calls_.receive({reinterpret_cast<const char*>(bytes + i), 1}, now_ns);
      }
      for (std::string_view back = calls_.to_send(); !back.empty(); back = calls_.to_send()) {
        nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(back.data()), back.size());
        some = true;
      }
    }
  }
  std::map<int32_t, End> ends;

 private:
  struct Sent {
    std::string body;
    bool is_cut = false;
  };
  GrpcCalls& calls_;
  nghttp2_session* session_ = nullptr;
  std::vector<std::unique_ptr<Sent>> sent_;
};

class GrpcCallsTest : public testing::Test {
 protected:
  GrpcCallsTest() {
    methods.add(Method::post, "/a.B/C", [](Request, Reply) {});
  }
  ~GrpcCallsTest() override { EXPECT_EQ(budget.used(), 0); }
  void exchange() { client.exchange(now_ns); }
  std::vector<GrpcCall> all() {
    std::vector<GrpcCall> found;
    while (std::optional<GrpcCall> call = calls.next()) found.push_back(*std::move(call));
    return found;
  }

  int64_t now_ns = kSecondNs;
  Limits limits;
  Counters counters;
  base::ByteBudget budget{1000};
  Router methods;
  GrpcCalls calls{{limits, counters, budget, methods}, now_ns};
  GrpcClient client{calls};
};

TEST_F(GrpcCallsTest, AnAnswerIsAMessageAndAStatus) {
  const int32_t id = client.call("\0\0\0\0\5hello"s);
  exchange();
  std::vector<GrpcCall> found = all();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].request.body.view(), "hello");
  EXPECT_EQ(found[0].request.in_flight.bytes(), 5);
  EXPECT_FALSE(client.ends[id].is_closed);
  EXPECT_EQ(calls.late_at_ns(), std::nullopt);
  Response response;
  response.body = "you";
  calls.answer(id, std::move(response));
  exchange();
  EXPECT_EQ(client.ends[id].body, "\0\0\0\0\3you"s);
  EXPECT_EQ(client.ends[id].headers["grpc-status"], "0");
  EXPECT_TRUE(client.ends[id].is_closed);
}

TEST_F(GrpcCallsTest, AFailureOfAHandlerIsInternal) {
  const int32_t id = client.call("\0\0\0\0\0"s);
  exchange();
  ASSERT_EQ(all().size(), 1U);
  calls.answer(id, plain_error(500, "secret"));
  exchange();
  EXPECT_EQ(client.ends[id].headers["grpc-status"], "13");
  EXPECT_EQ(client.ends[id].headers["grpc-message"].find("secret"), std::string::npos);
}

TEST_F(GrpcCallsTest, ACallThatWasGivenUpIsAnsweredToNobody) {
  const int32_t id = client.call("\0\0\0\0\0"s), other = client.call("\0\0\0\0\5he"s, true);
  exchange();
  ASSERT_EQ(all().size(), 1U);
  EXPECT_EQ(budget.used(), 5);
  client.give_up(id);
  client.give_up(other);
  exchange();
  EXPECT_EQ(budget.used(), 0);
  calls.answer(id, {});
  calls.answer(id, {});
  exchange();
  EXPECT_EQ(client.ends[id].headers.count("grpc-status"), 0U);
  EXPECT_EQ(calls.late_at_ns(), now_ns + std::chrono::nanoseconds(limits.idle_timeout).count());
}

// A client that gives up what handlers still work on cannot pile them up.
TEST_F(GrpcCallsTest, CallsInHandAreBounded) {
  size_t taken = 0;
  for (int i = 0; i < 200; ++i) {
    const int32_t id = client.call("\0\0\0\0\0"s);
    exchange();
    taken += all().size();
    client.give_up(id);
    exchange();
  }
  EXPECT_EQ(taken, kGrpcCallsInHandMax);
  for (int32_t id = 1; id < 400; id += 2) calls.answer(id, {});
  const int32_t id = client.call("\0\0\0\0\0"s);
  exchange();
  EXPECT_EQ(all().size(), 1U);
  calls.answer(id, {});
  exchange();
  EXPECT_EQ(client.ends[id].headers["grpc-status"], "0");
}

TEST_F(GrpcCallsTest, WithoutRoomOrProgressACallIsRefused) {
  const int32_t slow = client.call("\0\0\0\3\xe8"s, true);
  exchange();
  EXPECT_EQ(budget.used(), 1000);
  const int32_t refused = client.call("\0\0\0\0\1x"s);
  exchange();
  EXPECT_EQ(client.ends[refused].headers["grpc-status"], "14");
  EXPECT_EQ(counters.refused_busy.load(), 1U);
  ASSERT_TRUE(calls.late_at_ns());
  calls.expire(*calls.late_at_ns() - 1);
  exchange();
  EXPECT_FALSE(client.ends[slow].is_closed);
  calls.expire(*calls.late_at_ns());
  exchange();
  EXPECT_EQ(client.ends[slow].headers["grpc-status"], "4");
  EXPECT_EQ(client.ends[slow].error, static_cast<uint32_t>(NGHTTP2_NO_ERROR));
}

TEST_F(GrpcCallsTest, GoingAwayAnswersWhatIsThereAndTakesNoMore) {
  const int32_t id = client.call("\0\0\0\0\0"s);
  exchange();
  ASSERT_EQ(all().size(), 1U);
  calls.go_away();
  exchange();
  EXPECT_FALSE(calls.is_done());
  client.call("\0\0\0\0\0"s);
  exchange();
  EXPECT_TRUE(all().empty());
  calls.answer(id, {});
  exchange();
  EXPECT_EQ(client.ends[id].headers["grpc-status"], "0");
  EXPECT_TRUE(calls.is_done());
}

}  // namespace
}  // namespace opik::http
