#include "codec/otlp_span.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "codec/decimal.h"
#include "codec/decode.h"
#include "codec/encode.h"
#include "codec/object_writer.h"
#include "codec/otlp_rules.h"
#include "codec/otlp_usage.h"
#include "codec/otlp_value.h"
#include "codec/reader.h"
#include "codec/slice.h"
#include "codec/validate.h"

namespace opik::codec {
namespace {

constexpr int kEmbeddedDepthMax = 900;       // leaves room for the levels around it (kJsonDepthMax)
constexpr size_t kOriginNameBytesMax = 256;  // of a scope's name and version: every span repeats them
constexpr uint64_t kStatusError = 2;

std::string quoted(std::string_view text) {
  std::string out;
  append_string(out, text);
  return out;
}

// The JSON that `text` is, on one line; nothing if it is none.
std::optional<std::string> json_text(std::string_view text) {
  const JsonCheck check = check_json(text, kEmbeddedDepthMax);
  if (!check.ok()) return std::nullopt;
  size_t begin = 0;
  skip_space(text, begin);
  const std::string_view value = text.substr(begin, check.end - begin);
  return check.non_finite || check.multi_line ? standard_json(value) : std::string(value);
}

bool begins_with_any(std::string_view text, std::string_view first) {
  return !text.empty() && first.find(text[0]) != std::string_view::npos;
}

// An attribute's value as JSON. A text that begins like a JSON string, list or object, and is one, is taken as that; so is what
// such a string holds.
std::string json_of(const OtlpValue& value) {
  std::string out;
  if (value.type != OtlpValue::Type::text) {
    append_value(out, value);
    return out;
  }
  if (!begins_with_any(value.text, "\"[{")) return quoted(value.text);
  std::optional<std::string> json = json_text(value.text);
  if (!json) return quoted(value.text);
  if (value.text[0] != '"') return *std::move(json);
  const std::string inner = unescape(std::string_view(*json).substr(1, json->size() - 2));
  std::optional<std::string> inner_json = begins_with_any(inner, "[{") ? json_text(inner) : std::nullopt;
  return inner_json ? *std::move(inner_json) : quoted(inner);
}

std::string_view kind_text(uint64_t kind) {
  constexpr std::array<std::string_view, 6> kNames{"", "internal", "server", "client", "producer", "consumer"};
  return kind < kNames.size() ? kNames[kind] : "";
}

const OtlpAttribute* find(const OtlpAttributes& attributes, std::string_view key) {
  const auto found = std::find_if(attributes.rbegin(), attributes.rend(), [&](const OtlpAttribute& a) { return a.key == key; });
  return found == attributes.rend() ? nullptr : &*found;
}
std::string_view text_of(const OtlpAttributes& attributes, std::string_view key) {
  const OtlpAttribute* attribute = find(attributes, key);
  return attribute == nullptr ? std::string_view{} : std::string_view{attribute->value.text};
}

// Messages that came as one attribute for each member: index -> member -> JSON.
class MessageList {
 public:
  // `path` is <n>.<member>, perhaps with "message." between; false if it is not.
  bool take(std::string_view path, const OtlpValue& value) {
    uint32_t index = 0;
    const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), index);
    path.remove_prefix(static_cast<size_t>(end - path.data()));
    if (error != std::errc{} || path.size() < 2 || path[0] != '.') return false;
    path.remove_prefix(1);
    constexpr std::string_view kBetween = "message.";
    if (path.starts_with(kBetween) && path.size() > kBetween.size()) path.remove_prefix(kBetween.size());
    messages_[index].insert_or_assign(std::string(path), json_of(value));
    return true;
  }
  void finish(JsonMembers& into) const {
    if (messages_.empty()) return;
    std::string list = "[";
    for (const auto& [index, members] : messages_) {
      if (list.size() > 1) list.push_back(',');
      list += json_object(members);
    }
    into.insert_or_assign("messages", list + "]");
  }

 private:
  std::map<uint32_t, JsonMembers> messages_;
};

class Mapper {
 public:
  Mapper(const OtlpSpan& span, const OtlpOrigin& origin) : span_(span), origin_(origin) {}

  MappedSpan map() {
    for (const OtlpAttribute& attribute : span_.attributes) take(attribute);
    take_messages_of_events();
    finish();
    return std::move(out_);
  }

 private:
  void take(const OtlpAttribute& attribute) {
    const OtlpRule& rule = otlp_rule(attribute.key);
    llm_ = llm_ || rule.llm;
    const std::string_view rest = std::string_view(attribute.key).substr(rule.key.size());
    switch (rule.target) {
      case OtlpTarget::input:
        return put(out_.input, attribute);
      case OtlpTarget::output:
        return put(out_.output, attribute);
      case OtlpTarget::metadata:
        return put(out_.metadata, attribute);
      case OtlpTarget::input_messages:
        if (!input_messages_.take(rest, attribute.value)) put(out_.input, attribute);
        return;
      case OtlpTarget::output_messages:
        if (!output_messages_.take(rest, attribute.value)) put(out_.output, attribute);
        return;
      case OtlpTarget::usage:
        return take_usage(rest, attribute);
      case OtlpTarget::usage_object:
        return take_usage_object(attribute);
      case OtlpTarget::tags:
        return take_tags(attribute);
      case OtlpTarget::cost:
        return take_cost(attribute);
      default:
        take_name(rule.target, attribute);
    }
  }

