#pragma once
// Calls become changes of the queue here: texts are escaped, JSON is checked, anonymizers run. On the owner thread.

#include <array>
#include <functional>
#include <string>
#include <vector>

#include <opik/client.h>

#include "sdk/call.h"
#include "sdk/queue.h"

namespace opik::sdk {

using Anonymizer = std::function<void(AnonymizedField, std::string&)>;

class Reading {
 public:
  explicit Reading(Queue& queue) : queue_(queue) {}

  void add_anonymizer(Anonymizer rewrite) { anonymizers_.push_back(std::move(rewrite)); }
  void read(std::string_view call);

  uint64_t repaired() const { return repaired_; }
  // Methods that sent an update to an id that is not known here, through a channel that warns, since the last call.
  std::vector<Method> take_foreign();

 private:
  void read_entity(const CallReader& call);
  void read_score(const CallReader& call);
  void read_attachment(const CallReader& call);
  void append_json(std::string& out, const FieldHead& field, std::string_view bytes);
  void fill(Row& row, const CallReader& call);
  void anonymize(Field field, std::string& json);

  Queue& queue_;
  std::vector<Anonymizer> anonymizers_;
  std::string scratch_;
  uint64_t repaired_ = 0;
  uint64_t attachments_ = 0;
  std::array<bool, static_cast<size_t>(Method::kCount)> foreign_{};
};

}  // namespace opik::sdk
