#pragma once
// What a workspace may set, between JSON and model.
//
//   {"timeout_to_mark_thread_as_inactive": "PT30M", "truncation_on_tables": true, "color_map": {"gpt-4": "#FF0000"}}

#include <string>

#include "base/padded_buffer.h"
#include "base/result.h"
#include "model/workspace_configuration.h"

namespace opik::codec {

// Errors as in decode.h.
base::Result<model::WorkspaceConfiguration> decode_workspace_configuration(const base::PaddedBuffer& body);

void append_workspace_configuration(std::string& out, const model::WorkspaceConfiguration& configuration);

}  // namespace opik::codec
