#pragma once
// A batch of the queue as the request that carries it. Pure.

#include <string>

#include "sdk/attachment_upload.h"
#include "sdk/queue.h"
#include "sdk/transport.h"

namespace opik::sdk {

// Method, path and the JSON body, not compressed, without headers. Not for attachments.
HttpRequest make_request(const Batch& batch);

AttachmentUpload make_upload(const Item& item);

// For the spool: all of an item but its id and version.
std::string pack_item(const Item& item);
// Nothing if `packed` is not what pack_item() of this version of the SDK made.
std::optional<Item> unpack_item(std::string_view packed);

}  // namespace opik::sdk
