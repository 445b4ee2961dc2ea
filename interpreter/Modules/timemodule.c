/* The module time: clocks in seconds, and sleeping. */
#include "rabbit.h"
#include <errno.h>
#include <time.h>

#define DEF(name) static Object *name(Object *self, Object **args, Size n, Object *kwnames)
#define IGNORE (void)self, (void)args, (void)n, (void)kwnames

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static Object *nanoseconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return Int_FromLong((int64_t)t.tv_sec * 1000000000 + t.tv_nsec);
}

DEF(time_time) { IGNORE; return Float_New(seconds(CLOCK_REALTIME)); }
DEF(time_time_ns) { IGNORE; return nanoseconds(CLOCK_REALTIME); }
DEF(time_monotonic) { IGNORE; return Float_New(seconds(CLOCK_MONOTONIC)); }
DEF(time_monotonic_ns) { IGNORE; return nanoseconds(CLOCK_MONOTONIC); }
DEF(time_process_time) { IGNORE; return Float_New(seconds(CLOCK_PROCESS_CPUTIME_ID)); }

DEF(time_sleep)
{
    IGNORE;
    double wait = Float_AsDouble(args[0]);
    if (wait == -1.0 && Err_Occurred()) {
        return NULL;
    }
    if (!(wait >= 0 && wait < 1e9)) {
        return Err_Set(EXC(ValueError), "sleep length must be non-negative");
    }
    struct timespec t = {(time_t)wait, (long)((wait - (double)(time_t)wait) * 1e9)};
    while (nanosleep(&t, &t) < 0 && errno == EINTR) {
    }
    return Ref(None);
}

static const MethodDef functions[] = {
    {"time", time_time, 0, 0, NULL, 0}, {"time_ns", time_time_ns, 0, 0, NULL, 0},
    {"monotonic", time_monotonic, 0, 0, NULL, 0}, {"monotonic_ns", time_monotonic_ns, 0, 0, NULL, 0},
    {"perf_counter", time_monotonic, 0, 0, NULL, 0}, {"perf_counter_ns", time_monotonic_ns, 0, 0, NULL, 0},
    {"process_time", time_process_time, 0, 0, NULL, 0}, {"sleep", time_sleep, 1, 1, NULL, 0}, {NULL, NULL, 0, 0, NULL, 0},
};

int Init_time(Object *module) { return Module_AddFunctions(module, functions); }
