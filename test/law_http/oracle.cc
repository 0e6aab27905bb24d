#include "law_http/oracle.h"

#include <algorithm>
#include <limits>

namespace opik::test {
namespace {

// Whether a was said after b: by the clients' stamps if both have one, else by arrival.
bool said_after(const Said& a, const Said& b) {
  if (a.stamp_us && b.stamp_us) return *a.stamp_us > *b.stamp_us;
  return a.arrival_us > b.arrival_us;
}

// A create without a stamp that says the same as the newest create, itself without one, is a retry of it. Those are left out.
std::vector<Said> creates_without_retries(const std::vector<Said>& deliveries) {
  std::vector<Said> creates;
  const Said* newest = nullptr;
  for (const Said& said : deliveries) {
    if (!said.create) continue;
    if (newest != nullptr && !said.stamp_us && !newest->stamp_us && newest->fields == said.fields) continue;
    creates.push_back(said);
    // Stable: of equal stamps the first arrival is kept.
    newest = &*std::max_element(creates.begin(), creates.end(), [](const Said& a, const Said& b) { return a.order_us() < b.order_us(); });
  }
  return creates;
}

}  // namespace

FieldMap law_view(const std::vector<Said>& deliveries) {
  const std::vector<Said> creates = creates_without_retries(deliveries);
  const Said* base = nullptr;
  int64_t first_us = std::numeric_limits<int64_t>::max();
  for (const Said& create : creates) {
    first_us = std::min(first_us, create.order_us());
    if (base == nullptr || create.order_us() > base->order_us()) base = &create;
  }

  std::map<std::string, const Said*> latest;  // per field the update with the greatest stamp, at its first arrival
  for (const Said& said : deliveries) {
    if (said.create) continue;
    for (const auto& [name, value] : said.fields) {
      const Said*& kept = latest[name];
      if (kept == nullptr || said.order_us() > kept->order_us()) kept = &said;
    }
  }

  FieldMap view = base == nullptr ? FieldMap{} : base->fields;
  for (const auto& [name, update] : latest) {
    const bool over_the_only_create = base == nullptr || first_us == base->order_us();
    if (over_the_only_create || said_after(*update, *base)) view[name] = update->fields.at(name);
  }
  return view;
}

}  // namespace opik::test
