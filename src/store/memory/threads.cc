#include "store/memory/threads.h"

#include <algorithm>
#include <tuple>

#include "codec/decode.h"
#include "store/memory/filter.h"
#include "store/memory/memory_store.h"
#include "store/memory/statistics.h"
#include "store/memory/text_search.h"

namespace opik::store::memory {

using base::Code;
using base::Error;
using base::Result;
using base::Uuid;
using model::Field;
using model::Kind;
using model::Record;
using model::Thread;
using query::Operand;

namespace {

std::optional<ThreadKey> thread_of(const model::Fields& trace) {
  if (trace.text(Field::thread_id).empty()) return std::nullopt;
  return ThreadKey{trace.integer(Field::project), std::string(trace.text(Field::thread_id))};
}

// A thread as a trace with the same values, so that what is defined for traces need not be defined again.
Record as_trace(const Thread& thread) {
  Record trace;
  trace.id = thread.id;
  model::Fields& fields = trace.view.fields;
  fields[Field::thread_id] = thread.thread_id;
  fields[Field::start_time] = thread.start_time_ns;
  if (thread.end_time_ns) fields[Field::end_time] = *thread.end_time_ns;
  if (!thread.first_message.empty()) fields[Field::input] = thread.first_message;
  if (!thread.last_message.empty()) fields[Field::output] = thread.last_message;
  if (!thread.source.empty()) fields[Field::source] = thread.source;
  if (!thread.tags.empty()) fields[Field::tags] = thread.tags;
  fields[Field::type] = thread.is_active ? "active" : "inactive";
  trace.view.created_at_us = thread.created_at_us;
  trace.view.last_updated_at_us = thread.last_updated_at_us;
  trace.scores = thread.scores;
  trace.totals.usage = thread.usage;
  trace.totals.cost = thread.cost;
  trace.totals.span_count = thread.trace_count * model::kMessagesOfTrace;
  return trace;
}

Operand as_of_trace(Operand operand) {
  switch (operand) {
    case Operand::id:
      return Operand::thread_id;
    case Operand::first_message:
      return Operand::input;
    case Operand::last_message:
      return Operand::output;
    case Operand::number_of_messages:
      return Operand::span_count;
    case Operand::status:
      return Operand::type;
    default:
      return operand;
  }
}

query::Filter as_of_trace(query::Filter filter) {
  for (query::Condition& condition : filter.conditions) condition.operand = as_of_trace(condition.operand);
  return filter;
}

void sort_threads(std::vector<Thread>& threads, const query::Window& window) {
  if (!window.sort.empty()) {
    std::vector<query::SortKey> keys = window.sort;
    for (query::SortKey& key : keys) key.operand = as_of_trace(key.operand);
    std::map<Uuid, Thread> by_id;
    std::vector<Record> order;
    for (Thread& thread : threads) {
      order.push_back(as_trace(thread));
      by_id.emplace(thread.id, std::move(thread));
    }
    sort_records(order, keys);
    threads.clear();
    for (const Record& record : order) threads.push_back(std::move(by_id.at(record.id)));
  } else if (window.order == query::Window::Order::newest) {
    std::sort(threads.begin(), threads.end(), [](const Thread& a, const Thread& b) { return a.id > b.id; });
  } else {
    std::sort(threads.begin(), threads.end(), [](const Thread& a, const Thread& b) {
      return std::tuple(b.last_updated_at_us, a.start_time_ns, b.end_time_ns, b.id) <
             std::tuple(a.last_updated_at_us, b.start_time_ns, a.end_time_ns, a.id);
    });
  }
}

}  // namespace

// ---- the state

void MemoryStore::State::touch(const Key& key, const Known* before, const Known* after, int64_t arrival_us, bool is_create) {
  const auto of = [](const Known* trace) { return trace == nullptr ? std::nullopt : thread_of(trace->view.fields); };
  if (key.kind != Kind::trace || (!of(before) && !of(after))) return;
  const auto [at, is_first] = touched.try_emplace(key);
  if (is_first) at->second.before = of(before);
  at->second.arrival_us = std::max(at->second.arrival_us, arrival_us);
  if (is_create) at->second.create_arrival_us = std::max(at->second.create_arrival_us, arrival_us);
}

void MemoryStore::State::settle_threads() {
  std::map<ThreadKey, int64_t> active_at_us;
  for (const auto& [key, trace] : touched) {
    const Known* known = find(key);
    const std::optional<ThreadKey> now = known == nullptr ? std::nullopt : thread_of(known->view.fields);
    if (!now) continue;
    int64_t& active = active_at_us[*now];
    active = std::max(active, now == trace.before ? trace.create_arrival_us : trace.arrival_us);
  }
  touched.clear();
  std::map<ThreadKey, std::pair<int64_t, int64_t>> there;  // workspace, and when its oldest trace was created
  for (const auto& [key, known] : entities) {
    if (key.kind != Kind::trace) continue;
    const std::optional<ThreadKey> thread = thread_of(known.view.fields);
    if (!thread) continue;
    const auto [at, is_new] = there.try_emplace(*thread, key.workspace, known.view.created_at_us);
    at->second.second = std::min(at->second.second, known.view.created_at_us);
  }
  for (const auto& [thread, found] : there) {
    const auto [at, is_new] = threads.try_emplace(thread);
    OwnThread& own = at->second;
    if (is_new) {
      own.workspace = found.first;
      own.id = model::thread_model_id(found.second, thread.first, thread.second);
    }
    own.has_traces = true;
    const auto active = active_at_us.find(thread);
    if (active == active_at_us.end()) continue;
    own.active_at_us = std::max(own.active_at_us, active->second);
    if (own.closed_at_us && *own.closed_at_us <= active->second) own.closed_at_us.reset();
  }
  for (auto at = threads.begin(); at != threads.end();) {
    const auto gone = at++;
    if (gone->second.has_traces && !there.contains(gone->first)) remove_thread(gone->first);
  }
}

void MemoryStore::State::remove_thread(const ThreadKey& key) {
  const auto at = threads.find(key);
  if (at == threads.end()) return;
  std::erase_if(thread_scores, [&](const auto& item) { return item.second.entity_id == at->second.id; });
  threads.erase(at);
}

Thread MemoryStore::State::thread(const ThreadKey& key, int64_t active_since_us) const {
  const OwnThread& own = threads.at(key);
  Thread thread;
  thread.thread_id = key.second;
  thread.id = own.id;
  thread.project_id = projects.at(key.first).project.id;
  thread.tags = own.tags;
  thread.is_active = !own.closed_at_us && own.active_at_us >= active_since_us;
  thread.last_updated_at_us = own.edited_at_us;
  std::vector<Record> traces;
  for (const auto& [of, known] : entities) {
    if (of.kind == Kind::trace && thread_of(known.view.fields) == key) traces.push_back(record(of, known));
  }
  thread.trace_count = static_cast<int64_t>(traces.size());
  thread.created_at_us = traces.front().view.created_at_us;
  for (const Record& trace : traces) {
    thread.created_at_us = std::min(thread.created_at_us, trace.view.created_at_us);
    thread.last_updated_at_us = std::max(thread.last_updated_at_us, trace.view.last_updated_at_us);
    for (const auto& [name, count] : trace.totals.usage) thread.usage[name] += count;
    thread.cost += trace.totals.cost;
  }
  const auto start = [](const Record& trace) { return std::pair(trace.view.fields.integer(Field::start_time), trace.id); };
  const auto end = [](const Record& trace) {
    const model::Fields& fields = trace.view.fields;
    return std::pair(fields.has(Field::end_time) ? std::optional(fields.integer(Field::end_time)) : std::nullopt, trace.id);
  };
  const Record& first = *std::min_element(traces.begin(), traces.end(), [&](auto& a, auto& b) { return start(a) < start(b); });
  const Record& last = *std::max_element(traces.begin(), traces.end(), [&](auto& a, auto& b) { return end(a) < end(b); });
  thread.start_time_ns = start(first).first;
  thread.end_time_ns = end(last).first;
  thread.first_message = first.view.fields.text(Field::input);
  thread.last_message = last.view.fields.text(Field::output);
  thread.source = first.view.fields.text(Field::source);
  for (const auto& [of, said] : thread_scores) {
    if (said.entity_id == own.id) thread.scores.push_back(said);
  }
  return thread;
}

// ---- reading

Result<std::optional<ThreadRef>> MemoryThreads::find(int64_t workspace, const Uuid& id) const {
  for (const auto& [key, own] : store_.committed()->threads) {
    if (own.workspace == workspace && own.id == id && own.has_traces) return std::optional(ThreadRef{own.id, key.first, key.second});
  }
  return std::optional<ThreadRef>{};
}

Result<std::optional<ThreadRef>> MemoryThreads::find(int64_t workspace, int64_t project, std::string_view thread_id) const {
  for (const auto& [key, own] : store_.committed()->threads) {
    if (own.workspace != workspace || key.first != project || key.second != thread_id || !own.has_traces) continue;
    return std::optional(ThreadRef{own.id, key.first, key.second});
  }
  return std::optional<ThreadRef>{};
}

Result<std::optional<Thread>> MemoryThreads::get(int64_t workspace, const Uuid& id, int64_t active_since_us) const {
  const Result<std::optional<ThreadRef>> found = find(workspace, id);
  if (!*found) return std::optional<Thread>{};
  return std::optional(store_.committed()->thread({(*found)->project, (*found)->thread_id}, active_since_us));
}

std::vector<Thread> MemoryThreads::select(const ThreadSelection& which) const {
  const auto state = store_.committed();
  const query::Filter filter = as_of_trace(which.filter);
  std::vector<Thread> out;
  for (const auto& [key, own] : state->threads) {
    if (own.workspace != which.workspace || key.first != which.project || !own.has_traces) continue;
    const auto is_in_range = [&, &key = key](const auto& item) {  // Clang 14 captures no structured binding of itself.
      const auto& [of, known] = item;
      return of.kind == Kind::trace && thread_of(known.view.fields) == key && (!which.id_from || of.id >= *which.id_from) &&
             (!which.id_to || of.id <= *which.id_to);
    };
    if (std::none_of(state->entities.begin(), state->entities.end(), is_in_range)) continue;
    Thread thread = state->thread(key, which.active_since_us);
    Record trace = as_trace(thread);
    if (!fulfils(trace, filter)) continue;
    trace.view.fields[Field::type] = {};
    trace.view.fields[Field::source] = {};
    if (which.search.empty() || contains_text(trace, which.search)) out.push_back(std::move(thread));
  }
  return out;
}

Result<std::vector<Thread>> MemoryThreads::list(const ThreadSelection& which, const query::Window& window) const {
  std::vector<Thread> found = select(which);
  sort_threads(found, window);
  if (window.before) std::erase_if(found, [&](const Thread& thread) { return thread.id >= *window.before; });
  const size_t first = std::min(static_cast<size_t>(window.offset), found.size());
  const size_t last = first + std::min(static_cast<size_t>(window.limit), found.size() - first);
  return std::vector<Thread>(found.begin() + static_cast<std::ptrdiff_t>(first), found.begin() + static_cast<std::ptrdiff_t>(last));
}

Result<ThreadPage> MemoryThreads::page(const ThreadSelection& which, const query::Window& window) const {
  return ThreadPage{*list(which, window), static_cast<int64_t>(select(which).size())};
}

// What is the same for traces is taken from their statistics.
Result<model::ThreadStats> MemoryThreads::stats(const ThreadSelection& which) const {
  std::vector<Record> traces;
  for (const Thread& thread : select(which)) traces.push_back(as_trace(thread));
  const model::Stats of_traces = statistics_of(traces);
  return model::ThreadStats{.count = of_traces.count,
                            .duration_ms = of_traces.duration_ms,
                            .messages_average = of_traces.span_count_average,
                            .tags_average = of_traces.tags_average,
                            .cost_average = of_traces.cost_average,
                            .cost_sum = of_traces.cost_sum,
                            .usage_average = of_traces.usage_average,
                            .usage_sum = of_traces.usage_sum,
                            .score_average = of_traces.score_average};
}

// ---- writing

Result<void> MemoryThreads::set_active(const ThreadNames& which, bool is_active, int64_t arrival_us) {
  MemoryStore::State& state = store_.open();
  state.settle_threads();
  std::string unknown;
  for (const std::string& thread_id : which.thread_ids) {
    const auto at = state.threads.find({which.project, thread_id});
    if (at == state.threads.end() || !at->second.has_traces) unknown += (unknown.empty() ? "" : ", ") + thread_id;
  }
  if (!unknown.empty()) return Error{Code::not_found, "Thread '[" + unknown + "]' not found:"};
  for (const std::string& thread_id : which.thread_ids) {
    OwnThread& own = state.threads.at({which.project, thread_id});
    own.edited_at_us = arrival_us;
    own.closed_at_us.reset();
    if (is_active) {
      own.active_at_us = std::max(own.active_at_us, arrival_us);
    } else {
      own.closed_at_us = arrival_us;
    }
  }
  return {};
}

Result<void> MemoryThreads::edit_tags(int64_t workspace, const std::vector<Uuid>& ids, const std::optional<std::string>& tags,
                                      const model::TagEdit& edit, int64_t arrival_us) {
  MemoryStore::State& state = store_.open();
  state.settle_threads();
  std::map<ThreadKey, std::string> edited;
  for (const auto& [key, own] : state.threads) {
    if (own.workspace != workspace || std::find(ids.begin(), ids.end(), own.id) == ids.end()) continue;
    Result<std::string> text = codec::edit_tags(tags ? *tags : own.tags, edit);
    if (!text) return text.error();
    edited.emplace(key, *std::move(text));
  }
  for (auto& [key, text] : edited) {
    OwnThread& own = state.threads.at(key);
    own.tags = std::move(text);
    own.edited_at_us = arrival_us;
  }
  return {};
}

Result<void> MemoryThreads::put_scores(int64_t workspace, const std::vector<ThreadScore>& scores) {
  MemoryStore::State& state = store_.open();
  state.settle_threads();
  for (const ThreadScore& said : scores) {
    const int64_t project = said.project ? *said.project : state.project_named(workspace, said.score.project_name);
    const ThreadKey key{project, said.thread_id};
    const auto [at, is_new_thread] = state.threads.try_emplace(key);
    if (is_new_thread) {
      at->second.workspace = workspace;
      at->second.id = model::thread_model_id(said.score.created_at_us, project, said.thread_id);
      at->second.active_at_us = said.score.created_at_us;
    }
    model::FeedbackScore score = said.score;
    score.entity_id = at->second.id;
    score.project_name.clear();
    const auto [old, is_new] = state.thread_scores.try_emplace({at->second.id, said.score.name, said.score.author}, score);
    if (!is_new) score.created_at_us = old->second.created_at_us;
    old->second = std::move(score);
  }
  return {};
}

Result<void> MemoryThreads::delete_scores(const ThreadNames& which, const std::vector<std::string>& names, const std::string& author) {
  MemoryStore::State& state = store_.open();
  state.settle_threads();
  for (const std::string& thread_id : which.thread_ids) {
    const auto at = state.threads.find({which.project, thread_id});
    if (at == state.threads.end()) continue;
    std::erase_if(state.thread_scores, [&](const auto& item) {
      const model::FeedbackScore& score = item.second;
      return score.entity_id == at->second.id && std::find(names.begin(), names.end(), score.name) != names.end() &&
             (author.empty() || score.author == author);
    });
  }
  return {};
}

Result<void> MemoryThreads::delete_threads(const ThreadNames& which, int64_t arrival_us) {
  MemoryStore::State& state = store_.open();
  std::vector<Uuid> traces;
  for (const auto& [key, known] : state.entities) {
    if (key.kind != Kind::trace) continue;
    const std::optional<ThreadKey> thread = thread_of(known.view.fields);
    if (thread && thread->first == which.project &&
        std::find(which.thread_ids.begin(), which.thread_ids.end(), thread->second) != which.thread_ids.end()) {
      traces.push_back(key.id);
    }
  }
  if (Result<void> deleted = store_.delete_traces(which.workspace, traces, which.project, arrival_us); !deleted) return deleted;
  state.settle_threads();
  for (const std::string& thread_id : which.thread_ids) state.remove_thread({which.project, thread_id});
  return {};
}

}  // namespace opik::store::memory
