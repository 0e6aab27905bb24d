// Goal: the laws of docs/merge.md hold over every write endpoint: order, repetition, no lost update, overwrite, pending.
// Method: random schedules, an id each, against a running server: creates by POST of one and of many, updates by PATCH of one
// and of many, stamped and not, with clocks up to a day off, repeated and in any order. Then every id is read and compared with an
// oracle of its own, with the law stated plainly, or with the other ids that were told the same in another order.
//
//   opik_law_http --port 5173 --schedules 3000 --seed 1 --threads 4
//
// --lose-one-in N leaves out one delivery in N without telling the check: for the test of this test, which must then fail.
//
// Prints the schedules that broke a law (they can be made again from the seed) and ends with code 1 if there was one.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <iostream>
#include <map>
#include <mutex>
#include <thread>

#include "law_http/plan.h"
#include "support/http_client.h"

namespace opik::test {
namespace {

using nlohmann::json;

constexpr size_t kIdsPerRound = 400;
constexpr size_t kPipelined = 32;
constexpr size_t kFailuresPrinted = 5;

struct Tally {
  std::atomic<size_t> schedules{0}, requests{0}, failures{0};
  std::mutex mutex;  // of the output

  void fail(const std::string& what) {
    if (failures++ >= kFailuresPrinted) return;
    const std::lock_guard lock(mutex);
    std::cout << what << "\n" << std::flush;
  }
};

// Tells the server what the plans of one round say and looks at what it made of it.
class Teller {
 public:
  // `lose_one_in` 0: none.
  Teller(Round& round, HttpClient& client, Tally& tally, size_t lose_one_in)
      : round_(round),
        client_(client),
        tally_(tally),
        lose_one_in_(lose_one_in),
        path_(round.entity == Entity::trace ? "/v1/private/traces" : "/api/v1/private/spans") {}

  void tell() {
    std::vector<size_t> next(round_.plans.size(), 0);
    for (bool more = true; more;) more = tell_step(next);
  }

  void check() {
    std::map<size_t, std::pair<json, const Plan*>> groups;
    for (size_t begin = 0; begin < round_.plans.size(); begin += kPipelined) {
      const size_t end = std::min(begin + kPipelined, round_.plans.size());
      std::vector<std::string> requests;
      for (size_t i = begin; i < end; ++i) requests.push_back(http_request("GET", path_ + "/" + round_.plans[i].id, ""));
      const std::vector<HttpReply> replies = client_.send_pipelined(requests);
      tally_.requests += replies.size();
      for (size_t i = begin; i < end; ++i) check_one(round_.plans[i], replies[i - begin], groups);
    }
    tally_.schedules += round_.plans.size();
  }

 private:
  // One message for every id that has one left. Requests go one after the other, so the order of arrival is known.
  bool tell_step(std::vector<size_t>& next) {
    std::vector<std::string> creates;                          // items
    std::map<const Template*, std::vector<std::string>> many;  // ids by shared update
    std::vector<std::string> singles;                          // requests
    const auto chance = [&](double p) { return std::uniform_real_distribution<>(0, 1)(round_.random) < p; };
    bool any = false;
    for (size_t i = 0; i < next.size(); ++i) {
      const Plan& plan = round_.plans[i];
      if (next[i] == plan.deliveries.size()) continue;
      any = true;
      const Template* t = plan.deliveries[next[i]++];
      if (lose_one_in_ != 0 && round_.random() % lose_one_in_ == 0) continue;
      if (t->said.create && chance(0.97)) {
        creates.push_back(create_body(plan, *t));
        // Two creates of one id in one batch arrive in the order of the list.
        while (next[i] < plan.deliveries.size() && plan.deliveries[next[i]]->said.create && chance(0.3)) {
          creates.push_back(create_body(plan, *plan.deliveries[next[i]++]));
        }
      } else if (t->said.create) {
        singles.push_back(http_request("POST", path_, create_body(plan, *t)));
      } else if (t->shared && chance(0.95)) {
        many[t].push_back("\"" + plan.id + "\"");
      } else {
        singles.push_back(http_request("PATCH", path_ + "/" + plan.id, "{" + place() + t->members + "}"));
      }
    }
    send_creates(creates);
    for (const auto& [t, ids] : many) {
      expect_2xx(client_.send(http_request("PATCH", path_ + "/batch",
                                           fmt::format("{{\"ids\":[{}],\"update\":{{{}{}}}}}", fmt::join(ids, ","), place(), t->members))));
    }
    for (size_t begin = 0; begin < singles.size(); begin += kPipelined) {
      const size_t end = std::min(begin + kPipelined, singles.size());
      const auto first = singles.begin() + static_cast<ptrdiff_t>(begin);
      for (const HttpReply& reply : client_.send_pipelined({first, first + static_cast<ptrdiff_t>(end - begin)})) expect_2xx(reply);
    }
    return any;
  }

