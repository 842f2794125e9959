/* Makes every sync of a program longer, as on a disk without a cache: by SLOW_SYNC microseconds, or 5 ms.
 * Nothing else is touched.
 *
 *   cc -O2 -shared -fPIC -o slow-sync.so slow-sync.c && LD_PRELOAD=$PWD/slow-sync.so PROGRAM
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static int longer(const char *name, int file)
{
    int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    int result = sync(file);
    const char *longer_by = getenv("SLOW_SYNC");
    struct timespec rest = {0, 1000L * (longer_by ? atoi(longer_by) : 5000)};
    nanosleep(&rest, NULL);
    return result;
}

int fsync(int file) { return longer("fsync", file); }
int fdatasync(int file) { return longer("fdatasync", file); }
