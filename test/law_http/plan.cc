#include "law_http/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>

namespace opik::test {
namespace {

using nlohmann::json;

constexpr int64_t kMinuteUs = 60'000'000;
constexpr int64_t kDayUs = 24 * 60 * kMinuteUs;
constexpr size_t kSharedUpdates = 10;

const std::vector<std::string> kTraceFields{"name", "end_time", "input", "output", "metadata", "tags", "error_info", "thread_id", "ttft"};
const std::vector<std::string> kSpanFields{
    "name", "end_time", "input", "output", "metadata", "tags", "usage", "model", "provider", "total_estimated_cost", "type", "error_info"};

std::string instant(int64_t us) {
  const std::time_t seconds = us / 1'000'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                     parts.tm_min, parts.tm_sec, us % 1'000'000);
}

std::string members_of(const Said& said) {
  std::string out;
  for (const auto& [name, value] : said.fields) out += fmt::format(",\"{}\":{}", name, value.dump());
  if (said.stamp_us) out += fmt::format(",\"last_updated_at\":\"{}\"", instant(*said.stamp_us));
  return out;
}

}  // namespace

std::string describe(const Plan& plan) {
  std::string out = plan.id + ":";
  for (const Template* t : plan.deliveries) {
    out += fmt::format("\n  {}{}{{{}}}",
                       t->said.create ? "create"
                       : t->shared    ? "update (shared) "
                                      : "update ",
                       t->said.stamp_us ? "" : " unstamped ", t->members.empty() ? "" : t->members.substr(1));
  }
  return out;
}

Round::Round(Entity which, uint64_t seed, size_t ids) : entity(which), random(seed) {
  now_us_ = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  project = fmt::format("law {}", seed);
  trace_id = new_plan(Claim::oracle).id;
  for (size_t i = 0; i < kSharedUpdates; ++i) pool_.push_back(make(false, i % 2 == 0, true));
  size_t groups = 0;
  while (plans.size() < ids) {
    const size_t kind = below(10);
    if (kind < 5) {
      plans.push_back(new_plan(Claim::oracle));
      plan_oracle(plans.back());
    } else if (kind < 7) {
      plans.push_back(new_plan(Claim::no_lost_update));
      plan_no_lost_update(plans.back());
    } else if (kind < 8) {
      plans.push_back(new_plan(Claim::overwrite));
      plan_overwrite(plans.back());
    } else {
      plan_indifferent(++groups, 3);
    }
  }
}

Plan Round::new_plan(Claim claim) {
  Plan plan;
  plan.claim = claim;
  plan.id_ms = now_us_ / 1000 - static_cast<int64_t>(below(1000));
  const uint64_t high = random();
  const uint64_t low = random();
  plan.id = fmt::format("{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}", plan.id_ms >> 16, plan.id_ms & 0xffff, high & 0xfff,
                        0x8000 | ((high >> 12) & 0x3fff), low & 0xffff'ffff'ffff);
  return plan;
}

// Up to a day before or after now, but never so near to it that it could be taken for an arrival; no two alike.
int64_t Round::some_stamp_us() {
  const int64_t away = 10 * kMinuteUs + static_cast<int64_t>(below(kDayUs - 10 * kMinuteUs));
  return now_us_ + (chance(0.5) ? away : -away) / 1000 * 1000 + ++stamps_made_ % 1000;
}

json Round::some_value(const std::string& field) {
  const size_t n = below(1000);
  if (field == "end_time") return fmt::format("2024-05-01T10:{:02}:{:02}{}Z", n % 60, n / 17, chance(0.5) ? ".123" : "");
  if (field == "tags") return chance(0.15) ? json::array() : json::array({fmt::format("t{}", n), "all"});
  if (field == "usage") return chance(0.15) ? json::object() : json{{"prompt_tokens", n}, {"completion_tokens", n + 1}};
  if (field == "error_info") return {{"exception_type", fmt::format("E{}", n)}, {"message", "m"}, {"traceback", "line 1\nline 2"}};
  if (field == "ttft") return static_cast<double>(n) + 0.5;
  if (field == "total_estimated_cost") return static_cast<double>(n + 1) / 8;
  if (field == "type") return std::vector<std::string>{"general", "tool", "llm", "guardrail"}[n % 4];
  if (field == "input" || field == "output" || field == "metadata") {
    if (chance(0.1)) return {{"text", std::string(below(3000), 'x')}, {"n", n}};
    if (field != "metadata" && chance(0.1)) return {fmt::format("a string \"{}\" with ü", n), n, nullptr, true};
    return {{"n", n}, {"deep", {{"list", {1, 2.5, "three"}}, {"empty", json::object()}}}};
  }
  return fmt::format("{} {}", field, n);
}

