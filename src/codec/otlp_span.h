#pragma once
// One OTLP span as a span of Opik's, but for its ids: its attributes by the rules of otlp_rules.h, and
//
//   status, exception event   error_info
//   events, links, kind, ids  metadata["opentelemetry.events"], and so on
//   resource, scope           metadata["opentelemetry.resource"], ["opentelemetry.scope"], metadata.integration (the scope's name)
//
// A text that looks like JSON and is JSON is taken as that. Nothing that a span carries is dropped: what has no other place is in
// metadata.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "codec/otlp.h"
#include "model/record.h"

namespace opik::codec {

// What all spans of one scope have in common.
struct OtlpOrigin {
  std::string name;      // of the scope
  std::string scope;     // JSON; empty: nothing to say
  std::string resource;  // JSON; empty: nothing to say
};

OtlpOrigin otlp_origin(const OtlpRequest& request, const OtlpScope& scope);

using JsonMembers = std::map<std::string, std::string, std::less<>>;  // name -> JSON text

struct MappedSpan {
  JsonMembers input;
  JsonMembers output;
  JsonMembers metadata;
  std::string type;
  std::string model;
  std::string provider;
  std::string thread_id;
  std::vector<std::string> tags;
  model::TokenCounts usage;
  std::optional<double> cost;
  std::string error_info;  // JSON; empty: none

  bool is_counted() const { return !usage.empty() || cost.has_value(); }
  // A span that another one is part of would count its tokens twice: they move to metadata.
  void uncount();
};

MappedSpan map_otlp_span(const OtlpSpan& span, const OtlpOrigin& origin);

std::string json_object(const JsonMembers& members);  // empty if there are none
std::string usage_json(const model::TokenCounts& usage);

}  // namespace opik::codec
