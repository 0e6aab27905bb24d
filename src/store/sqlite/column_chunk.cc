#include "store/sqlite/column_chunk.h"

namespace opik::store::sqlite {

template <class Self, class Other, class Visit>
void Chunk::each_column(Self& self, Other& other, Visit&& visit) {
  visit(self.n, other.n);
  visit(self.id, other.id);
  visit(self.trace, other.trace);
  visit(self.start_ns, other.start_ns);
  visit(self.end_ns, other.end_ns);
  visit(self.created_us, other.created_us);
  visit(self.updated_us, other.updated_us);
  visit(self.ttft_ms, other.ttft_ms);
  visit(self.name, other.name);
  visit(self.tags, other.tags);
  visit(self.source, other.source);
  visit(self.error_type, other.error_type);
  visit(self.payload, other.payload);
  if (self.kind == model::Kind::trace) {
    visit(self.thread, other.thread);
    visit(self.failed_checks, other.failed_checks);
    return;
  }
  visit(self.parent, other.parent);
  visit(self.type, other.type);
  visit(self.model, other.model);
  visit(self.provider, other.provider);
  visit(self.cost, other.cost);
  visit(self.usage_names, other.usage_names);
}

void Chunk::append_row(const Chunk& from, size_t row) {
  each_column(*this, from, [&](auto& to, const auto& column) { to.push_back(column[row]); });
  scores.values.insert(scores.values.end(), from.scores.begin_of(row), from.scores.end_of(row));
  scores.close_row();
  if (kind == model::Kind::trace) return;
  const size_t first = from.usage.first_of(row);
  for (size_t i = 0; i < from.usage.size_of(row); ++i) usage.values.push_back(from.usage.values[first + i]);
  usage.close_row();
}

size_t Chunk::bytes() const {
  size_t bytes = sizeof(Chunk) + scores.ends.bytes() + scores.values.capacity() * sizeof(ScoreValue);
  if (kind == model::Kind::span) bytes += usage.ends.bytes() + usage.values.bytes();
  each_column(*this, *this, [&](const auto& column, const auto&) {
    if constexpr (requires { column.bytes(); })
      bytes += column.bytes();
    else
      bytes += column.capacity() * sizeof(column[0]);
  });
  return bytes;
}

void Chunk::seal() {
  each_column(*this, *this, [](auto& column, auto&) {
    if constexpr (requires { column.seal(); })
      column.seal();
    else
      column.shrink_to_fit();
  });
  scores.ends.seal();
  scores.values.shrink_to_fit();
  if (kind == model::Kind::trace) return;
  usage.ends.seal();
  usage.values.seal();
}

}  // namespace opik::store::sqlite
