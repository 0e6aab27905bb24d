#pragma once
// What every page of a listing begins with: "page":2,"size":1,"total":11,"content":[...].

#include <cstdint>
#include <string>
#include <vector>

#include "codec/object_writer.h"

namespace opik::codec {

struct PagePlace {
  int64_t page = 1;
  int64_t total = 0;  // items of all pages
};

// `append(item)` appends one item to what `object` writes to.
template <class Item, class Append>
void append_page_members(ObjectWriter& object, const std::vector<Item>& items, PagePlace place, Append&& append) {
  append_integer(object.key("page"), place.page);
  append_integer(object.key("size"), static_cast<int64_t>(items.size()));
  append_integer(object.key("total"), place.total);
  std::string& out = object.key("content");
  out.push_back('[');
  for (const Item& item : items) {
    if (&item != items.data()) out.push_back(',');
    append(item);
  }
  out.push_back(']');
}

}  // namespace opik::codec