FieldMap Round::some_fields(bool create) {
  const auto& names = entity == Entity::trace ? kTraceFields : kSpanFields;
  FieldMap fields;
  for (const std::string& name : names) {
    if (chance(create ? 0.6 : 0.3)) fields[name] = some_value(name);
  }
  if (create) {
    fields["start_time"] = fmt::format("2024-05-01T09:00:{:02}Z", below(60));
    if (entity == Entity::span) fields["type"] = some_value("type");
  } else if (fields.empty()) {
    fields["output"] = some_value("output");
  }
  return fields;
}

const Template* Round::make(bool create, bool stamped, bool shared) {
  auto t = std::make_unique<Template>();
  t->said.create = create;
  t->said.fields = some_fields(create);
  if (stamped) t->said.stamp_us = some_stamp_us();
  t->shared = shared;
  t->members = members_of(t->said);
  return templates_.emplace_back(std::move(t)).get();
}

// Any messages in any order, any of them again at any time.
void Round::plan_oracle(Plan& plan) {
  std::vector<const Template*> pool = pool_;
  std::shuffle(pool.begin(), pool.end(), random);
  const size_t count = 2 + below(4);
  for (size_t i = 0; i < count; ++i) {
    if (chance(0.45)) {
      plan.deliveries.push_back(make(true, chance(0.5)));
    } else if (chance(0.85)) {
      plan.deliveries.push_back(pool[i]);
    } else {
      plan.deliveries.push_back(make(false, chance(0.5)));
    }
  }
  std::shuffle(plan.deliveries.begin(), plan.deliveries.end(), random);
  for (size_t again = below(3); again > 0; --again) {
    const Template* t = plan.deliveries[below(plan.deliveries.size())];
    plan.deliveries.insert(plan.deliveries.begin() + static_cast<ptrdiff_t>(below(plan.deliveries.size() + 1)), t);
  }
}

// One create, once or twice, with any clock or none; up to three updates, unstamped, as the SDKs send them.
void Round::plan_no_lost_update(Plan& plan) {
  const Template* create = make(true, chance(0.6));
  for (size_t i = 0, n = 1 + below(3); i < n; ++i) {
    const Template* update = pool_[1 + 2 * below(kSharedUpdates / 2)];  // the odd ones are unstamped
    if (chance(0.2)) update = make(false, false);
    if (std::find(plan.deliveries.begin(), plan.deliveries.end(), update) == plan.deliveries.end()) plan.deliveries.push_back(update);
  }
  plan.deliveries.push_back(create);
  if (chance(0.4)) plan.deliveries.push_back(create);
  std::shuffle(plan.deliveries.begin(), plan.deliveries.end(), random);
}

// As a program does it: create, updates, and then everything again under the same id. One clock for both creates, or none.
void Round::plan_overwrite(Plan& plan) {
  const bool stamped = chance(0.6);
  const Template* one = make(true, stamped);
  const Template* two = make(true, stamped);
  const bool swap = stamped && *one->said.stamp_us > *two->said.stamp_us;
  plan.deliveries.push_back(swap ? two : one);
  for (size_t i = 0, n = below(3); i < n; ++i) plan.deliveries.push_back(pool_[1 + 2 * below(kSharedUpdates / 2)]);
  plan.deliveries.push_back(swap ? one : two);
}

// Stamped messages, of which several may have the same stamp, in a different order for each of `count` ids.
void Round::plan_indifferent(size_t group, size_t count) {
  std::vector<const Template*> messages;
  const int64_t origin = some_stamp_us();
  for (size_t i = 0, n = 2 + below(4); i < n; ++i) {
    auto t = std::make_unique<Template>(*make(chance(0.5), true));
    t->said.stamp_us = origin + static_cast<int64_t>(below(3));
    t->members = members_of(t->said);
    messages.push_back(templates_.emplace_back(std::move(t)).get());
  }
  for (size_t i = 0; i < count; ++i) {
    Plan plan = new_plan(Claim::indifferent);
    plan.group = group;
    plan.deliveries = messages;
    for (size_t again = below(3); again > 0; --again) plan.deliveries.push_back(messages[below(messages.size())]);
    std::shuffle(plan.deliveries.begin(), plan.deliveries.end(), random);
    plans.push_back(std::move(plan));
  }
}

}  // namespace opik::test
