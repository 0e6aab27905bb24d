// Goal: whatever is added and erased, every record that is here is found, and no other. Method: random steps against std::map, with a hash
// of few values, so that searches run into each other and around the end of the array.
#include "sdk/key_table.h"

#include <gtest/gtest.h>
#include <map>
#include <random>

namespace opik::sdk {
namespace {

struct Numbered {
  int key = 0;
  size_t hash = 0;
  int value = 0;
};

struct FewValues {
  // The upper bits are all that the table looks at first; among them the last place of the array.
  size_t operator()(int key) const { return key % 3 == 0 ? ~size_t{0} : static_cast<size_t>(key % 5) << 61; }
};

TEST(KeyTable, FindsWhatIsHereAndNothingElse) {
  std::mt19937 random(11);
  for (int round = 0; round < 50; ++round) {
    KeyTable<Numbered, int, FewValues> table;
    std::map<int, int> model;
    for (int step = 0; step < 400; ++step) {
      const int key = static_cast<int>(random() % 90);
      Numbered* found = table.find(key);
      ASSERT_EQ(found != nullptr, model.contains(key));
      if (found == nullptr) {
        auto made = std::make_unique<Numbered>();
        made->key = key;
        made->value = model[key] = step;
        table.add(std::move(made));
      } else {
        ASSERT_EQ(found->value, model[key]);
        table.erase(*found);
        model.erase(key);
      }
      std::map<int, int> all;
      table.each([&](const Numbered& record) { all[record.key] = record.value; });
      ASSERT_EQ(all, model);
    }
    for (int key = 0; key < 90; ++key) ASSERT_EQ(table.find(key) != nullptr, model.contains(key));
  }
}

}  // namespace
}  // namespace opik::sdk
