#pragma once
// What to do after a request: a pure function of its outcome. No clock, no IO, no randomness of its own.
//
//   Verdict verdict = judge(outcome, {.method = Method::batch, .items = 1000, .attempts = 3}, random());
//   switch (verdict.action) { … }
//
// A request is one of two kinds: a batch (POST of many items, which the server may refuse for the sake of one of them), or a
// single one (PATCH of one id, one upload). A batch that is refused is halved until the item at fault stands alone; a server
// that names the items at fault is believed if its numbers add up, and then nothing else is sent again.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "sdk/compress.h"
#include "sdk/transport.h"

namespace opik::sdk {

enum class Action {
  delivered,       // every item is stored, except those in Verdict::rejected
  retry,           // the same request again after Verdict::wait
  split,           // two requests, of the halves, each with attempts = 0
  reject,          // no item is stored or ever will be; Verdict::reason for each
  pause,           // keep everything, send nothing for Verdict::wait: the key, the workspace or the address is not accepted
  lower_encoding,  // the same request at once with zstd -> gzip -> identity
};

struct Rejection {
  size_t index = 0;  // in the request
  std::string reason;
};

struct Verdict {
  Action action = Action::retry;
  std::chrono::milliseconds wait{0};  // retry, pause
  std::string reason;                 // everything but delivered: "doing what: found what", for the log and FlushResult
  std::vector<Rejection> rejected;    // delivered: the items that the server named, ascending, each once
};

struct Attempt {
  bool is_batch = true;
  size_t items = 1;                        // in the request, at least 1
  unsigned attempts = 1;                   // how often this very request was sent by now, at least 1
  unsigned errors = 0;                     // 500s to it in a row, this answer included
  Encoding encoding = Encoding::identity;  // of its body
  // Whether another request was delivered since this one was first sent: then a server that answers 500 to this one alone
  // suffers from its content, not from an outage.
  bool others_delivered = false;
};

// The limits of waiting.
inline constexpr std::chrono::milliseconds kBackoffFirst{250};
inline constexpr std::chrono::milliseconds kBackoffMax{30'000};
inline constexpr std::chrono::milliseconds kServerWaitMax{600'000};  // what a server may ask for; more is taken as this
inline constexpr std::chrono::milliseconds kPauseWait{10'000};       // between two attempts with a refused key, as in Opik's SDK
inline constexpr unsigned kErrorsBeforeSplit = 4;                    // 500s in a row to a batch, before its halves are tried
inline constexpr unsigned kErrorsBeforeReject = 10;                  // 500s in a row to one item while others are delivered

// `random` in [0, 1).
Verdict judge(const base::Result<HttpResponse>& outcome, const Attempt& attempt, double random);

// The wait before attempt `attempts` + 1: doubles from kBackoffFirst to kBackoffMax, of which `random` takes off up to half.
std::chrono::milliseconds backoff(unsigned attempts, double random);

}  // namespace opik::sdk
