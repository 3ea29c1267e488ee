"""Another date for a command, and its end at a given moment: a library for LD_PRELOAD."""
import functools
import pathlib
import shutil
import subprocess
import tempfile

import pytest

SOURCE = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static time_t offset(void) {
    const char *text = getenv("TEST_CLOCK_OFFSET");
    return text ? atoll(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += offset();
    return result;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}

static void count_sync(void) {
    static atomic_int syncs;
    const char *last = getenv("TEST_KILL_AT_SYNC");
    if (last && atomic_fetch_add(&syncs, 1) + 1 == atoi(last)) kill(getpid(), SIGKILL);
}

int fsync(int file) {
    count_sync();
    return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file);
}

int fdatasync(int file) {
    count_sync();
    return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(file);
}
"""


@functools.cache
def library() -> pathlib.Path:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed, so the clock can't be moved")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="coffer-clock-"))
    source, built = folder / "clock.c", folder / "clock.so"
    source.write_text(SOURCE)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", built, source, "-ldl"], check=True)
    return built


def later(days: float) -> dict[str, str]:
    """The environment of a command that runs `days` from now."""
    return {"LD_PRELOAD": str(library()), "TEST_CLOCK_OFFSET": str(int(days * 86400))}


def killed_at_sync(number: int) -> dict[str, str]:
    """The environment of a command that is killed when it is about to sync a file for the `number`th time: what it wrote
    before is in its files."""
    return {"LD_PRELOAD": str(library()), "TEST_KILL_AT_SYNC": str(number)}
