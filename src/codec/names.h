#pragma once
// Lists of names as the web UI asks for them.

#include <string>
#include <vector>

namespace opik::codec {

void append_score_names(std::string& out, const std::vector<std::string>& names);  // {"scores":[{"name":"a"}]}
void append_usage_names(std::string& out, const std::vector<std::string>& names);  // {"names":["a"]}

}  // namespace opik::codec