  static void put(JsonMembers& into, const OtlpAttribute& attribute) { into.insert_or_assign(attribute.key, json_of(attribute.value)); }

  // What is one word, and stays in metadata too.
  void take_name(OtlpTarget target, const OtlpAttribute& attribute) {
    put(out_.metadata, attribute);
    const std::string& text = attribute.value.text;
    const bool is_word = attribute.value.type == OtlpValue::Type::text || attribute.value.type == OtlpValue::Type::number;
    if (!is_word || is_blank(text)) return;
    if (target == OtlpTarget::model) out_.model = text;
    if (target == OtlpTarget::provider) out_.provider = otlp_provider(text);
    if (target == OtlpTarget::thread) out_.thread_id = text;
    if (target == OtlpTarget::operation && !otlp_type(text).empty()) out_.type = otlp_type(text);
  }

  void take_usage(std::string_view name, const OtlpAttribute& attribute) {
    const std::optional<int64_t> count = otlp_count(attribute.value.text);
    if (!count || name.empty()) return put(out_.metadata, attribute);
    out_.usage.insert_or_assign(std::string(otlp_usage_name(name)), *count);
  }

  void take_usage_object(const OtlpAttribute& attribute) {
    const std::string json = json_of(attribute.value);
    if (type_of(json) != JsonType::object) return put(out_.metadata, attribute);
    bool all = true;
    each_member(json, [&](std::string_view name, std::string_view value) {
      const std::optional<int64_t> count = otlp_count(value);
      all = all && count.has_value();
      if (count) out_.usage.insert_or_assign(std::string(otlp_usage_name(unescape(name))), *count);
    });
    if (!all) put(out_.metadata, attribute);
  }

  void take_cost(const OtlpAttribute& attribute) {
    put(out_.metadata, attribute);
    const std::optional<double> dollars = parse_double(attribute.value.text);
    if (dollars && *dollars > 0) out_.cost = dollars;
  }

  // A list, a list as JSON, or words between commas.
  void take_tags(const OtlpAttribute& attribute) {
    const std::string json = json_of(attribute.value);
    if (type_of(json) == JsonType::array) {
      for (std::string& tag : parse_tags(json)) add_tag(tag);
    } else if (attribute.value.type == OtlpValue::Type::text) {
      std::string_view rest = attribute.value.text;
      while (!rest.empty()) {
        const size_t comma = std::min(rest.find(','), rest.size());
        add_tag(rest.substr(0, comma));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
      }
    } else {
      put(out_.metadata, attribute);
    }
  }
  void add_tag(std::string_view tag) {
    constexpr std::string_view kSpace = " \t\r\n";
    tag.remove_prefix(std::min(tag.find_first_not_of(kSpace), tag.size()));
    tag = tag.substr(0, tag.find_last_not_of(kSpace) + 1);  // npos + 1 is 0
    if (!tag.empty() && tags_.insert(std::string(tag)).second) out_.tags.emplace_back(tag);
  }

  // Prompts and answers may come as events instead of attributes; those are looked for where the span itself has none.
  void take_messages_of_events() {
    constexpr std::array<std::string_view, 5> kKeys{"gen_ai.prompt", "gen_ai.completion", "gen_ai.input.messages", "gen_ai.output.messages",
                                                    "gen_ai.system_instructions"};
    for (const OtlpEvent& event : span_.events) {
      if (!event.name.starts_with("gen_ai.")) continue;
      for (const std::string_view key : kKeys) {
        const OtlpAttribute* attribute = find(event.attributes, key);
        if (attribute != nullptr && !out_.input.contains(key) && !out_.output.contains(key)) take(*attribute);
      }
    }
  }

  void finish() {
    input_messages_.finish(out_.input);
    output_messages_.finish(out_.output);
    if (!out_.thread_id.empty()) out_.metadata.insert_or_assign("thread_id", quoted(out_.thread_id));
    if (out_.type.empty()) out_.type = llm_ ? "llm" : "general";
    finish_otlp_usage(out_.provider, out_.usage);
    finish_error();
    finish_metadata();
  }

