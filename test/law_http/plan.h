#pragma once
// What one id is told and in which order: a random schedule, made from a seed.

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "law_http/oracle.h"

namespace opik::test {

enum class Entity : uint8_t { trace, span };

// One message as it goes over the wire, without the id in front.
struct Template {
  Said said;            // arrival 0
  std::string members;  // "\"name\":\"a\",..." ready to be put into an object
  bool shared = false;  // an update that other ids are told too: it may go by PATCH of many
};

// Which law is held against the outcome.
enum class Claim : uint8_t {
  oracle,          // any mixture: what the oracle says
  no_lost_update,  // one create and unstamped updates: the updates over the create
  overwrite,       // in order, a create at the end: that create alone
  indifferent,     // all stamped, ties too: the same as the other ids of the same group
};

struct Plan {
  std::string id;
  int64_t id_ms = 0;
  Claim claim = Claim::oracle;
  size_t group = 0;                         // indifferent: plans with one group are told the same messages
  std::vector<const Template*> deliveries;  // in order, with repetitions
};

std::string describe(const Plan& plan);

// The schedules of one round: some hundred ids of one kind of entity.
class Round {
 public:
  Round(Entity entity, uint64_t seed, size_t ids);
  Round(const Round&) = delete;

  Entity entity;
  std::string project;
  std::string trace_id;  // of all spans
  std::vector<Plan> plans;
  std::mt19937_64 random;

 private:
  const Template* make(bool create, bool stamped, bool shared = false);
  FieldMap some_fields(bool create);
  nlohmann::json some_value(const std::string& field);
  int64_t some_stamp_us();
  void plan_oracle(Plan& plan);
  void plan_no_lost_update(Plan& plan);
  void plan_overwrite(Plan& plan);
  void plan_indifferent(size_t group, size_t count);
  Plan new_plan(Claim claim);
  bool chance(double p) { return std::uniform_real_distribution<>(0, 1)(random) < p; }
  size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); }

  std::vector<std::unique_ptr<Template>> templates_;
  std::vector<const Template*> pool_;  // shared updates
  int64_t stamps_made_ = 0;
  int64_t now_us_ = 0;
};

}  // namespace opik::test
