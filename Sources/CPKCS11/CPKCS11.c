// The declarations are in include/CPKCS11.h; a C target needs one source file.