  void send_creates(const std::vector<std::string>& items) {
    const std::string list = round_.entity == Entity::trace ? "traces" : "spans";
    for (size_t begin = 0; begin < items.size();) {
      const size_t end = std::min(items.size(), begin + std::uniform_int_distribution<size_t>(1, 300)(round_.random));
      const auto first = items.begin() + static_cast<ptrdiff_t>(begin);
      const auto last = items.begin() + static_cast<ptrdiff_t>(end);
      expect_2xx(client_.send(http_request("POST", path_ + "/batch", fmt::format("{{\"{}\":[{}]}}", list, fmt::join(first, last, ",")))));
      begin = end;
    }
  }

  std::string place() const {
    std::string out = fmt::format("\"project_name\":\"{}\"", round_.project);
    if (round_.entity == Entity::span) out += fmt::format(",\"trace_id\":\"{}\"", round_.trace_id);
    return out;
  }

  std::string create_body(const Plan& plan, const Template& t) const {
    return fmt::format("{{\"id\":\"{}\",{}{}}}", plan.id, place(), t.members);
  }

  void expect_2xx(const HttpReply& reply) {
    ++tally_.requests;
    if (reply.status / 100 != 2) tally_.fail(fmt::format("a write was answered {}: {}", reply.status, reply.body.substr(0, 500)));
  }

  void check_one(const Plan& plan, const HttpReply& reply, std::map<size_t, std::pair<json, const Plan*>>& groups) {
    if (reply.status != 200)
      return tally_.fail(fmt::format("GET {}: {} {}\n{}", plan.id, reply.status, reply.body.substr(0, 300), describe(plan)));
    const json seen = comparable(json::parse(reply.body));
    if (plan.claim == Claim::indifferent) {
      const auto [kept, is_first] = groups.try_emplace(plan.group, seen, &plan);
      json other = kept->second.first;
      json mine = seen;
      // A pending entity's start time is the one in its id, and these are two ids.
      if (!created(plan)) other.erase("start_time"), mine.erase("start_time");
      if (other != mine) {
        tally_.fail(fmt::format("the order of stamped messages mattered\n{}\n  > {}\n{}\n  > {}", describe(*kept->second.second),
                                other.dump(), describe(plan), mine.dump()));
      }
      return;
    }
    const json wanted = wanted_view(plan);
    if (wanted != seen) tally_.fail(fmt::format("{}\n  wanted {}\n  read   {}", describe(plan), wanted.dump(), seen.dump()));
  }

  static bool created(const Plan& plan) {
    return std::any_of(plan.deliveries.begin(), plan.deliveries.end(), [](const Template* t) { return t->said.create; });
  }

