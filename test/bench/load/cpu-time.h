// CPU time of processes, from Linux's scheduler statistics.
#pragma once
#include <dirent.h>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>

/** Nanoseconds all threads of a process have been on a CPU, user and system; 0 when it is gone. */
inline uint64_t processCpu(int pid) {
  std::string folder = "/proc/" + std::to_string(pid) + "/task";
  DIR* tasks = opendir(folder.c_str());
  if (!tasks) return 0;
  uint64_t total = 0;
  while (dirent* task = readdir(tasks)) {
    if (task->d_name[0] == '.') continue;
    FILE* file = fopen((folder + "/" + task->d_name + "/schedstat").c_str(), "r");
    unsigned long long onCpu = 0;
    if (file) {
      if (fscanf(file, "%llu", &onCpu) == 1) total += onCpu;
      fclose(file);
    }
  }
  closedir(tasks);
  return total;
}

inline uint64_t nanoseconds(clockid_t clock) {
  timespec t;
  clock_gettime(clock, &t);
  return uint64_t(t.tv_sec) * 1000000000ull + t.tv_nsec;
}

inline uint64_t wallClock() { return nanoseconds(CLOCK_MONOTONIC); }
inline uint64_t ownCpu() { return nanoseconds(CLOCK_PROCESS_CPUTIME_ID); }
