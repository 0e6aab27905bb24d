#pragma once
// The traces that the present transaction has touched, while somebody listens.

#include <unordered_map>
#include <utility>
#include <vector>

#include "store/changes.h"

namespace opik::store::sqlite {

class ChangeLog {
 public:
  explicit ChangeLog(ChangeListener* listener) : listener_(listener) {}

  void begin() {
    forget();
    is_on_ = listener_ != nullptr && listener_->is_listening();
  }
  bool is_on() const { return is_on_; }

  // The entry of a trace; only while is_on().
  TraceChange& of(int64_t workspace, const base::Uuid& trace_id) {
    TraceChange& change = touched_[trace_id];
    change.id = trace_id;
    change.workspace = workspace;
    return change;
  }
  // Before the commit: `describe` fills in how each entry's trace stands; false: there is nothing to tell of it.
  template <class Describe>
  void settle(Describe&& describe) {
    for (auto& [id, change] : touched_) {
      if (describe(change)) settled_.push_back(std::move(change));
    }
    touched_.clear();
  }
  // After the commit.
  void publish() {
    if (!is_on_ && listener_ != nullptr && listener_->is_listening()) listener_->missed();
    if (!settled_.empty()) listener_->committed(std::exchange(settled_, {}));
  }
  void forget() {
    touched_.clear();
    settled_.clear();
  }

 private:
  ChangeListener* const listener_;
  bool is_on_ = false;
  std::unordered_map<base::Uuid, TraceChange, base::UuidHash> touched_;
  std::vector<TraceChange> settled_;
};

}  // namespace opik::store::sqlite
