#pragma once
// Which names are in use. Names of scores are found by jumping through an index from each to the next; those of usage by looking at
// the usage of all spans of a project.

#include "store/names.h"
#include "store/sqlite/reader_pool.h"

namespace opik::store::sqlite {

class NameRows final : public NameReader {
 public:
  explicit NameRows(ReaderPool& pool) : pool_(pool) {}
  base::Result<std::vector<std::string>> score_names(int64_t workspace, const ScoreNames& which) const override;
  base::Result<std::vector<std::string>> usage_names(int64_t project) const override;

 private:
  ReaderPool& pool_;
};

}  // namespace opik::store::sqlite
