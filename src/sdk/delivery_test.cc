// Goal: every outcome of a request has the one right consequence, and no consequence loses an item that was not at fault.
// Method: a table over statuses and kinds of request; a server played in memory that is brought through halving to the end.
#include "sdk/delivery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <set>

namespace opik::sdk {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

HttpResponse answer(int status, std::string body = "") {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

constexpr Attempt kBatch{.is_batch = true, .items = 10};
constexpr Attempt kSingle{.is_batch = false};

TEST(Delivery, KnowsEveryStatus) {
  struct Case {
    int status;
    Action batch, one_item_batch, single;
  };
  const Case cases[] = {
      {200, Action::delivered, Action::delivered, Action::delivered},
      {201, Action::delivered, Action::delivered, Action::delivered},
      {204, Action::delivered, Action::delivered, Action::delivered},
      {301, Action::pause, Action::pause, Action::pause},
      {400, Action::split, Action::reject, Action::reject},
      {401, Action::pause, Action::pause, Action::pause},
      {402, Action::pause, Action::pause, Action::pause},
      {403, Action::pause, Action::pause, Action::pause},
      {404, Action::pause, Action::pause, Action::reject},
      {405, Action::reject, Action::reject, Action::reject},
      {408, Action::retry, Action::retry, Action::retry},
      {409, Action::reject, Action::reject, Action::reject},
      {413, Action::split, Action::reject, Action::reject},
      {415, Action::split, Action::reject, Action::reject},
      {422, Action::split, Action::reject, Action::reject},
      {425, Action::retry, Action::retry, Action::retry},
      {429, Action::retry, Action::retry, Action::retry},
      {500, Action::retry, Action::retry, Action::retry},
      {501, Action::reject, Action::reject, Action::reject},
      {502, Action::retry, Action::retry, Action::retry},
      {503, Action::retry, Action::retry, Action::retry},
      {504, Action::retry, Action::retry, Action::retry},
      {507, Action::retry, Action::retry, Action::retry},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(judge(answer(c.status), kBatch, 0.5).action, c.batch) << c.status;
    EXPECT_EQ(judge(answer(c.status), {.is_batch = true, .items = 1}, 0.5).action, c.one_item_batch) << c.status;
    EXPECT_EQ(judge(answer(c.status), kSingle, 0.5).action, c.single) << c.status;
  }
}

TEST(Delivery, TellsTheServersReason) {
  EXPECT_EQ(judge(answer(409, R"({"errors":["trace_id does not match the existing span"]})"), kSingle, 0).reason,
            "the server answered 409: trace_id does not match the existing span");
  EXPECT_EQ(judge(answer(400, R"({"code":400,"message":"Unable to process JSON"})"), kSingle, 0).reason,
            "the server answered 400: Unable to process JSON");
  EXPECT_EQ(judge(answer(502, "<html>Bad Gateway</html>"), kBatch, 0).reason, "the server answered 502: <html>Bad Gateway</html>");
  EXPECT_EQ(judge(answer(503), kBatch, 0).reason, "the server answered 503");
  std::string long_text;
  for (int i = 0; i < 1000; ++i) long_text += "é";
  const std::string reason = judge(answer(400, long_text), kSingle, 0).reason;
  EXPECT_LT(reason.size(), 600u);
  EXPECT_THAT(reason, HasSubstr("éé…"));
}

TEST(Delivery, PausesForAnUnknownWorkspaceWhateverTheRequest) {
  EXPECT_EQ(judge(answer(404, R"({"code":404,"message":"Workspace not found"})"), kSingle, 0).action, Action::pause);
  EXPECT_EQ(judge(answer(404, R"({"errors":["Project not found"]})"), kSingle, 0).action, Action::reject);
}

TEST(Delivery, BelievesAListOfRejectionsThatAddsUp) {
  const std::string body = R"({"errors":["x"],"rejected":[{"index":7,"id":"a","error":"late"},{"index":2,"error":"no name"}],"stored":8})";
  const Verdict verdict = judge(answer(422, body), kBatch, 0);
  EXPECT_EQ(verdict.action, Action::delivered);
  ASSERT_EQ(verdict.rejected.size(), 2u);
  EXPECT_EQ(verdict.rejected[0].index, 2u);
  EXPECT_EQ(verdict.rejected[0].reason, "the server answered 422: no name");
  EXPECT_EQ(verdict.rejected[1].index, 7u);
}

TEST(Delivery, HalvesWhenTheListDoesNotAddUp) {
  for (const char* body : {R"({"rejected":[{"index":2,"error":"x"}],"stored":8})",                                     // one is missing
                           R"({"rejected":[{"index":10,"error":"x"}],"stored":9})",                                    // no such item
                           R"({"rejected":[{"index":2,"error":"x"},{"index":2,"error":"y"}],"stored":8})",             // twice
                           R"({"rejected":[{"index":-1,"error":"x"}],"stored":9})", R"({"rejected":[],"stored":10})",  // none
                           R"({"rejected":[{"index":2,"error":"x"}]})", R"({"rejected":[{"error":"x"}],"stored":9})"}) {
    EXPECT_EQ(judge(answer(422, body), kBatch, 0).action, Action::split) << body;
  }
}

TEST(Delivery, AllItemsNamedMeansNoneStored) {
  const Verdict verdict = judge(answer(400, R"({"rejected":[{"index":0,"error":"x"}],"stored":0})"), {.is_batch = true, .items = 1}, 0);
  EXPECT_EQ(verdict.action, Action::delivered);
  EXPECT_EQ(verdict.rejected.size(), 1u);
}

TEST(Delivery, RetriesWithoutAnAnswer) {
  for (base::Code code : {base::Code::unavailable, base::Code::busy, base::Code::internal}) {
    const Verdict verdict = judge(base::Error{code, "connecting: refused"}, kBatch, 0);
    EXPECT_EQ(verdict.action, Action::retry);
    EXPECT_EQ(verdict.wait, kBackoffFirst);
    EXPECT_EQ(verdict.reason, "connecting: refused");
  }
  EXPECT_EQ(judge(base::Error{base::Code::invalid, "no URL"}, kBatch, 0).action, Action::pause);
  EXPECT_EQ(judge(base::Error{base::Code::invalid, "no URL"}, kSingle, 0).action, Action::reject);
}

TEST(Delivery, WaitsAsLongAsTheServerAsks) {
  HttpResponse limited = answer(429);
  limited.retry_after = milliseconds(7000);
  EXPECT_EQ(judge(limited, kBatch, 0).wait, milliseconds(7000));
  EXPECT_EQ(judge(limited, kBatch, 0.5).wait, milliseconds(7350));
  limited.retry_after = milliseconds(0);
  EXPECT_GT(judge(limited, kBatch, 0).wait, milliseconds(0));
  limited.retry_after = std::chrono::hours(24);
  EXPECT_EQ(judge(limited, kBatch, 0).wait, kServerWaitMax);
  limited.retry_after.reset();
  EXPECT_EQ(judge(limited, {.attempts = 3}, 0).wait, kBackoffFirst * 4);
}

TEST(Delivery, BacksOffWithinItsBounds) {
  EXPECT_EQ(backoff(1, 0), kBackoffFirst);
  EXPECT_EQ(backoff(2, 0), kBackoffFirst * 2);
  EXPECT_EQ(backoff(0, 0), kBackoffFirst);
  for (unsigned attempts : {1U, 5U, 8U, 100U, 4'000'000'000U}) {
    for (double random : {0.0, 0.3, 0.999}) {
      const milliseconds wait = backoff(attempts, random);
      EXPECT_GE(wait, kBackoffFirst / 2);
      EXPECT_LE(wait, kBackoffMax);
    }
    EXPECT_LT(backoff(attempts, 0.9), backoff(attempts, 0.1));
  }
  EXPECT_EQ(backoff(100, 0), kBackoffMax);
}

TEST(Delivery, LowersTheEncodingThatIsRefused) {
  EXPECT_EQ(judge(answer(415), {.items = 10, .encoding = Encoding::zstd}, 0).action, Action::lower_encoding);
  EXPECT_EQ(judge(answer(415), {.items = 10, .encoding = Encoding::gzip}, 0).action, Action::lower_encoding);
  EXPECT_EQ(judge(answer(415), {.items = 10}, 0).action, Action::split);
}

TEST(Delivery, GivesUpOnAnErrorOnlyWhenOthersGetThrough) {
  EXPECT_EQ(judge(answer(500), {.items = 10, .attempts = 100, .errors = kErrorsBeforeSplit - 1}, 0).action, Action::retry);
  EXPECT_EQ(judge(answer(500), {.items = 10, .errors = kErrorsBeforeSplit}, 0).action, Action::split);
  EXPECT_EQ(judge(answer(503), {.items = 10, .attempts = 100, .errors = 100}, 0).action, Action::retry);
  EXPECT_EQ(judge(answer(500), {.items = 1, .attempts = 100, .errors = 100}, 0).action, Action::retry);
  EXPECT_EQ(judge(answer(500), {.items = 1, .errors = kErrorsBeforeReject, .others_delivered = true}, 0).action, Action::reject);
  EXPECT_EQ(judge(answer(500), {.items = 1, .errors = kErrorsBeforeReject - 1, .others_delivered = true}, 0).action, Action::retry);
  // An unlucky one: many troubles of many kinds, of which the last happens to be a 500.
  EXPECT_EQ(judge(answer(500), {.items = 1, .attempts = 100, .errors = 1, .others_delivered = true}, 0).action, Action::retry);
}

// A batch brought to its end against `server`, as the sender does it: the items stored, and those rejected.
struct End {
  std::set<size_t> stored, rejected;
  int requests = 0;
};

End deliver(size_t items, const std::function<HttpResponse(const std::vector<size_t>&)>& server) {
  End end;
  struct Piece {
    size_t first, last;
    unsigned attempts = 0, errors = 0;
  };
  std::deque<Piece> pieces{{0, items}};
  while (!pieces.empty() && end.requests < 10'000) {
    Piece piece = pieces.front();
    pieces.pop_front();
    std::vector<size_t> sent;
    for (size_t i = piece.first; i < piece.last; ++i) sent.push_back(i);
    ++end.requests;
    ++piece.attempts;
    const HttpResponse response = server(sent);
    piece.errors = response.status == 500 ? piece.errors + 1 : 0;
    const Verdict verdict = judge(
        response, {.items = sent.size(), .attempts = piece.attempts, .errors = piece.errors, .others_delivered = !end.stored.empty()}, 0);
    switch (verdict.action) {
      case Action::delivered: {
        std::set<size_t> good(sent.begin(), sent.end());
        for (const Rejection& rejection : verdict.rejected) {
          good.erase(sent[rejection.index]);
          end.rejected.insert(sent[rejection.index]);
        }
        end.stored.insert(good.begin(), good.end());
        break;
      }
      case Action::split: {
        const size_t middle = piece.first + (piece.last - piece.first) / 2;
        pieces.push_back({piece.first, middle});
        pieces.push_back({middle, piece.last});
        break;
      }
      case Action::reject:
        end.rejected.insert(sent.begin(), sent.end());
        break;
      default:
        pieces.push_back(piece);
    }
  }
  return end;
}

std::set<size_t> all_but(size_t items, const std::set<size_t>& poison) {
  std::set<size_t> good;
  for (size_t i = 0; i < items; ++i) {
    if (!poison.count(i)) good.insert(i);
  }
  return good;
}

TEST(Delivery, PoisonCostsOnlyItself) {
  for (const std::set<size_t>& poison : {std::set<size_t>{}, {0}, {999}, {500}, {3, 4, 5, 700}}) {
    for (int status : {400, 413, 422, 500}) {
      const End end = deliver(1000, [&](const std::vector<size_t>& sent) {
        for (size_t i : sent) {
          if (poison.count(i)) return answer(status);
        }
        return answer(204);
      });
      EXPECT_EQ(end.rejected, poison) << status;
      EXPECT_EQ(end.stored, all_but(1000, poison)) << status;
      if (status != 500) {
        EXPECT_LE(end.requests, 1 + static_cast<int>(poison.size()) * 2 * 10);
      }
    }
  }
}

TEST(Delivery, ServerThatNamesPoisonIsAskedOnce) {
  const std::set<size_t> poison{1, 500};
  const End end = deliver(1000, [&](const std::vector<size_t>&) {
    return answer(422, R"({"rejected":[{"index":1,"error":"a"},{"index":500,"error":"b"}],"stored":998})");
  });
  EXPECT_EQ(end.requests, 1);
  EXPECT_EQ(end.rejected, poison);
  EXPECT_EQ(end.stored, all_but(1000, poison));
}

}  // namespace
}  // namespace opik::sdk
