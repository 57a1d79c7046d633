#include "gateway/descriptors.h"

#include <algorithm>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace marquee::gateway {

void reserve_descriptors(int count) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const int last =
      static_cast<int>(std::min<rlim_t>(limit.rlim_cur, static_cast<rlim_t>(count))) - 1;
  const int any = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (any < 0) return;
  // The table stays as large as it had to be.
  const int far = fcntl(any, F_DUPFD_CLOEXEC, last);
  if (far >= 0) close(far);
  close(any);
}

}  // namespace marquee::gateway
