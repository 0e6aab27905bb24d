#pragma once
// For tests of the law: messages that are written down before it is known when they arrive, told in any order.
//
//   Saying c = create(fields({{Field::name, "C"}}), stamp_us);
//   Saying u = update(fields({{Field::output, "1"}}));          // no stamp: its arrival counts
//   Entity e = tell({u, c});                                    // arrivals kFirstArrival, kFirstArrival + 1

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "model/entity.h"

namespace opik::model {

inline constexpr int64_t kFirstArrival = 1'700'000'000'000'000;
inline const base::Uuid kSomeId = *base::Uuid::parse("018bcfe5-6800-7000-8000-000000000001");

struct Saying {
  Message::Form form = Message::Form::snapshot;
  Fields fields;
  std::optional<int64_t> stamp_us;
  friend bool operator==(const Saying&, const Saying&) = default;
};

inline Fields fields(std::initializer_list<std::pair<Field, Value>> values) {
  Fields out;
  for (const auto& [field, value] : values) out[field] = value;
  return out;
}
inline Saying create(Fields values, std::optional<int64_t> stamp_us = std::nullopt) {
  return {Message::Form::snapshot, std::move(values), stamp_us};
}
inline Saying update(Fields values, std::optional<int64_t> stamp_us = std::nullopt) {
  return {Message::Form::patch, std::move(values), stamp_us};
}

inline std::string print(const Value& value) {
  if (const auto* n = std::get_if<int64_t>(&value)) return std::to_string(*n);
  if (const auto* d = std::get_if<double>(&value)) return std::to_string(*d);
  if (const auto* s = std::get_if<std::string>(&value)) return "'" + *s + "'";
  return "-";
}
inline std::string print(const Fields& values) {
  std::string out = "{";
  each_field([&](Field f) {
    if (values.has(f)) out += (out.size() > 1 ? " " : "") + std::string(field_name(f)) + "=" + print(values[f]);
  });
  return out + "}";
}
inline std::string print(const Moment& m) {
  return (m.from_client ? "@" : "~") + std::to_string(m.stamp_us) + "/" + std::to_string(m.arrival_us);
}
inline std::string print(const Message& m) {
  return (m.form == Message::Form::snapshot ? "create" : "update") + print(m.moment) + print(m.fields);
}
inline std::string print(const std::vector<Message>& messages) {
  std::string out;
  for (const Message& m : messages) out += "  " + print(m) + "\n";
  return out;
}

// Printed by gtest when they differ.
inline void PrintTo(const Fields& values, std::ostream* out) { *out << print(values); }
inline void PrintTo(const View& view, std::ostream* out) {
  *out << print(view.fields) << (view.pending ? " pending" : "") << " created " << view.created_at_us << " updated "
       << view.last_updated_at_us;
}
inline void PrintTo(const Entity& e, std::ostream* out) {
  *out << "first " << (e.first_us ? std::to_string(*e.first_us) : "-") << " created " << e.created_at_us << " base ";
  if (e.base) *out << print(e.base->moment) << "#" << e.base->content_hash << print(e.base->fields);
  each_field([&](Field f) {
    if (e.cell(f)) *out << " " << field_name(f) << print(e.cell(f)->moment) << print(e.cell(f)->value);
  });
}

// FNV-1a over what was said: equal content, equal hash.
inline uint64_t content_hash(const Fields& values) {
  uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char c : print(values)) hash = (hash ^ c) * 0x100000001b3;
  return hash;
}

inline Message arriving(const Saying& saying, int64_t arrival_us) {
  Message m;
  m.form = saying.form;
  m.id = kSomeId;
  m.moment = saying.stamp_us ? Moment::stamped(*saying.stamp_us, arrival_us) : Moment::arrived(arrival_us);
  m.fields = saying.fields;
  if (m.form == Message::Form::snapshot) m.content_hash = content_hash(m.fields);
  return m;
}

inline std::vector<Message> arriving(const std::vector<Saying>& sayings, int64_t step_us = 1) {
  std::vector<Message> out;
  for (const Saying& saying : sayings) out.push_back(arriving(saying, kFirstArrival + static_cast<int64_t>(out.size()) * step_us));
  return out;
}

inline Entity merged(const std::vector<Message>& messages) {
  Entity e;
  for (const Message& m : messages) e.merge(m);
  return e;
}
inline Entity tell(const std::vector<Saying>& sayings, int64_t step_us = 1) { return merged(arriving(sayings, step_us)); }

// What is kept, apart from the times of arrival.
inline Entity without_arrivals(Entity e) {
  e.created_at_us = 0;
  if (e.base) e.base->moment.arrival_us = 0;
  for (auto& cell : e.cells) {
    if (cell) cell->moment.arrival_us = 0;
  }
  return e;
}

// Calls visit(picked) for every way to pick `count` of `alphabet`, repetition allowed, once per set.
template <class Visit>
void each_pick(size_t alphabet_size, size_t count, Visit&& visit) {
  std::vector<size_t> picked(count, 0);
  for (;;) {
    visit(picked);
    size_t at = count;
    while (at > 0 && picked[at - 1] == alphabet_size - 1) --at;
    if (at == 0) return;
    std::fill(picked.begin() + static_cast<std::ptrdiff_t>(at) - 1, picked.end(), picked[at - 1] + 1);
  }
}

// Calls visit(order) for every order of `picked`, which ascends; equal ones are not told apart.
template <class Visit>
void each_order(std::vector<size_t> picked, Visit&& visit) {
  do {
    visit(std::as_const(picked));
  } while (std::next_permutation(picked.begin(), picked.end()));
}

}  // namespace opik::model
