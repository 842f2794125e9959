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
    const char *asked = getenv("SLOW_SYNC");
    long micros = asked ? atol(asked) : 5000;
    struct timespec rest = {micros / 1000000, micros % 1000000 * 1000};
    nanosleep(&rest, NULL);
    return result;
}

int fsync(int file) { return longer("fsync", file); }
int fdatasync(int file) { return longer("fdatasync", file); }
