#include "store/sqlite/names.h"

#include <limits>
#include <set>

#include "codec/decode.h"

namespace opik::store::sqlite {
namespace {

using base::Result;

using Names = std::set<std::string, std::less<>>;

std::vector<std::string> listed(Names& names) {
  std::vector<std::string> list;
  while (!names.empty()) list.push_back(std::move(names.extract(names.begin()).value()));
  return list;
}

// As many steps as there are pairs of a project and a name, however many scores.
void add_names(Connection& db, int64_t workspace, const ScoreNames& which, Names& names) {
  Statement& next = db.prepared(
      "SELECT project_n, name FROM feedback_scores WHERE workspace_n = ?1 AND entity = ?2 AND (project_n, name) > (?3, ?4) "
      "ORDER BY project_n, name LIMIT 1");
  int64_t project = which.project.value_or(std::numeric_limits<int64_t>::min());
  std::string name;
  for (;;) {
    ResetGuard guard(next);
    next.bind(1, workspace).bind_text(2, model::subject_name(which.subject)).bind(3, project).bind_text(4, name);
    if (!next.step() || (which.project && next.integer(0) != *which.project)) return;
    project = next.integer(0);
    name = next.text(1);
    names.insert(name);
  }
}

void add_names_of_type(Connection& db, int64_t workspace, const ScoreNames& which, Names& names) {
  Statement& rows = db.prepared(
      "SELECT DISTINCT f.name FROM feedback_scores f JOIN spans s ON s.workspace_n = f.workspace_n AND s.id = f.entity_id "
      "WHERE f.workspace_n = ?1 AND f.entity = 'span' AND (?2 IS NULL OR f.project_n = ?2) AND s.type = ?3");
  ResetGuard guard(rows);
  rows.bind(1, workspace).bind_text(3, *which.span_type);
  which.project ? rows.bind(2, *which.project) : rows.bind_null(2);
  while (rows.step()) names.emplace(rows.text(0));
}

}  // namespace

Result<std::vector<std::string>> NameRows::score_names(int64_t workspace, const ScoreNames& which) const {
  return read_guarded(pool_, [&](Connection& db) -> Result<std::vector<std::string>> {
    Names names;
    which.span_type ? add_names_of_type(db, workspace, which, names) : add_names(db, workspace, which, names);
    return listed(names);
  });
}

Result<std::vector<std::string>> NameRows::usage_names(int64_t project) const {
  return read_guarded(pool_, [&](Connection& db) -> Result<std::vector<std::string>> {
    model::TokenCounts counts;
    std::string last;  // neighbours mostly count the same things
    Statement& rows = db.prepared("SELECT usage FROM spans WHERE project_n = ?1 AND usage IS NOT NULL");
    ResetGuard guard(rows);
    rows.bind(1, project);
    while (rows.step()) {
      if (rows.text(0) == last) continue;
      last = rows.text(0);
      codec::add_usage(last, counts);
    }
    std::vector<std::string> names;
    for (const auto& [name, count] : counts) names.push_back(name);
    return names;
  });
}

}  // namespace opik::store::sqlite
