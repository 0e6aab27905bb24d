#pragma once
// The web UI: which files answer what is not the API, and the headers that go with them.

#include <string>
#include <vector>

#include "base/result.h"
#include "http/router.h"
#include "http/static_files.h"

namespace opik::opikd {

// What the program carries: made by web/scripts/embed.mjs. Empty if it was built with -DOPIK_UI=OFF.
std::vector<http::StaticFile> carried_ui();

// Serves the UI that the program carries or, if `folder` is not empty, that folder: our own while it is developed, or another
// frontend of Opik. Errors: Code::invalid if the folder has no index.html.
base::Result<void> add_ui(http::Router& router, const std::string& folder);

}  // namespace opik::opikd
