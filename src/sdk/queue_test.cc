// Goal: whatever the order of creating, updating, ending, sending, acknowledging, failing, spilling, forgetting, crashing and replaying,
// the server ends up with what a program without any batching would have stored, on both kinds of server, and the counters add up all the
// way. Method: random schedules of those steps over a few ids, against a sequential model; two models of a server side by side: the
// official one (the whole row of the newest stamp; a patch copies the newest row, and of an unknown id makes a partial one) and one that
// merges by field (docs/merge.md). Every logged call carries a number, so that what flush() promises can be checked too.
#include "sdk/queue.h"

#include <gtest/gtest.h>
#include <deque>
#include <random>

namespace opik::sdk {
namespace {

using Fields = std::map<Field, std::string>;

constexpr Field kData[] = {Field::input, Field::output, Field::metadata, Field::tags, Field::end_time};
constexpr Field kNumber = Field::name;

void no_address(Row& /*row*/) {}

Row row_of(const Fields& fields) {
  Row row;
  for (const auto& [field, text] : fields) row.set(field, text);
  return row;
}

Fields fields_of(const Row& row) {
  Fields fields;
  for (size_t i = 0; i < kFields; ++i) {
    const auto field = static_cast<Field>(i);
    if (row.has(field)) fields[field] = row.get(field);
  }
  return fields;
}

void lay(Fields& below, const Fields& above) {
  for (const auto& [field, text] : above) below[field] = text;
}

class Server {
 public:
  virtual ~Server() = default;
  virtual void snapshot(const base::Uuid& id, const Fields& fields, int64_t stamp) = 0;
  virtual void patch(const base::Uuid& id, const Fields& fields, int64_t now) = 0;
  virtual Fields view(const base::Uuid& id) const = 0;
};

class NewestRowWins : public Server {
 public:
  void snapshot(const base::Uuid& id, const Fields& fields, int64_t stamp) override {
    auto& row = rows_[id];
    if (stamp >= row.second) row = {fields, stamp};
  }
  void patch(const base::Uuid& id, const Fields& fields, int64_t now) override {
    auto& row = rows_[id];
    lay(row.first, fields);
    row.second = now;
  }
  Fields view(const base::Uuid& id) const override { return rows_.contains(id) ? rows_.at(id).first : Fields{}; }

 private:
  std::map<base::Uuid, std::pair<Fields, int64_t>> rows_;
};

class MergesFields : public Server {
 public:
  void snapshot(const base::Uuid& id, const Fields& fields, int64_t stamp) override {
    Entity& e = entities_[id];
    e.first = std::min(e.first, stamp);
    if (stamp > e.stamp) e.stamp = stamp, e.base = fields, e.arrival = ++arrivals_;
  }
  void patch(const base::Uuid& id, const Fields& fields, int64_t) override {
    ++arrivals_;
    for (const auto& [field, text] : fields) entities_[id].cells[field] = {text, arrivals_};
  }
  Fields view(const base::Uuid& id) const override {
    if (!entities_.contains(id)) return {};
    const Entity& e = entities_.at(id);
    Fields fields = e.base;
    for (const auto& [field, cell] : e.cells) {
      if (e.first == e.stamp || cell.second > e.arrival) fields[field] = cell.first;
    }
    return fields;
  }

 private:
  struct Entity {
    int64_t first = INT64_MAX;
    int64_t stamp = -1;
    uint64_t arrival = 0;
    Fields base;
    std::map<Field, std::pair<std::string, uint64_t>> cells;
  };
  std::map<base::Uuid, Entity> entities_;
  uint64_t arrivals_ = 0;
};

struct OnDisk {
  Key key;
  bool whole;
  std::string packed;
};
using Disk = std::map<std::tuple<Kind, base::Uuid, int64_t>, OnDisk>;

// A process that logs, and the network between it and the two servers.
class World {
 public:
  World(uint64_t seed, bool save_all) : random_(seed), save_all_(save_all), queue_(std::make_unique<Queue>(save_all)) {
    for (int i = 0; i < 6; ++i) ids_.push_back(base::Uuid::v7());
    for (int i = 4; i < 6; ++i) {  // made by another process, long ago
      const Fields fields{{Field::trace_id, "\"t\""}, {kNumber, "\"0\""}, {Field::input, "\"theirs\""}};
      for (Server* server : servers()) server->snapshot(ids_[static_cast<size_t>(i)], fields, 1);
      model_[ids_[static_cast<size_t>(i)]] = fields;
    }
  }

