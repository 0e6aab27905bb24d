#pragma once
// opik: traces of programs that use language models, sent to an Opik server (https://www.comet.com/opik, or opikd) in batches, with
// nothing lost. This page is the manual; the headers it includes say the rest.
//
//   #include <opik/opik.h>
//
//   int main() {
//     opik::Client client{{.project_name = "demo"}};          // else OPIK_* and ~/.opik.config; see config.h
//
//     // By hand. A trace is one request, its spans are the steps.
//     opik::Trace trace = client.trace({.name = "answer", .input = {{"question", "why?"}}, .tags = {"demo"}});
//     opik::Span llm = trace.span({.name = "llm", .type = opik::SpanType::llm, .model = "gpt-4o", .provider = "openai"});
//     llm.end({.output = {{"text", "because"}}, .usage = {{"prompt_tokens", 3}, {"completion_tokens", 1}}});
//     trace.end({.output = {{"text", "because"}}});
//     trace.log_feedback_score("useful", 0.9, {.reason = "it is short"});
//
//     // By scope: current_span() is the innermost, children find their parents, exceptions are recorded.
//     opik::set_global_client(std::move(client));
//     {
//       auto outer = opik::start_as_current_span({.name = "agent"});
//       auto search = opik::track("search", [](const std::string& words) { return words.size(); });
//       search("blue sky");
//       opik::update_current_span({.metadata = {{"tools", 1}}});
//     }
//
//     opik::FlushResult result = opik::global_client().flush(std::chrono::seconds(5));
//     return result.ok() ? 0 : 1;
//   }
//
// Build: find_package(opik CONFIG REQUIRED), target_link_libraries(app opik::opik). C++17 suffices: then write
// opik::TraceData{}.with_name("answer") for {.name = "answer"}. -fno-exceptions is fine.
//
// What to rely on
//   * No logging call throws, blocks, does IO or waits for a lock. It copies its arguments to a buffer of the thread; one thread of
//     the library merges them by id, others send. When the memory budget is used up records are rejected, and counted.
//   * Updates are not lost to batching. An update or end of what this process began joins it before it is sent, or, if that is on
//     its way or delivered, goes as the whole record again under a later stamp. It never goes as a patch that could overtake it.
//   * Delivery is tried until it succeeds: back-off, one bad record does not spoil its batch, and what cannot be sent is spooled
//     on disk, after anonymizers, for this process or the next (config.h, SpoolMode).
//   * flush() tells the truth: delivered, pending, rejected with reasons, spooled; Stats add up.
//   * fork(): the child starts empty and the parent keeps its records. exit(): ~Client, or failing that an exit handler, flushes for
//     at most exit_flush_timeout (10 s) and spools the rest. Static clients are fine. Telemetry: none.
//
// Limits: one value 64 MiB as JSON and 256 levels deep, one name 64 KiB, max_memory_mb for all that waits (256 MiB). Beyond them:
// value.h for values, a cut at a character for names, a counted rejection for memory. An empty name is allowed.

#include "opik/client.h"     // IWYU pragma: export
#include "opik/config.h"     // IWYU pragma: export
#include "opik/context.h"    // IWYU pragma: export
#include "opik/coroutine.h"  // IWYU pragma: export
#include "opik/data.h"       // IWYU pragma: export
#include "opik/handles.h"    // IWYU pragma: export
#include "opik/id.h"         // IWYU pragma: export
#include "opik/track.h"      // IWYU pragma: export
#include "opik/value.h"      // IWYU pragma: export
