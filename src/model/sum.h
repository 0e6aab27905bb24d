#pragma once
// A sum of real numbers that does not depend on the order in which they come, but for cases made to show it: what is lost in
// each step is kept beside (Neumaier). So two stores that walk the same rows in different orders say the same.

#include <cmath>

namespace opik::model {

class Sum {
 public:
  void add(double value) {
    const double next = total_ + value;
    rest_ += std::abs(total_) >= std::abs(value) ? (total_ - next) + value : (value - next) + total_;
    total_ = next;
  }
  double value() const { return std::isfinite(total_) ? total_ + rest_ : total_; }

 private:
  double total_ = 0;
  double rest_ = 0;
};

}  // namespace opik::model
