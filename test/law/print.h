#pragma once
// Whole values as text, so that two stores' answers are compared, and shown, as a whole. Numbers of rows and of projects, and
// ids that a store made up itself, are left out.

#include <string>
#include <vector>

#include "model/record.h"
#include "model/thread.h"
#include "store/catalog.h"

namespace opik::law {

std::string print(const model::Record& record);
std::string print(const std::vector<model::Record>& records);
std::string print(const model::Stats& stats);
std::string print(const model::Project& project);
std::string print(const model::Thread& thread);
std::string print(const std::vector<model::Thread>& threads);
std::string print(const model::ThreadStats& stats);

}  // namespace opik::law
