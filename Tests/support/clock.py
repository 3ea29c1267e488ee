"""Another date for a command: a library for LD_PRELOAD that moves the clock of the machine."""
import functools
import pathlib
import shutil
import subprocess
import tempfile

import pytest

SOURCE = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

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
