#include "store/memory/memory_store.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "base/check.h"
#include "base/clock.h"
#include "codec/decode.h"
#include "codec/metadata_cost.h"
#include "cost/span_cost.h"
#include "model/sum.h"
#include "store/memory/filter.h"
#include "store/memory/statistics.h"
#include "store/memory/text_search.h"

namespace opik::store::memory {

using base::Code;
using base::Error;
using base::Result;
using base::Uuid;
using model::Field;
using model::Kind;
using model::Message;
using model::Record;

namespace {

struct Batch final : PreparedBatch {
  explicit Batch(int64_t its_workspace) : workspace(its_workspace) {}
  void add(Message message) override { messages.push_back(std::move(message)); }
  void clear() override { messages.clear(); }
  void finish() override {}
  size_t size() const override { return messages.size(); }

  const int64_t workspace;
  std::vector<Message> messages;
};

bool is_selected(const Record& record, const query::Selection& which) {
  const model::Fields& fields = record.view.fields;
  if (fields.integer(Field::project) != which.project) return false;
  if (which.id_from && record.id < *which.id_from) return false;
  if (which.id_to && record.id > *which.id_to) return false;
  if (which.trace_id && fields.text(Field::trace_id) != which.trace_id->bytes()) return false;
  if (which.type && fields.text(Field::type) != *which.type) return false;
  return (which.search.empty() || contains_text(record, which.search)) && fulfils(record, which.filter);
}

}  // namespace

// ---- the state

const MemoryStore::Known* MemoryStore::State::find(const Key& key) const {
  const auto at = entities.find(key);
  return at == entities.end() ? nullptr : &at->second;
}

const MemoryStore::Place* MemoryStore::State::project_by_id(int64_t workspace, const Uuid& id) const {
  for (const auto& [number, place] : projects) {
    if (!place.is_deleted && place.workspace == workspace && place.project.id == id) return &place;
  }
  return nullptr;
}

const MemoryStore::Place* MemoryStore::State::project_by_name(int64_t workspace, std::string_view name) const {
  for (const auto& [number, place] : projects) {
    if (!place.is_deleted && place.workspace == workspace && fold_case(place.project.name) == fold_case(name)) return &place;
  }
  return nullptr;
}

int64_t MemoryStore::State::project_named(int64_t workspace, std::string_view name) {
  if (const Place* place = project_by_name(workspace, name)) return place->project.number;
  const int64_t number = projects.empty() ? 1 : projects.rbegin()->first + 1;
  const int64_t now = base::now_us();
  Place& place = projects[number];
  place.workspace = workspace;
  place.project.number = number;
  place.project.id = Uuid::v7();
  place.project.name = name;
  place.project.created_at_us = now;
  place.project.last_updated_at_us = now;
  return number;
}

// The project that a message places its entity in. Nothing: it says nothing of it. An update only hints, for an entity whose
// create is not known yet, and makes no project for one that stands somewhere already.
std::optional<int64_t> MemoryStore::State::project_of(int64_t workspace, const Message& message, const Known* known) {
  if (message.form == Message::Form::snapshot) return project_named(workspace, message.project_name);
  if (known != nullptr && !known->view.pending) return std::nullopt;
  if (message.project_id) {
    if (const Place* place = project_by_id(workspace, *message.project_id)) return place->project.number;
  }
  if (!message.project_name.empty()) return project_named(workspace, message.project_name);
  if (known != nullptr) return std::nullopt;
  return project_named(workspace, model::kDefaultProject);
}

Result<void> MemoryStore::State::apply(int64_t workspace, Message message, const cost::PriceTable& prices) {
  const int64_t arrival_us = message.moment.arrival_us;
  last_arrival_us = std::max(last_arrival_us, arrival_us);
  const Key key{workspace, message.kind, message.id};
  const Known* known = find(key);

  // A deletion of a trace covers the trace and its spans.
  const Uuid trace_id = message.kind == Kind::trace ? message.id : Uuid::from_bytes(message.fields.text(Field::trace_id)).value_or(Uuid{});
  const auto gone = tombstones.find({workspace, Kind::trace, trace_id});
  if (gone != tombstones.end() && gone->second.covers(message.moment)) return {};

  if (const auto project = project_of(workspace, message, known)) message.fields[Field::project] = *project;
  if (message.tag_edit) {
    Result<std::string> tags =
        codec::edit_tags(known == nullptr ? std::string_view{} : known->view.fields.text(Field::tags), *message.tag_edit);
    if (!tags) return tags.error();
    message.fields[Field::tags] = *std::move(tags);
    message.tag_edit.reset();
  }

  const bool is_create = known == nullptr || message.form == Message::Form::snapshot;
  Known next = known == nullptr ? Known{} : *known;
  if (!next.entity.merge(std::move(message))) return {};
  next.view = next.entity.view(key.id);
  if (key.kind == Kind::span) {
    const model::Fields& span = next.view.fields;
    next.cost = cost::span_cost(prices, span, codec::metadata_cost(span.text(Field::metadata))).value_or(0);
  }
  if (key.kind == Kind::trace) {
    auto& last = projects.at(next.view.fields.integer(Field::project)).project.last_updated_trace_at_us;
    last = std::max(last.value_or(0), arrival_us);
  }
  touch(key, known, &next, arrival_us, is_create);
  entities[key] = std::move(next);
  return {};
}

void MemoryStore::State::delete_trace(const Key& key, int64_t arrival_us) {
  model::Tombstone gone{arrival_us, arrival_us};
  const auto remove_scores = [&](const Key& of) { std::erase_if(scores, [&](const auto& item) { return item.first.entity == of; }); };
  std::erase_if(entities, [&](const auto& item) {
    const auto& [of, known] = item;
    const bool is_span_of_it = of.kind == Kind::span && known.view.fields.text(Field::trace_id) == key.id.bytes();
    if (of.workspace != key.workspace || !(of == key || is_span_of_it)) return false;
    if (of == key) touch(key, &known, nullptr, 0, false);
    gone.gone_stamp_us = std::max(gone.gone_stamp_us, known.view.last_updated_at_us);
    remove_scores(of);
    return true;
  });
  remove_scores(key);
  checks.erase(key);
  tombstones[key].merge(gone);
}

std::vector<model::FeedbackScore> MemoryStore::State::scores_of(const Key& key) const {
  std::vector<model::FeedbackScore> out;
  for (const auto& [of, score] : scores) {
    if (of.entity == key) out.push_back(score);
  }
  return out;
}

model::TraceTotals MemoryStore::State::totals_of(const Key& trace, int64_t project) const {
  model::TraceTotals totals;
  std::set<std::string> providers;
  model::Sum cost;
  for (const auto& [key, known] : entities) {
    const model::Fields& span = known.view.fields;
    if (key.workspace != trace.workspace || key.kind != Kind::span) continue;
    if (span.text(Field::trace_id) != trace.id.bytes() || span.integer(Field::project) != project) continue;
    ++totals.span_count;
    if (span.text(Field::type) == "llm") ++totals.llm_span_count;
    if (span.text(Field::type) == "tool") totals.has_tool_spans = true;
    if (span.has(Field::usage)) codec::add_usage(span.text(Field::usage), totals.usage);
    cost.add(known.cost);
    if (!span.text(Field::provider).empty()) providers.emplace(span.text(Field::provider));
    for (auto& score : scores_of(key)) totals.span_scores.push_back(std::move(score));
  }
  totals.cost = cost.value();
  totals.providers.assign(providers.begin(), providers.end());
  return totals;
}

Record MemoryStore::State::record(const Key& key, const Known& known) const {
  Record record;
  record.kind = key.kind;
  record.id = key.id;
  record.view = known.view;
  record.cost = known.cost;
  const int64_t number = known.view.fields.integer(Field::project);
  const model::Project& project = projects.at(number).project;
  record.project_id = project.id;
  record.project_name = project.name;
  record.scores = scores_of(key);
  if (key.kind == Kind::trace) record.totals = totals_of(key, number);
  if (const auto found = checks.find(key); found != checks.end()) record.guardrails = found->second;
  return record;
}

std::vector<Record> MemoryStore::State::select(const query::Selection& which) const {
  std::vector<Record> out;
  for (const auto& [key, known] : entities) {
    if (key.workspace != which.workspace || key.kind != which.kind) continue;
    Record found = record(key, known);
    if (is_selected(found, which)) out.push_back(std::move(found));
  }
  return out;
}

std::shared_ptr<const MemoryStore::State> MemoryStore::committed() const {
  const std::lock_guard lock(mutex_);
  return committed_;
}

MemoryStore::State& MemoryStore::open() {
  base::check(open_ != nullptr, "a write outside of begin() and commit()");
  return *open_;
}

// ---- reading

int64_t MemoryStore::last_arrival_us() const { return committed()->last_arrival_us; }

Result<std::optional<Record>> MemoryStore::get(Kind kind, int64_t workspace, const Uuid& id) const {
  const auto state = committed();
  const Key key{workspace, kind, id};
  const Known* known = state->find(key);
  if (known == nullptr) return std::optional<Record>{};
  return std::optional(state->record(key, *known));
}

Result<bool> MemoryStore::exists(Kind kind, int64_t workspace, const Uuid& id) const {
  return committed()->find({workspace, kind, id}) != nullptr;
}

Result<std::vector<Record>> MemoryStore::list(const query::Selection& which, const query::Window& window, model::FieldSet fields) const {
  std::vector<Record> found = committed()->select(which);
  if (!window.sort.empty()) {
    sort_records(found, window.sort);
  } else if (window.order == query::Window::Order::newest || which.kind == Kind::trace) {
    std::sort(found.begin(), found.end(), [](const Record& a, const Record& b) { return a.id > b.id; });
  } else {
    const auto place = [](const Record& r) {
      return std::tuple(r.view.fields.text(Field::trace_id), r.view.fields.text(Field::parent_span_id), r.id);
    };
    std::sort(found.begin(), found.end(), [&](const Record& a, const Record& b) { return place(a) > place(b); });
  }
  if (window.order == query::Window::Order::newest && window.before) {
    std::erase_if(found, [&](const Record& r) { return r.id >= *window.before; });
  }
  const size_t first = std::min(static_cast<size_t>(window.offset), found.size());
  const size_t last = first + std::min(static_cast<size_t>(window.limit), found.size() - first);
  std::vector<Record> out(std::make_move_iterator(found.begin() + static_cast<std::ptrdiff_t>(first)),
                          std::make_move_iterator(found.begin() + static_cast<std::ptrdiff_t>(last)));
  if (!fields.intersects(model::kPayloadFields)) {
    for (Record& record : out) {
      for (Field f : {Field::input, Field::output, Field::metadata, Field::error_info}) record.view.fields[f] = {};
    }
  }
  return out;
}

Result<int64_t> MemoryStore::count(const query::Selection& which) const { return static_cast<int64_t>(committed()->select(which).size()); }

Result<model::Stats> MemoryStore::stats(const query::Selection& which) const { return statistics_of(committed()->select(which)); }

Result<std::optional<model::Project>> MemoryStore::project_by_id(int64_t workspace, const Uuid& id) const {
  const auto state = committed();
  const Place* place = state->project_by_id(workspace, id);
  return place == nullptr ? std::optional<model::Project>{} : place->project;
}

Result<std::optional<model::Project>> MemoryStore::project_by_name(int64_t workspace, std::string_view name) const {
  const auto state = committed();
  const Place* place = state->project_by_name(workspace, name);
  return place == nullptr ? std::optional<model::Project>{} : place->project;
}

Result<ProjectPage> MemoryStore::projects(int64_t workspace, const ProjectListing& listing) const {
  const auto state = committed();
  std::vector<model::Project> found;
  for (const auto& [number, place] : state->projects) {
    if (place.is_deleted || place.workspace != workspace) continue;
    if (fold_case(place.project.name).find(fold_case(listing.name_contains)) != std::string::npos) found.push_back(place.project);
  }
  const auto is_less = [&](const model::Project& a, const model::Project& b) {
    using Sort = ProjectListing::Sort;
    switch (listing.sort) {
      case Sort::id:
        return a.id < b.id;
      case Sort::name:
        return std::pair(fold_case(a.name), a.id) < std::pair(fold_case(b.name), b.id);
      case Sort::created_at:
        return std::pair(a.created_at_us, a.id) < std::pair(b.created_at_us, b.id);
      case Sort::last_updated_at:
        return std::pair(a.last_updated_at_us, a.id) < std::pair(b.last_updated_at_us, b.id);
      case Sort::last_updated_trace_at:
        return std::pair(a.last_updated_trace_at_us, a.id) < std::pair(b.last_updated_trace_at_us, b.id);
    }
    return false;
  };
  std::sort(found.begin(), found.end(), [&](const auto& a, const auto& b) { return listing.descending ? is_less(b, a) : is_less(a, b); });
  ProjectPage page;
  page.total = static_cast<int64_t>(found.size());
  const int64_t last = std::min(page.total, listing.offset + listing.limit);
  for (int64_t i = listing.offset; i < last; ++i) page.projects.push_back(found[static_cast<size_t>(i)]);
  return page;
}

// ---- writing

std::unique_ptr<PreparedBatch> MemoryStore::prepare(int64_t workspace) { return std::make_unique<Batch>(workspace); }

Result<void> MemoryStore::begin() {
  base::check(open_ == nullptr, "begin() twice");
  open_ = std::make_unique<State>(*committed());
  return {};
}

Result<void> MemoryStore::commit() {
  base::check(open_ != nullptr, "commit() without begin()");
  open_->settle_threads();
  std::shared_ptr<const State> next = std::move(open_);
  const std::lock_guard lock(mutex_);
  committed_.swap(next);
  return {};
}

void MemoryStore::rollback() { open_.reset(); }

Result<WriteReport> MemoryStore::apply(PreparedBatch& batch) {
  auto& prepared = static_cast<Batch&>(batch);
  WriteReport report;
  for (size_t i = 0; i < prepared.messages.size(); ++i) {
    // Copied: a batch whose group failed is applied again.
    Result<void> done = open().apply(prepared.workspace, prepared.messages[i], prices_);
    if (done) {
      ++report.stored;
    } else {
      report.rejected.push_back({i, prepared.messages[i].id, done.error()});
    }
  }
  return report;
}

Result<void> MemoryStore::delete_traces(int64_t workspace, const std::vector<Uuid>& ids, std::optional<int64_t> project,
                                        int64_t arrival_us) {
  State& state = open();
  state.last_arrival_us = std::max(state.last_arrival_us, arrival_us);
  for (const Uuid& id : ids) {
    const Key key{workspace, Kind::trace, id};
    const Known* known = state.find(key);
    if (project && (known == nullptr || known->view.fields.integer(Field::project) != *project)) continue;
    state.delete_trace(key, arrival_us);
  }
  return {};
}

Result<void> MemoryStore::put_scores(int64_t workspace, Kind kind, const std::vector<model::FeedbackScore>& scores) {
  State& state = open();
  for (const model::FeedbackScore& said : scores) {
    if (!said.project_name.empty()) {
      state.project_named(workspace, said.project_name);
    } else if (state.find({workspace, kind, said.entity_id}) == nullptr) {
      state.project_named(workspace, model::kDefaultProject);
    }
    model::FeedbackScore score = said;
    score.project_name.clear();
    const auto [at, is_new] = state.scores.try_emplace({{workspace, kind, said.entity_id}, said.name, said.author}, score);
    if (!is_new) score.created_at_us = at->second.created_at_us;
    at->second = std::move(score);
  }
  return {};
}

Result<void> MemoryStore::delete_score(int64_t workspace, Kind kind, const Uuid& id, const std::string& name, const std::string& author) {
  std::erase_if(open().scores, [&](const auto& item) {
    const ScoreKey& key = item.first;
    return key.entity == Key{workspace, kind, id} && key.name == name && (author.empty() || key.author == author);
  });
  return {};
}

Result<void> MemoryStore::put(int64_t workspace, const std::vector<model::GuardrailCheck>& checks) {
  for (const model::GuardrailCheck& check : checks) {
    std::vector<model::GuardrailCheck>& of_trace = open().checks[{workspace, Kind::trace, check.trace_id}];
    const auto same = [&](const model::GuardrailCheck& other) { return other.span_id == check.span_id && other.hash == check.hash; };
    if (std::any_of(of_trace.begin(), of_trace.end(), same)) continue;
    of_trace.push_back(check);
    const auto place = [](const model::GuardrailCheck& c) { return std::tuple(c.span_id, c.created_at_us, static_cast<int64_t>(c.hash)); };
    std::sort(of_trace.begin(), of_trace.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  }
  return {};
}

MemoryStore::MemoryStore(const cost::PriceTable& prices) : prices_(prices) {
  State state;
  Place& place = state.projects.at(state.project_named(kDefaultWorkspace, model::kDefaultProject));
  place.project.id = *Uuid::parse(model::kDefaultProjectId);
  place.project.description = model::kDefaultProjectDescription;
  committed_ = std::make_shared<const State>(std::move(state));
}

Result<model::Project> MemoryStore::create_project(int64_t workspace, model::Project project) {
  State& state = open();
  if (state.project_by_name(workspace, project.name) != nullptr) return Error{Code::conflict, "Project already exists"};
  Place& place = state.projects.at(state.project_named(workspace, project.name));
  project.number = place.project.number;
  project.created_at_us = place.project.created_at_us;
  project.last_updated_at_us = place.project.last_updated_at_us;
  if (project.id == Uuid{}) project.id = place.project.id;
  place.project = std::move(project);
  return place.project;
}

Result<int64_t> MemoryStore::project_named(int64_t workspace, std::string_view name) { return open().project_named(workspace, name); }

Result<void> MemoryStore::update_project(int64_t workspace, const Uuid& id, const ProjectPatch& patch) {
  State& state = open();
  const Place* found = state.project_by_id(workspace, id);
  if (found == nullptr) return Error{Code::not_found, "Project not found"};
  if (patch.name) {
    const Place* holder = state.project_by_name(workspace, *patch.name);
    if (holder != nullptr && holder != found) return Error{Code::conflict, "Project already exists"};
  }
  model::Project& project = state.projects.at(found->project.number).project;
  if (patch.name) project.name = *patch.name;
  if (patch.description) project.description = patch.description;
  if (patch.visibility) project.visibility = *patch.visibility;
  project.last_updated_at_us = base::now_us();
  return {};
}

Result<void> MemoryStore::delete_projects(int64_t workspace, const std::vector<Uuid>& ids) {
  State& state = open();
  for (const Uuid& id : ids) {
    if (const Place* place = state.project_by_id(workspace, id)) state.projects.at(place->project.number).is_deleted = true;
  }
  return {};
}

}  // namespace opik::store::memory