  void step() {
    now_ += 1 + pick(10);
    const unsigned dice = pick(100);
    if (dice < 20) {
      create(any_id());
    } else if (dice < 55) {
      update(any_id());
    } else if (dice < 72) {
      send(pick(2) == 0);
    } else if (dice < 88) {
      resolve();
    } else if (dice < 90) {
      queue_->trim(pick(2) == 0 ? 0 : 2000);
    } else if (dice < 92) {
      spill();
    } else if (dice < 94) {
      replay(3);
    } else if (dice < 96) {
      commit();
    } else if (dice < 98) {
      if (flushes_.size() < 8 && queue_->counters().spooled == 0) flushes_.push_back({queue_->close_epoch(), numbers_});
    } else if (save_all_) {
      crash();
    }
    check();
  }

  // Lets everything arrive and compares.
  void finish() {
    for (int i = 0; i < 1000 && (queue_->counters().pending > 0 || queue_->counters().spooled > 0 || !flying_.empty()); ++i) {
      ++now_;
      replay(100);
      send(true);
      while (!flying_.empty()) resolve(false);
      check();
    }
    for (auto& [items, copies] : late_) arrive(items);
    commit();
    const QueueCounters& counters = queue_->counters();
    EXPECT_EQ(counters.pending, 0u);
    EXPECT_EQ(counters.spooled, 0u);
    EXPECT_TRUE(disk_.empty()) << disk_.size() << " records are left on disk";
    for (const base::Uuid& id : ids_) {
      EXPECT_EQ(official_.view(id), model_[id]) << "official, " << id.text();
      EXPECT_EQ(merging_.view(id), model_[id]) << "merging, " << id.text();
    }
  }

 private:
  struct Flush {
    uint64_t epoch;
    std::map<base::Uuid, int> numbers;
  };

  unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }
  const base::Uuid& any_id() { return ids_[pick(static_cast<unsigned>(ids_.size()))]; }
  std::vector<Server*> servers() { return {&official_, &merging_}; }
  static Key key_of(const base::Uuid& id) { return {Kind::span, id, {}}; }

  Fields some_fields(const base::Uuid& id) {
    Fields fields;
    for (const Field field : kData) {
      if (pick(3) == 0) fields[field] = "\"" + std::string(pick(40), 'x') + std::to_string(random_() % 1000) + "\"";
    }
    const int number = ++count_;
    fields[kNumber] = "\"" + std::to_string(number) + "\"";
    numbers_[id] = number;
    return fields;
  }

  void create(const base::Uuid& id) {
    Fields fields = some_fields(id);
    fields[Field::trace_id] = "\"t\"";
    queue_->create(key_of(id), row_of(fields), now_, pick(2) == 0);
    model_[id] = fields;
  }

  // Of an id that is nowhere yet only a create may be the first, as in any program: a handle comes from one.
  void update(const base::Uuid& id) {
    if (model_[id].empty()) return create(id);
    const Fields fields = some_fields(id);
    queue_->update(
        key_of(id), row_of(fields), [](Row& row) { row.set(Field::trace_id, "\"t\""); }, now_, pick(2) == 0);
    lay(model_[id], fields);
  }

  void send(bool hurry) {
    const Queue::Limits limits{.items_max = 1 + pick(4), .bytes_max = 500 + pick(3000), .wait_us = 20};
    while (std::optional<Batch> batch = queue_->take(limits, now_, hurry)) {
      for (const Item& item : batch->items) {
        const auto [where, fresh] = stamps_.try_emplace(item.key.id, 0);
        EXPECT_GT(item.version, where->second) << "stamps must increase";
        where->second = item.version;
        for (const auto& other : flying_) {
          for (const Item& there : other) EXPECT_FALSE(there.key == item.key) << "two requests in flight for one id";
        }
      }
      flying_.push_back(batch->items);
    }
  }

