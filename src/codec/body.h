#pragma once
// A request body, taken apart into the members of its object, and of the objects in its list. The whole text is checked on
// the way, also what nobody asked for; whoever holds a Slice need not look for broken JSON in it.
//
// Errors: Code::malformed for what is not JSON (with the byte's position) or no object, Code::unprocessable for no body at all.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/padded_buffer.h"
#include "base/result.h"
#include "codec/members.h"

namespace opik::codec {

// "Unable to process JSON. " and what is wrong.
base::Error malformed(std::string_view what);

// The members of the body's object; of two with the same name the later.
base::Result<Members> read_object(const base::PaddedBuffer& body);

// Takes the items of a list, in order.
class ItemSink {
 public:
  virtual ~ItemSink() = default;
  // A list begins: what came before belonged to an earlier member of the same name and does not count.
  virtual void begin() = 0;
  virtual void item(size_t index, const Members& members) = 0;
  virtual void item_of_wrong_type(size_t index, std::string_view value) = 0;
};

// Reads {"<list>": [{...}, ...], ...} into `sink`, at most kBatchItemsMax items. Fails if the list is missing, empty or longer.
base::Result<void> read_list(const base::PaddedBuffer& body, Key list, ItemSink& sink);

}  // namespace opik::codec
