#pragma once
// The law of merging as a program of its own, to hold the server against: written from docs/merge.md, sharing nothing with
// src/model. What a reader sees of an id is computed from the list of all messages about it, not folded as the server does.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace opik::test {

using FieldMap = std::map<std::string, nlohmann::json>;

struct Said {
  bool create = false;
  FieldMap fields;                  // those that it carries
  std::optional<int64_t> stamp_us;  // the client's last_updated_at
  int64_t arrival_us = 0;           // at the server, greater for each delivery
  int64_t order_us() const { return stamp_us.value_or(arrival_us); }
};

// The fields that a reader sees after these deliveries, given in the order of their arrival.
// Two creates, or two updates of a field, that differ and have one stamp must not be among them: their winner is the server's to choose.
FieldMap law_view(const std::vector<Said>& deliveries);

}  // namespace opik::test