  json wanted_view(const Plan& plan) const {
    FieldMap view;
    if (plan.claim == Claim::overwrite) {
      view = plan.deliveries.back()->said.fields;
    } else if (plan.claim == Claim::no_lost_update) {
      for (const Template* t : plan.deliveries) {
        if (t->said.create) view.insert(t->said.fields.begin(), t->said.fields.end());
      }
      for (const Template* t : plan.deliveries) {
        if (t->said.create) continue;
        for (const auto& [name, value] : t->said.fields) view[name] = value;
      }
    } else {
      std::vector<Said> said;
      const int64_t now_us =
          std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
      for (const Template* t : plan.deliveries) {
        said.push_back(t->said);
        said.back().arrival_us = now_us + static_cast<int64_t>(said.size());
      }
      view = law_view(said);
    }
    json wanted = json::object();
    for (const auto& [name, value] : view) {
      if (!value.is_null() && !((name == "tags" || name == "usage") && value.empty())) wanted[name] = value;
    }
    if (!created(plan)) wanted["start_time"] = pending_start(plan.id_ms);
    return wanted;
  }

  static std::string pending_start(int64_t ms) {
    const std::time_t seconds = ms / 1000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    const std::string fraction = ms % 1000 == 0 ? "" : fmt::format(".{:03}", ms % 1000);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                       parts.tm_min, parts.tm_sec, fraction);
  }

  // The members that are merged; what the server computes or shows besides is left out.
  json comparable(const json& read) const {
    static const std::vector<std::string> kNames{"name",     "start_time",           "end_time",  "input", "output", "metadata",
                                                 "tags",     "error_info",           "thread_id", "ttft",  "usage",  "model",
                                                 "provider", "total_estimated_cost", "type"};
    json out = json::object();
    for (const std::string& name : kNames) {
      const auto member = read.find(name);
      if (member == read.end()) continue;
      out[name] = *member;
    }
    if (round_.entity == Entity::trace) {  // what the trace's spans add up to
      out.erase("usage");
      out.erase("total_estimated_cost");
    }
    if (const auto metadata = out.find("metadata"); metadata != out.end() && metadata->is_object()) {
      metadata->erase("provider");
      if (metadata->empty()) out.erase("metadata");
    }
    return out;
  }

  Round& round_;
  HttpClient& client_;
  Tally& tally_;
  size_t lose_one_in_;
  std::string path_;
};

struct Options {
  std::string host = "127.0.0.1";
  uint16_t port = 5173;
  size_t schedules = 3000;
  uint64_t seed = 1;
  size_t threads = 4;
  size_t lose_one_in = 0;
};

int run(const Options& options) {
  Tally tally;
  std::atomic<size_t> rounds{0};
  const size_t rounds_wanted = (options.schedules + kIdsPerRound - 1) / kIdsPerRound;
  const auto work = [&] {
    try {
      HttpClient client(options.host, options.port);
      for (size_t n = rounds++; n < rounds_wanted; n = rounds++) {
        Round round(n % 2 == 0 ? Entity::trace : Entity::span, options.seed * 1'000'003 + n, kIdsPerRound);
        Teller teller(round, client, tally, options.lose_one_in);
        teller.tell();
        teller.check();
      }
    } catch (const std::exception& error) {
      tally.fail(error.what());
    }
  };
  std::vector<std::thread> workers;
  for (size_t i = 0; i < options.threads; ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
  std::cout << fmt::format("law_http: {} schedules, {} requests, {} failures (seed {})\n", tally.schedules.load(), tally.requests.load(),
                           tally.failures.load(), options.seed);
  return tally.failures == 0 && tally.schedules >= options.schedules ? 0 : 1;
}

}  // namespace
}  // namespace opik::test

int main(int argc, char** argv) {
  CLI::App app{"Holds the laws of merging against a running opikd, over HTTP."};
  opik::test::Options options;
  app.add_option("--host", options.host, "address of the server");
  app.add_option("--port", options.port, "port of the server");
  app.add_option("--schedules", options.schedules, "how many ids, each with a random schedule");
  app.add_option("--seed", options.seed, "what the schedules are made from");
  app.add_option("--threads", options.threads, "connections at once");
  app.add_option("--lose-one-in", options.lose_one_in, "leave out one delivery in so many");
  CLI11_PARSE(app, argc, argv);
  return opik::test::run(options);
}
