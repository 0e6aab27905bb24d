#include "model/entity.h"

#include <algorithm>
#include <tuple>

#include "base/check.h"

namespace opik::model {
namespace {

// The same message may come again: it keeps its first arrival.
bool keep_first_arrival(Moment& kept, const Moment& again) {
  if (again.arrival_us >= kept.arrival_us) return false;
  kept.arrival_us = again.arrival_us;
  return true;
}

bool is_later(const Moment& a, const Moment& b) {
  if (a.from_client && b.from_client) return a.stamp_us > b.stamp_us;
  return a.arrival_us > b.arrival_us;
}

}  // namespace

bool Entity::merge(Message message) {
  if (message.form == Message::Form::patch && message.fields == Fields{}) return false;  // says nothing, not even that it was here
  const bool older = !exists() || message.moment.arrival_us < created_at_us;
  if (older) created_at_us = message.moment.arrival_us;
  const bool changed = message.form == Message::Form::snapshot ? merge_snapshot(message) : merge_patch(message);
  return changed || older;
}

bool Entity::merge_snapshot(Message& message) {
  const Moment& moment = message.moment;
  if (base && !moment.from_client && !base->moment.from_client && base->content_hash == message.content_hash) {
    return keep_first_arrival(base->moment, moment);  // a retry, not a newer snapshot
  }
  const bool is_first = !first_us || moment.stamp_us < *first_us;
  if (is_first) first_us = moment.stamp_us;
  const auto rank = std::tuple(moment.stamp_us, message.content_hash);
  const auto kept = base ? std::tuple(base->moment.stamp_us, base->content_hash) : std::tuple<int64_t, uint64_t>{};
  if (!base || rank > kept) {
    if (!base) forget_places();
    base = Base{moment, message.content_hash, std::move(message.fields)};
    return true;
  }
  if (rank == kept) return keep_first_arrival(base->moment, moment) || is_first;
  return is_first;
}

bool Entity::merge_patch(Message& message) {
  bool changed = false;
  each_field([&](Field f) {
    Value& value = message.fields[f];
    if (is_empty(value) || (base && kPlaceFields.has(f))) return;
    std::optional<Cell>& kept = cell(f);
    if (kept && std::tie(kept->moment.stamp_us, kept->value) == std::tie(message.moment.stamp_us, value)) {
      changed |= keep_first_arrival(kept->moment, message.moment);
    } else if (!kept || std::tie(kept->moment.stamp_us, kept->value) < std::tie(message.moment.stamp_us, value)) {
      kept = Cell{message.moment, std::move(value)};
      changed = true;
    }
  });
  return changed;
}

// A create is known from now on, and its place counts: a patch's hint can never be seen again.
void Entity::forget_places() {
  each_field([&](Field f) {
    if (kPlaceFields.has(f)) cell(f).reset();
  });
}

bool Entity::patched() const {
  return std::any_of(cells.begin(), cells.end(), [](const auto& cell) { return cell.has_value(); });
}

bool Entity::cell_wins(Field f) const {
  base::check(cell(f).has_value(), "cell_wins of a field without a cell");
  if (!base) return true;
  return *first_us == base->moment.stamp_us || is_later(cell(f)->moment, base->moment);
}

View Entity::view(const base::Uuid& id) const {
  View view;
  view.pending = !base.has_value();
  view.created_at_us = created_at_us;
  if (base) {
    view.fields = base->fields;
    view.last_updated_at_us = base->moment.stamp_us;
  }
  each_field([&](Field f) {
    if (!cell(f)) return;
    if (cell_wins(f)) view.fields[f] = cell(f)->value;
    view.last_updated_at_us = std::max(view.last_updated_at_us, cell(f)->moment.stamp_us);
  });
  if (view.pending) view.fields[Field::start_time] = id.time_ms() * 1'000'000;
  return view;
}

}  // namespace opik::model
