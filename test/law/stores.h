#pragma once
// The stores that the tests of this folder run on, behind one face, and how a message gets into one.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "store/catalog.h"
#include "store/guardrails.h"
#include "store/threads.h"
#include "store/trace_store.h"

namespace opik::law {

class Store {
 public:
  virtual ~Store() = default;
  virtual store::TraceStore& traces() = 0;
  virtual store::TraceWriter& writer() = 0;
  virtual const store::CatalogReader& catalog() = 0;
  virtual store::CatalogWriter& catalog_writer() = 0;
  virtual store::GuardrailWriter& guardrails() = 0;
  virtual const store::ThreadReader& threads() = 0;
  virtual store::ThreadWriter& thread_writer() = 0;
  // As if the process had been started again.
  virtual void reopen() = 0;
};

// A fresh, empty store, by one of the names in kStores.
std::unique_ptr<Store> make_store(const std::string& name);
inline const std::vector<std::string> kStores{"memory", "sqlite"};

// One transaction around `work(store)`; every step must succeed.
template <class Work>
void commit(Store& store, Work&& work) {
  ASSERT_TRUE(store.writer().begin());
  work();
  const base::Result<void> done = store.writer().commit();
  ASSERT_TRUE(done) << done.error().message;
}

inline std::unique_ptr<store::PreparedBatch> prepare(Store& store, std::vector<model::Message> messages) {
  std::unique_ptr<store::PreparedBatch> batch = store.traces().prepare(store::kDefaultWorkspace);
  for (model::Message& message : messages) batch->add(std::move(message));
  batch->finish();
  return batch;
}

// Applies one batch inside a transaction that is open.
inline store::WriteReport apply(Store& store, std::vector<model::Message> messages) {
  const auto batch = prepare(store, std::move(messages));
  base::Result<store::WriteReport> report = store.writer().apply(*batch);
  EXPECT_TRUE(report) << report.error().message;
  return report ? *std::move(report) : store::WriteReport{};
}
inline store::WriteReport write(Store& store, std::vector<model::Message> messages) {
  store::WriteReport report;
  commit(store, [&] { report = apply(store, std::move(messages)); });
  return report;
}

// A UUIDv7; ids ascend with `n`.
base::Uuid id_of(int64_t n);
// Sets content_hash from what the message says, as the codec does.
void set_content_hash(model::Message& message);

}  // namespace opik::law
