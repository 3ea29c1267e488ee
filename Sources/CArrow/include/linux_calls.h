// Two system calls that glibc declares only with _GNU_SOURCE (memfd_create(2), renameat2(2)).
#pragma once
int memfd_create(const char *name, unsigned int flags);
int renameat2(int old_folder, const char *old_path, int new_folder, const char *new_path, unsigned int flags);
