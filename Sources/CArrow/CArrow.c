// The declarations are in include/CArrow.h; a C target needs one source file.