  // The last exception that was recorded tells more than the status.
  void finish_error() {
    const OtlpEvent* exception = nullptr;
    bool escaped = false;
    for (const OtlpEvent& event : span_.events) {
      if (event.name != "exception") continue;
      exception = &event;
      const std::string_view flag = text_of(event.attributes, "exception.escaped");
      escaped = escaped || flag == "true" || flag == "True";
    }
    if (span_.status != kStatusError && !escaped) return;
    static const OtlpAttributes kNone;
    const OtlpAttributes& attributes = exception == nullptr ? kNone : exception->attributes;
    std::string_view type = text_of(attributes, "exception.type");
    if (type.empty()) type = text_of(span_.attributes, "error.type");
    std::string_view message = text_of(attributes, "exception.message");
    if (message.empty()) message = span_.status_message;
    ObjectWriter error(out_.error_info);
    append_string(error.key("exception_type"), type.empty() ? "Error" : type);
    append_string(error.key("message"), message);
    append_string(error.key("traceback"), text_of(attributes, "exception.stacktrace"));
  }

  void finish_metadata() {
    JsonMembers& metadata = out_.metadata;
    metadata.insert_or_assign("opentelemetry.trace_id", quoted(hex(span_.trace_id)));
    metadata.insert_or_assign("opentelemetry.span_id", quoted(hex(span_.span_id)));
    if (!origin_.name.empty()) metadata.insert_or_assign("integration", quoted(origin_.name));
    if (!origin_.scope.empty()) metadata.insert_or_assign("opentelemetry.scope", origin_.scope);
    if (!origin_.resource.empty()) metadata.insert_or_assign("opentelemetry.resource", origin_.resource);
    if (!kind_text(span_.kind).empty()) metadata.insert_or_assign("opentelemetry.kind", quoted(kind_text(span_.kind)));
    if (!span_.trace_state.empty()) metadata.insert_or_assign("opentelemetry.trace_state", quoted(span_.trace_state));
    if (span_.dropped > 0) metadata.insert_or_assign("opentelemetry.dropped_count", std::to_string(span_.dropped));
    if (!span_.events.empty()) metadata.insert_or_assign("opentelemetry.events", events());
    if (!span_.links.empty()) metadata.insert_or_assign("opentelemetry.links", links());
    if (span_.status != 0 || !span_.status_message.empty()) {
      std::string status;
      {
        ObjectWriter object(status);
        append_string(object.key("code"), span_.status == kStatusError ? "ERROR" : span_.status == 1 ? "OK" : "UNSET");
        if (!span_.status_message.empty()) append_string(object.key("message"), span_.status_message);
      }
      metadata.insert_or_assign("opentelemetry.status", std::move(status));
    }
  }

  std::string events() const {
    std::string out = "[";
    for (const OtlpEvent& event : span_.events) {
      if (out.size() > 1) out.push_back(',');
      ObjectWriter object(out);
      append_string(object.key("name"), event.name);
      object.key("time_unix_nano") += std::to_string(event.time_ns);
      append_attributes(object.key("attributes"), event.attributes);
    }
    return out + "]";
  }

  std::string links() const {
    std::string out = "[";
    for (const OtlpLink& link : span_.links) {
      if (out.size() > 1) out.push_back(',');
      ObjectWriter object(out);
      append_string(object.key("trace_id"), hex(link.trace_id));
      append_string(object.key("span_id"), hex(link.span_id));
      if (!link.trace_state.empty()) append_string(object.key("trace_state"), link.trace_state);
      append_attributes(object.key("attributes"), link.attributes);
    }
    return out + "]";
  }

  const OtlpSpan& span_;
  const OtlpOrigin& origin_;
  MappedSpan out_;
  bool llm_ = false;
  MessageList input_messages_;
  MessageList output_messages_;
  std::set<std::string> tags_;
};

}  // namespace

OtlpOrigin otlp_origin(const OtlpRequest& request, const OtlpScope& scope) {
  OtlpOrigin origin;
  const auto cut = [](std::string_view text) { return repaired_utf8(text.substr(0, kOriginNameBytesMax)); };
  origin.name = cut(scope.name);
  if (!scope.version.empty() || !scope.attributes.empty()) {
    ObjectWriter object(origin.scope);
    append_string(object.key("name"), origin.name);
    if (!scope.version.empty()) append_string(object.key("version"), cut(scope.version));
    append_attributes(object.key("attributes"), scope.attributes, kOtlpOriginBytesMax);
  }
  const OtlpAttributes& resource = request.resources[scope.resource];
  if (!resource.empty()) append_attributes(origin.resource, resource, kOtlpOriginBytesMax);
  return origin;
}

MappedSpan map_otlp_span(const OtlpSpan& span, const OtlpOrigin& origin) { return Mapper(span, origin).map(); }

void MappedSpan::uncount() {
  if (!usage.empty()) metadata.insert_or_assign("usage", usage_json(usage));
  usage.clear();
  cost.reset();  // is in metadata already
}

std::string json_object(const JsonMembers& members) {
  std::string out;
  if (!members.empty()) {
    ObjectWriter object(out);
    for (const auto& [name, json] : members) object.chosen_key(name) += json;
  }
  return out;
}

std::string usage_json(const model::TokenCounts& usage) {
  std::string out;
  {
    ObjectWriter object(out);
    for (const auto& [name, count] : usage) append_integer(object.chosen_key(name), count);
  }
  return out;
}

}  // namespace opik::codec