  void arrive(const std::vector<Item>& items) {
    for (const Item& item : items) {
      for (Server* server : servers()) {
        if (item.whole)
          server->snapshot(item.key.id, fields_of(*item.row), item.version);
        else
          server->patch(item.key.id, fields_of(*item.row), now_);
      }
    }
  }

  // One request ends: it arrives and is acknowledged, or arrives and the answer is lost, or does not arrive. What seemed lost may arrive
  // much later.
  void resolve(bool may_fail = true) {
    if (flying_.empty()) return;
    const size_t which = pick(static_cast<unsigned>(flying_.size()));
    const std::vector<Item> items = flying_[which];
    flying_.erase(flying_.begin() + static_cast<std::ptrdiff_t>(which));
    const unsigned fate = may_fail ? pick(4) : 0;
    if (fate < 3) arrive(items);
    if (fate < 2) {
      for (const Item& item : items) queue_->delivered(item);
    } else {
      if (items.front().whole && pick(2) == 0) late_.push_back({items, 1});
      for (const Item& item : items) {
        if (pick(2) == 0) queue_->save(item);
        queue_->released(item);
      }
    }
    if (!late_.empty() && pick(4) == 0) {
      arrive(late_.front().first);
      late_.pop_front();
    }
    forget_acked();
  }

  void write(const Item& item) {
    std::string packed;
    item.row->pack(packed);
    disk_[{item.key.kind, item.key.id, item.version}] = {item.key, item.whole, packed};
  }

  void commit() {
    for (const Item& item : queue_->take_unsaved(1 << 20)) {
      if (pick(10) == 0)
        queue_->unsaved(item);  // the disk failed
      else
        write(item);
    }
    forget_acked();
  }

  void forget_acked() {
    for (const SpoolAck& ack : queue_->take_acks()) disk_.erase({ack.kind, ack.id, ack.version});
  }

  void spill() {
    flushes_.clear();  // they would have told of spooled records instead
    for (const Item& item : queue_->spill(1 + pick(2000))) {
      write(item);
      spilled_.push_back({item.key.kind, item.key.id, item.version});
    }
  }

  void replay(size_t records) {
    while (records-- > 0 && !spilled_.empty()) {
      const auto name = spilled_.front();
      spilled_.pop_front();
      const auto found = disk_.find(name);
      if (found == disk_.end()) continue;
      const OnDisk record = found->second;
      if (!queue_->restore(record.key, *Row::unpack(record.packed), std::get<2>(name), record.whole)) spilled_.push_back(name);
      forget_acked();
    }
  }

  // kill -9 right after a commit: memory is gone; what was on its way arrives now, later or never; a new process replays the disk.
  void crash() {
    for (int i = 0; i < 50; ++i) {
      const std::vector<Item> items = queue_->take_unsaved(1 << 20);
      if (items.empty()) break;
      for (const Item& item : items) write(item);
    }
    forget_acked();
    for (const auto& items : flying_) {
      if (pick(2) == 0)
        arrive(items);
      else if (items.front().whole)
        late_.push_back({items, 1});
    }
    flying_.clear();
    flushes_.clear();
    spilled_.clear();
    queue_ = std::make_unique<Queue>(save_all_);
    now_ += 1000;
    for (const auto& [name, record] : disk_) spilled_.push_back(name);
    replay(spilled_.size());
  }

  void check() {
    const QueueCounters& c = queue_->counters();
    ASSERT_EQ(c.captured, c.delivered + c.rejected + c.spooled + c.pending);
    std::erase_if(flushes_, [&](const Flush& flush) {
      if (queue_->pending_until(flush.epoch) > 0) return false;
      for (const auto& [id, number] : flush.numbers) {
        const Fields row = official_.view(id);
        const auto there = row.find(kNumber);
        EXPECT_TRUE(there != row.end() && std::stoi(there->second.substr(1)) >= number) << "flush told of a delivery that was none";
      }
      return true;
    });
  }

