"""What the tests from outside share: the binary, a workspace of its own for each test, a throwaway PostgreSQL."""
