// The call is in include/CProcess.h; a C target needs one source file.
