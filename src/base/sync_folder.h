#pragma once
// Makes the names in a folder durable: after a file was made, renamed or removed there.

#include <filesystem>

namespace opik::base {

// False, with errno: the folder cannot be opened or synced.
bool sync_folder(const std::filesystem::path& folder);

}  // namespace opik::base
