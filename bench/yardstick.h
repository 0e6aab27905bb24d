#pragma once
// How fast this machine is just now, on work that every span costs whatever the server does: compressing its payload with zstd
// (level 2) against a dictionary. Machines are shared and drift by half within minutes; the server's CPU in yardsticks of the same run
// drifts less.

namespace opik::bench {

// CPU microseconds for one payload of about 1.8 KB: the median of several rounds over spans of the usual corpus.
double yardstick_us();

}  // namespace opik::bench