  std::mt19937_64 random_;
  const bool save_all_;
  std::unique_ptr<Queue> queue_;
  std::vector<base::Uuid> ids_;
  std::map<base::Uuid, Fields> model_;
  std::map<base::Uuid, int> numbers_;
  std::map<base::Uuid, int64_t> stamps_;
  int count_ = 0;
  int64_t now_ = 100;
  NewestRowWins official_;
  MergesFields merging_;
  std::vector<std::vector<Item>> flying_;
  std::deque<std::pair<std::vector<Item>, int>> late_;
  Disk disk_;
  std::deque<std::tuple<Kind, base::Uuid, int64_t>> spilled_;
  std::vector<Flush> flushes_;
};

int schedules() {
  const char* count = std::getenv("OPIK_SDK_SCHEDULES");
  return count != nullptr ? std::atoi(count) : 1500;
}

void run(bool save_all) {
  for (int seed = 1; seed <= schedules(); ++seed) {
    World world(static_cast<uint64_t>(seed), save_all);
    for (int i = 0; i < 250 && !testing::Test::HasFailure(); ++i) world.step();
    if (!testing::Test::HasFailure()) world.finish();
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
}

TEST(QueueProperty, ServerEndsAsTheSequentialModelSays) { run(false); }
TEST(QueueProperty, AlsoWhenTheProcessCrashesAndReplays) { run(true); }

Key span(int n) {
  std::array<uint8_t, 16> bytes{};
  bytes[15] = static_cast<uint8_t>(n);
  bytes[6] = 0x70;
  return {Kind::span, base::Uuid{bytes}, {}};
}

Row named(const std::string& text) { return row_of({{Field::name, text}}); }

TEST(Queue, AnUpdateJoinsItsQueuedCreate) {
  Queue queue;
  queue.create(span(1), named("a"), 10);
  EXPECT_TRUE(queue.update(span(1), row_of({{Field::output, "1"}}), no_address, 20));
  const std::optional<Batch> batch = queue.take({}, 30, true);
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->items.size(), 1u);
  EXPECT_TRUE(batch->items[0].whole);
  EXPECT_EQ(fields_of(*batch->items[0].row), (Fields{{Field::name, "a"}, {Field::output, "1"}}));
  EXPECT_FALSE(queue.take({}, 40, true));
}

TEST(Queue, AnUpdateInFlightWaitsAndGoesAsANewerWholeRecord) {
  Queue queue;
  queue.create(span(1), named("a"), 10);
  const Item first = queue.take({}, 20, true)->items.at(0);
  queue.update(span(1), row_of({{Field::output, "1"}}), no_address, 15);
  EXPECT_FALSE(queue.take({}, 30, true)) << "one request at a time for one id";
  queue.delivered(first);
  const Item second = queue.take({}, 30, true)->items.at(0);
  EXPECT_GT(second.version, first.version);
  EXPECT_TRUE(second.whole);
  EXPECT_EQ(fields_of(*second.row), (Fields{{Field::name, "a"}, {Field::output, "1"}}));
  EXPECT_EQ(fields_of(*first.row), (Fields{{Field::name, "a"}})) << "what is on its way must not change under the sender";
}

TEST(Queue, OnlyOfAForeignIdAPatchIsSent) {
  Queue queue;
  const auto address = [](Row& row) { row.set(Field::trace_id, "t"); };
  EXPECT_FALSE(queue.update(span(1), row_of({{Field::output, "1"}}), address, 10));
  const Batch batch = *queue.take({}, 20, true);
  EXPECT_FALSE(batch.whole);
  queue.update(span(1), row_of({{Field::input, "2"}}), address, 30);
  queue.released(batch.items[0]);
  const Batch again = *queue.take({}, 40, true);
  ASSERT_EQ(again.items.size(), 1u);
  EXPECT_EQ(fields_of(*again.items[0].row), (Fields{{Field::trace_id, "t"}, {Field::output, "1"}, {Field::input, "2"}}));
}

TEST(Queue, BatchesByCountBytesAndAge) {
  Queue queue;
  const Queue::Limits limits{.items_max = 3, .bytes_max = 100'000, .wait_us = 100};
  queue.create(span(1), named("a"), 10);
  queue.create(span(2), named("b"), 50);
  EXPECT_FALSE(queue.take(limits, 109, false));
  EXPECT_EQ(queue.due_us(limits), 110);
  queue.update(span(1), named("c"), no_address, 100);
  EXPECT_EQ(queue.due_us(limits), 110) << "a change does not restart the wait";
  EXPECT_EQ(queue.take(limits, 110, false)->items.size(), 2u);
  for (int i = 3; i < 7; ++i) queue.create(span(i), named("d"), 200);
  EXPECT_EQ(queue.take(limits, 200, false)->items.size(), 3u) << "full";
  EXPECT_FALSE(queue.take(limits, 200, false));
  queue.create(span(7), named(std::string(200'000, 'x')), 200);
  EXPECT_EQ(queue.take(limits, 200, false)->items.size(), 1u) << "by bytes; the large one does not fit beside the first";
  EXPECT_EQ(queue.take(limits, 200, false)->items.size(), 1u) << "the large one goes alone";
}

TEST(Queue, ARejectedRecordIsCountedOnceWithItsReasonAndMayBeMended) {
  Queue queue;
  queue.create(span(1), named("bad"), 10);
  queue.rejected(queue.take({}, 20, true)->items.at(0), "400: no");
  EXPECT_EQ(queue.counters().rejected, 1u);
  EXPECT_EQ(queue.take_reasons().at("400: no").count, 1u);
  EXPECT_TRUE(queue.take_reasons().empty());
  EXPECT_TRUE(queue.update(span(1), named("good"), no_address, 30));
  const Batch batch = *queue.take({}, 40, true);
  EXPECT_TRUE(batch.whole);
  queue.delivered(batch.items[0]);
  EXPECT_EQ(queue.counters().delivered, 1u);
}

TEST(Queue, ForgetsWhatIsDeliveredAndCountsItsBytes) {
  Queue queue;
  for (int i = 0; i < 100; ++i) queue.create(span(i), named(std::string(1000, 'x')), 10, i % 2 == 0);
  const size_t full = queue.bytes();
  EXPECT_GT(full, 100'000u);
  const Batch batch = *queue.take({}, 20, true);
  for (const Item& item : batch.items) queue.delivered(item);
  EXPECT_EQ(queue.bytes(), full);
  queue.trim(full / 2 + 1000);
  EXPECT_TRUE(queue.update(span(1), named("unended is kept longer"), no_address, 30));
  EXPECT_FALSE(queue.update(span(2), named("ended goes first"), no_address, 30));
  queue.trim(0);
  Queue empty;
  queue.rejected(queue.take({}, 40, true)->items.at(0), "");
  if (std::optional<Batch> rest = queue.take({}, 40, true)) queue.rejected(rest->items.at(0), "");
  queue.trim(0);
  EXPECT_EQ(queue.bytes(), empty.bytes());
}

TEST(Queue, ShedsTheOldestWhenMemoryIsShort) {
  Queue queue;
  for (int i = 0; i < 10; ++i) queue.create(span(i), named(std::string(10'000, 'x')), 10 + i);
  queue.shed(50'000, "memory");
  EXPECT_LE(queue.bytes(), 50'000u);
  const QueueCounters& c = queue.counters();
  EXPECT_EQ(c.captured, 10u);
  EXPECT_EQ(c.pending + c.rejected, 10u);
  EXPECT_EQ(queue.take({}, 100, true)->items.back().key, span(9));
}

TEST(Queue, WhatTheDiskDropsIsRejected) {
  Queue queue;
  queue.create(span(1), named("a"), 10);
  const Item item = queue.spill(1).at(0);
  EXPECT_EQ(queue.counters().spooled, 1u);
  queue.lost(item.key.kind, item.key.id, item.version);
  EXPECT_EQ(queue.counters().spooled, 0u);
  EXPECT_EQ(queue.counters().rejected, 1u);
}

}  // namespace
}  // namespace opik::sdk
