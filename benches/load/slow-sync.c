/* Makes every sync of a program 5 ms longer, as a disk without a cache does. Nothing else is touched.
 *
 *   cc -O2 -shared -fPIC -o slow-sync.so slow-sync.c && LD_PRELOAD=$PWD/slow-sync.so PROGRAM
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static int longer(const char *name, int file)
{
    int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    int result = sync(file);
    struct timespec rest = {0, 5000000};
    nanosleep(&rest, NULL);
    return result;
}

int fsync(int file) { return longer("fsync", file); }
int fdatasync(int file) { return longer("fdatasync", file); }
